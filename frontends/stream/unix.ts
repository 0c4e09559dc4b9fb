import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { type Listener, singleListener } from '../../src/kit/listener.ts';
import type { FrontendContext, FrontendPlugin, Intake, Logger } from '../../src/plugin.ts';
import { isAbstract, nodePath } from './abstract.ts';
import { acceptConnections, type Limits } from './connections.ts';
import { placeSocket, type SocketFile } from './socket-file.ts';
import { type Config, schema } from './unix-config.ts';
import { receiveUnixDatagrams } from './unix-datagram.ts';

/** Takes what has arrived and ends. */
interface Stoppable {
  stop(): Promise<void>;
}

const unix: FrontendPlugin<Config> = {
  kind: 'frontend',
  name: 'unix',
  takesLines: true,
  config: schema,
  describe: ({ path }) => urlOf(path),
  listens: ({ path }) => [{ transport: 'unix', path }],
  create: (config, intake, context) => singleListener(() => listen(config, intake, context)),
};

export default unix;

async function listen(config: Config, intake: Intake, context: FrontendContext): Promise<Listener> {
  const { path } = config;
  const permissions = Number.parseInt(config.permissions, 8);
  const file: SocketFile<Stoppable> =
    config.mode === 'stream'
      ? await acceptAt(path, permissions, config, intake, context.log)
      : await receiveUnixDatagrams(config, permissions, context);
  file.watch(context.failed);
  return {
    addresses: [urlOf(path)],
    async close() {
      await file
        .remove()
        .catch((error: Error) => context.log.warn(`the socket file was left behind: ${error.message}`));
      await file.bound.stop();
    },
  };
}

function acceptAt(
  path: string,
  permissions: number,
  limits: Limits,
  intake: Intake,
  log: Logger,
): Promise<SocketFile<Stoppable>> {
  const { server, close } = acceptConnections(limits, intake, log, true);
  const bind = async (name: string) => {
    server.listen({ path: nodePath(name), exclusive: true });
    await once(server, 'listening');
    return { stop: close };
  };
  return placeSocket(path, permissions, bind);
}

function urlOf(path: string): string {
  return `unix:${isAbstract(path) ? path : pathToFileURL(path).pathname}`;
}
