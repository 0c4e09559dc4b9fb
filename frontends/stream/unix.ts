import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FrontendPlugin, Intake, Logger } from '../../src/plugin.ts';
import { acceptConnections, type Limits, limitKeys } from './connections.ts';
import { type Listener, singleListener } from './lifecycle.ts';
import { fits, listenAt, MAX_PATH_BYTES } from './socket-file.ts';

interface Config extends Limits {
  /** Relative to the working directory. */
  readonly path: string;
  readonly mode: 'stream';
  /** Octal, such as `0660`. */
  readonly permissions?: string | undefined;
}

const unix: FrontendPlugin<Config> = {
  kind: 'frontend',
  name: 'unix',
  config: (kit) =>
    kit.z.strictObject({
      path: kit.z
        .string()
        .min(1)
        .refine((path) => !path.includes('\0'), { error: 'must not contain NUL' })
        .refine((path) => fits(resolve(path)), {
          error: `is too long for a socket: at most ${MAX_PATH_BYTES} bytes with its folder; choose a shorter one`,
        })
        .describe('Socket file, relative to the working directory.'),
      mode: kit.z.enum(['stream']).default('stream').describe('Stream socket: lines end with LF.'),
      permissions: kit.z
        .string()
        .regex(/^0?[0-7]{3}$/, { error: 'must be three octal digits, such as "0660"' })
        .optional()
        .describe('Permissions of the socket file, octal, such as "0660"; clients need to write. Default: the umask.'),
      ...limitKeys(kit),
    }),
  describe: ({ path }) => urlOf(resolve(path)),
  create: (config, intake, { log }) => singleListener(() => listen(config, intake, log)),
};

export default unix;

async function listen(config: Config, intake: Intake, log: Logger): Promise<Listener> {
  const path = resolve(config.path);
  const permissions = config.permissions === undefined ? undefined : Number.parseInt(config.permissions, 8);
  const { server, close } = acceptConnections(config, intake, log);
  const file = await listenAt(server, path, permissions);
  return {
    address: urlOf(path),
    async close() {
      await file.remove().catch((error: Error) => log.warn(`the socket file was left behind: ${error.message}`));
      await close();
    },
  };
}

function urlOf(path: string): string {
  return `unix:${pathToFileURL(path).pathname}`;
}
