import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { type Listener, singleListener } from '../../src/kit/listener.ts';
import type { FrontendContext, FrontendPlugin, InheritedSocket, Intake } from '../../src/plugin.ts';
import { isAbstract, nodePath } from './abstract.ts';
import { acceptConnections, type Limits } from './connections.ts';
import { adoptSocket, placeSocket, type SocketFile } from './socket-file.ts';
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
  prepare: ({ mode }, receiveThreads) => receiveThreads(mode === 'stream' ? 0 : 1),
  create: (config, intake, context) => singleListener(() => listen(config, intake, context)),
};

export default unix;

async function listen(config: Config, intake: Intake, context: FrontendContext): Promise<Listener> {
  const { path } = config;
  const permissions = Number.parseInt(config.permissions, 8);
  const inherited = context.inherited(config.mode, { transport: 'unix', path });
  const file: SocketFile<Stoppable> =
    config.mode === 'stream'
      ? await acceptAt(path, permissions, config, intake, context, inherited)
      : await receiveUnixDatagrams(config, permissions, context, inherited);
  file.watch(context.failed);
  return {
    addresses: [urlOf(inherited?.address.transport === 'unix' ? inherited.address.path : path)],
    async close() {
      await file
        .remove(context.handedOver())
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
  { log, handedOver }: FrontendContext,
  inherited: InheritedSocket | undefined,
): Promise<SocketFile<Stoppable>> {
  const { server, close } = acceptConnections(limits, intake, log, true);
  const bind = async (name: string) => {
    server.listen(inherited === undefined ? { path: nodePath(name), exclusive: true } : { fd: inherited.fds[0] });
    await once(server, 'listening');
    return { stop: () => close(handedOver()) };
  };
  return inherited === undefined ? placeSocket(path, permissions, bind) : adoptSocket(inherited, bind);
}

function urlOf(path: string): string {
  return `unix:${isAbstract(path) ? path : pathToFileURL(path).pathname}`;
}
