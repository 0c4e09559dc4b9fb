import { enterOriginal, loadOriginal, type OriginalBlock } from '../../src/kit/original-module.ts';
import type { FrontendPlugin, PacketOrigin } from '../../src/plugin.ts';

/** What statsd 0.9 asks of a server (docs/server_interface.md). */
interface OriginalServer {
  start(config: object, callback: (packet: unknown, rinfo?: unknown) => void): unknown;
}

/**
 * Runs a server module that was written for the original StatsD daemon. What it throws later on ends nothing. It has no way
 * to be stopped: what it receives afterwards is ignored, and its handlers of the event `exit` run when the process ends.
 */
const statsdServer: FrontendPlugin<OriginalBlock> = {
  kind: 'frontend',
  name: 'statsd-server',
  describe: ({ module }) => `${module} (a server of the original StatsD daemon)`,
  create(block, intake, context) {
    let open = false;
    return {
      async start() {
        const guard = context.guardModule(block.module);
        const server = loadOriginal<OriginalServer>(block, guard, 'start');
        open = true;
        const take = (packet: unknown, rinfo: unknown) => {
          if (!open) return;
          const bytes = packet instanceof Uint8Array ? packet : Buffer.from(String(packet));
          intake.lines(bytes, 0, bytes.length, originOf(rinfo));
        };
        try {
          enterOriginal(block, guard, 'start', () => server.start({ server: block.name, ...block.config }, take));
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
