import { createRequire } from 'node:module';
import { messageOf } from '../../src/kit/error-text.ts';
import type { FrontendPlugin, ModuleGuard, PacketOrigin } from '../../src/plugin.ts';

/** Made by the core of a block with `"compat": "statsd"`. */
export interface ServerConfig {
  /** Absolute path. */
  readonly module: string;
  /** As `use` names it. */
  readonly name: string;
  /** The other keys of the block. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** What statsd 0.9 asks of a server (docs/server_interface.md). */
interface OriginalServer {
  start(config: object, callback: (packet: unknown, rinfo?: unknown) => void): unknown;
}

/**
 * Runs a server module that was written for the original StatsD daemon. What it throws later on ends nothing. It has no way
 * to be stopped: what it receives afterwards is ignored, and its handlers of the event `exit` run when the process ends.
 */
const statsdServer: FrontendPlugin<ServerConfig> = {
  kind: 'frontend',
  name: 'statsd-server',
  describe: ({ module }) => `server of the original StatsD daemon, ${module}`,
  create({ module: file, name, config }, intake, context) {
    let open = false;
    return {
      async start() {
        const guard = context.guardModule(file);
        const server = loadServer(name, file, guard);
        open = true;
        const take = (packet: unknown, rinfo: unknown) => {
          if (!open) return;
          const bytes = packet instanceof Uint8Array ? packet : Buffer.from(String(packet));
          intake.lines(bytes, 0, bytes.length, originOf(rinfo));
        };
        try {
          startServer(name, guard, server, [{ server: name, ...config }, take]);
        } catch (error) {
          open = false;
          throw error;
        }
        return [];
      },
      async stop() {
        open = false;
      },
    };
  },
};

export default statsdServer;

function loadServer(name: string, file: string, guard: ModuleGuard): OriginalServer {
  let exported: unknown;
  try {
    exported = guard.runOrThrow(() => createRequire(file)(file));
  } catch (error) {
    throw new Error(`the module "${name}" (${file}) cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const server = [exported, (exported as { default?: unknown } | null | undefined)?.default].find(hasStart);
  if (server !== undefined) return server;
  throw new Error(
    `the module "${name}" (${file}) exports no function "start", so it is no server of the original StatsD daemon; remove "compat" if it is a plugin of statsdrain`,
  );
}

function hasStart(value: unknown): value is OriginalServer {
  return typeof value === 'object' && value !== null && 'start' in value && typeof value.start === 'function';
}

/** Throws unless `start` says that all is well. */
function startServer(
  name: string,
  guard: ModuleGuard,
  server: OriginalServer,
  [config, take]: Parameters<OriginalServer['start']>,
): void {
  let result: unknown;
  try {
    result = guard.runOrThrow(() => server.start(config, take));
  } catch (error) {
    throw new Error(`the function "start" of module "${name}" failed: ${messageOf(error)}`, { cause: error });
  }
  if (result) return;
  throw new Error(
    `module "${name}" refused to start: its function "start" gave ${String(result)}; look at its messages above and at its keys in the configuration`,
  );
}

/** As much of `rinfo` as is in order. */
function originOf(rinfo: unknown): PacketOrigin {
  if (typeof rinfo !== 'object' || rinfo === null) return {};
  const { address, port, family }: { address?: unknown; port?: unknown; family?: unknown } = rinfo;
  return {
    ...(typeof address === 'string' ? { address } : {}),
    ...(typeof port === 'number' ? { port } : {}),
    ...(family === 'IPv4' || family === 'IPv6' ? { family } : {}),
  };
}
