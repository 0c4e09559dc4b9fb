import { lookup } from 'node:dns/promises';
import { messageOf } from '../../src/kit/error-text.ts';
import { type Address, urlOf } from '../../src/kit/listener.ts';
import { reachTcp } from '../../src/kit/reach.ts';
import { type Seldom, seldom } from '../../src/kit/seldom.ts';
import type { BackendContext, BackendPlugin } from '../../src/plugin.ts';
import { config, type RepeaterConfig } from './config.ts';
import type { Outcome, Repeater } from './repeater.ts';
import { createTcpTarget } from './tcp.ts';
import { openUdp } from './udp.ts';

/** Sends raw packets on, unread, to other daemons. Of windows it takes nothing. */
const repeater: BackendPlugin<RepeaterConfig> = {
  kind: 'backend',
  name: 'repeater',
  config,
  describe: ({ protocol, targets }) => `${targets.map((target) => urlOf(protocol, target)).join(', ')} (raw packets)`,
  async probe({ protocol, targets }, signal) {
    const reach = (target: Address) => (protocol === 'tcp' ? reachTcp(target, signal) : resolved(protocol, target));
    return (await Promise.all(targets.map(reach))).join(', ');
  },
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

/** Whoever listens on UDP does not answer. */
async function resolved(protocol: 'udp4' | 'udp6', target: Address): Promise<string> {
  const url = urlOf(protocol, target);
  try {
    await lookup(target.host, { family: protocol === 'udp6' ? 6 : 4 });
    return `${url} has an address; whether somebody listens cannot be told`;
  } catch (error) {
    throw new Error(`${url} has no address: ${messageOf(error)}`);
  }
}

function countedOutcome({ count, log }: BackendContext): Outcome {
  const failures = new Map<string, Seldom<[message: string]>>();
  const failuresOf = (address: string) => {
    const known = failures.get(address);
    if (known !== undefined) return known;
    const warn = seldom((_times, message: string) => log.warn(`cannot repeat to ${address}: ${message}`));
    failures.set(address, warn);
    return warn;
  };
  return {
    sent: () => count('repeater.sent', 1),
    dropped: (packets) => count('repeater.dropped', packets),
    failed: (address, message) => failuresOf(address)(message),
  };
}
