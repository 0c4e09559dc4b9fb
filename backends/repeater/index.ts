import type { BackendContext, BackendPlugin } from '../../src/plugin.ts';
import { addressOf, config, type RepeaterConfig } from './config.ts';
import type { Outcome, Repeater } from './repeater.ts';
import { createTcpTarget } from './tcp.ts';
import { openUdp } from './udp.ts';

/** Sends raw packets on, unread, to other daemons. Of windows it takes nothing. */
const repeater: BackendPlugin<RepeaterConfig> = {
  kind: 'backend',
  name: 'repeater',
  config,
  describe: ({ protocol, targets }) =>
    `${targets.map((target) => addressOf(protocol, target)).join(', ')} (raw packets)`,
  create({ targets, protocol }, context) {
    let running: Repeater | undefined;
    return {
      async start() {
        const outcome = countedOutcome(context);
        running = protocol === 'tcp' ? overTcp() : await openUdp(protocol, targets, outcome);
        return [];

        function overTcp(): Repeater {
          const connections = targets.map((target) => createTcpTarget(target, outcome));
          return {
            packet(packet) {
              for (const connection of connections) connection.packet(packet);
            },
            async stop() {
              await Promise.all(connections.map((connection) => connection.stop()));
            },
          };
        }
      },
      async send() {},
      packet(packet) {
        running?.packet(packet);
      },
      async stop() {
        const stopping = running;
        running = undefined;
        await stopping?.stop();
      },
    };
  },
};

export default repeater;

const LOG_EVERY_MS = 60_000;

function countedOutcome({ count, log }: BackendContext): Outcome {
  const loggedMs = new Map<string, number>();
  return {
    sent: () => count('repeater.sent', 1),
    dropped: (packets) => count('repeater.dropped', packets),
    failed(address, message) {
      const now = performance.now();
      if (now - (loggedMs.get(address) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return;
      loggedMs.set(address, now);
      log.warn(`cannot repeat to ${address}: ${message}`);
    },
  };
}
