import { connect, type Socket } from 'node:net';
import { endSocket } from '../../src/kit/end-socket.ts';
import { messageOf } from '../../src/kit/error-text.ts';
import { type Address, urlOf } from '../../src/kit/listener.ts';
import type { Outcome, Repeater } from './repeater.ts';

/** Bytes, at most, that wait for one target, on the way to the system included. */
const MAX_WAITING = 8 * 1024 * 1024;
/** Waits between two attempts to connect grow from the first to the second, in milliseconds. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
/** How long `stop` waits for the system to take everything, and then for the target, in milliseconds. */
const STOP_MS = 1000;
const LF = Buffer.from('\n');

/** One connection that is opened again whenever it is lost. What was written to a lost one is not written again. */
export function createTcpTarget(target: Address, outcome: Outcome): Repeater {
  const address = urlOf('tcp', target);
  let socket: Socket | undefined;
  let connected = false;
  /** Packets from before the connection was there. */
  let held: Buffer[] = [];
  let waiting = 0;
  let waitMs = FIRST_WAIT_MS;
  let timer: NodeJS.Timeout | undefined;
  let emptied: (() => void) | undefined;
  let stopping = false;

  function open(): void {
    const opening = connect({ host: target.host, port: target.port, noDelay: true, keepAlive: true });
    socket = opening;
    // The answers of a server that has some are read and thrown away, so that its end of the connection is seen.
    opening.resume();
    opening.on('connect', () => {
      connected = true;
      waitMs = FIRST_WAIT_MS;
      const first = held;
      held = [];
      for (const bytes of first) write(bytes);
    });
    opening.on('end', () => {
      if (!stopping) opening.destroy(new Error('the target closed the connection'));
    });
    opening.on('error', (error) => outcome.failed(address, messageOf(error)));
    opening.on('close', () => {
      if (socket !== opening) return;
      connected = false;
      socket = undefined;
      if (stopping) return giveUp();
      timer = setTimeout(open, waitMs).unref();
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    });
  }

  function write(bytes: Buffer): void {
    socket!.write(bytes, (error) => {
      waiting -= bytes.length;
      // With an error the socket closes.
      if (error) outcome.dropped(1);
      else outcome.sent();
      if (waiting === 0) emptied?.();
    });
  }

  function giveUp(): void {
    outcome.dropped(held.length);
    held = [];
    emptied?.();
  }

  open();
  return {
    packet(packet) {
      const bytes = Buffer.concat([packet, LF]);
      if (stopping || waiting + bytes.length > MAX_WAITING) return outcome.dropped(1);
      waiting += bytes.length;
      if (connected) write(bytes);
      else held.push(bytes);
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (waiting > 0 && socket !== undefined) {
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, STOP_MS);
          emptied = () => {
            clearTimeout(late);
            resolve();
          };
        });
      }
      giveUp();
      if (socket !== undefined) await endSocket(socket, STOP_MS);
    },
  };
}
