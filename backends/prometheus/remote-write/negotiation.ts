import type { Logger } from '../../../src/plugin.ts';
import type { Protocol } from './config.ts';
import type { Receiver } from './receiver.ts';
import type { Version } from './wire.ts';

/** Which version of the protocol is spoken. */
export interface Negotiation {
  /** What is written now. */
  readonly version: Version;
  /** To be called when the receiver has taken something: with `auto` it is asked for version 2 then, until it has said yes or no. */
  settle(signal: AbortSignal): Promise<void>;
  /** The receiver does not know version 2. `text`: what it said. */
  refused(text: string): void;
}

export function createNegotiation(protocol: Protocol, { ask }: Pick<Receiver, 'ask'>, log: Logger): Negotiation {
  let version: Version = protocol === '2' ? 2 : 1;
  let settled = protocol !== 'auto';
  let asking: Promise<void> | undefined;

  async function askFor2(signal: AbortSignal): Promise<void> {
    const { takes } = await ask(2, signal);
    if (takes === undefined || settled) return;
    settled = true;
    if (takes) version = 2;
  }

  return {
    get version() {
      return version;
    },
    async settle(signal) {
      if (settled) return;
      asking ??= askFor2(signal).finally(() => {
        asking = undefined;
      });
      await asking;
    },
    refused(text) {
      settled = true;
      if (version === 1) return;
      version = 1;
      log.warn(`the receiver does not know version 2 of remote write: it is sent version 1 from now on (${text})`);
    },
  };
}
