import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/kit/error-text.ts';
import { type Address, urlOf } from '../../src/kit/listener.ts';
import type { Outcome, Repeater } from './repeater.ts';

/** Milliseconds for which the address of a name is used before it is looked up again. */
const NAME_MS = 30_000;
/** Bytes, at most, that wait for the system to take them. */
const MAX_WAITING = 8 * 1024 * 1024;
/** How long `stop` waits for them, in milliseconds. */
const STOP_MS = 1000;
const POLL_MS = 5;

/** One socket that sends one datagram to each target for each packet. */
export async function openUdp(type: 'udp4' | 'udp6', targets: readonly Address[], outcome: Outcome): Promise<Repeater> {
  const resolved = targets.map((target) => cachedAddress(target, type, outcome));
  await Promise.all(resolved.map((address) => address.first));
  // All addresses are in digits: without this function each datagram would wait for a turn of the event loop.
  const socket = createSocket({
    type,
    lookup: (address, _options, done) => done(null, address, type === 'udp6' ? 6 : 4),
  });
  socket.on('error', (error) => outcome.failed(type, error.message));
  let waiting = 0;

  function send(packet: Uint8Array, address: string | undefined, target: Address): void {
    if (address === undefined || waiting > MAX_WAITING) {
      outcome.dropped(1);
      return;
    }
    waiting += packet.length;
    socket.send(packet, target.port, address, (error) => {
      waiting -= packet.length;
      if (error === null) return outcome.sent();
      outcome.dropped(1);
      outcome.failed(urlOf(type, target), error.message);
    });
  }

  return {
    packet(packet) {
      for (const [index, target] of targets.entries()) send(packet, resolved[index]!.get(), target);
    },
    async stop() {
      const deadline = performance.now() + STOP_MS;
      while (waiting > 0 && performance.now() < deadline) await sleep(POLL_MS);
      await closed(socket);
    },
  };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

interface CachedAddress {
  /** Settles with the first answer, good or bad. */
  readonly first: Promise<void>;
  /** The address in digits; undefined as long as the name has none. A name is looked up again when it is used. */
  get(): string | undefined;
}

function cachedAddress(target: Address, type: 'udp4' | 'udp6', outcome: Outcome): CachedAddress {
  const { host } = target;
  if (isIP(host) !== 0) return { first: Promise.resolve(), get: () => host };
  let address: string | undefined;
  let askedMs = 0;

  async function ask(): Promise<void> {
    askedMs = performance.now();
    try {
      ({ address } = await lookup(host, { family: type === 'udp6' ? 6 : 4 }));
    } catch (error) {
      outcome.failed(urlOf(type, target), messageOf(error));
    }
  }

  return {
    first: ask(),
    get() {
      if (performance.now() - askedMs > NAME_MS) void ask();
      return address;
    },
  };
}
