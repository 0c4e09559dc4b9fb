import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sums of what was sent of each line's name. */
export interface SteadyLoad {
  readonly sent: ReadonlyMap<string, number>;
  /** Sends one line of its own, of `count` in the sum. */
  once(line: string, count: number): void;
  /** Sends until `ms` have gone by: `load.steps_total` 100 times a second, one at a time, and a timer of 20 ms at every 20th. */
  run(ms: number): Promise<void>;
  close(): void;
}

const STEP_MS = 10;

export async function openSteadyLoad(port: number): Promise<SteadyLoad> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  // While nobody listens there is nothing to do about it: the script does not send then.
  socket.on('error', () => undefined);
  const sent = new Map<string, number>();
  const send = (line: string, count: number) => {
    const name = line.slice(0, line.indexOf(':'));
    sent.set(name, (sent.get(name) ?? 0) + count);
    socket.send(line);
  };
  return {
    sent,
    once: send,
    async run(ms) {
      const began = performance.now();
      for (let steps = 0; steps * STEP_MS < ms; ) {
        for (; steps * STEP_MS < Math.min(ms, performance.now() - began); steps++) {
          send('load.steps_total:1|c', 1);
          if (steps % 20 === 0) send('load.request_seconds:20|ms', 1);
          if (steps % 20 === 1) send(`load.depth:${steps}|g`, 1);
          if (steps % 20 === 2) send('load.native_seconds:30|ms', 1);
        }
        await sleep(STEP_MS / 2);
      }
    },
    close: () => {
      socket.close();
    },
  };
}
