import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import { type HoldBody, holdBodies } from './hold-bodies.ts';
import type { LoopHold } from './loop-watch.ts';
import { ask } from './processes.ts';
import { FLUSH_MS, type Server, startStatsdrain } from './servers.ts';

/** Milliseconds that nothing may hold the event loop; twice that for what a machine with other work adds. */
const MOST_MS = 40;
/** Bodies of a kind before the one that is looked at, so that its code is compiled. */
const WARM_UPS = 3;

export const drainHolds: Bench = {
  name: 'drain-holds',
  description:
    'How long one body holds the event loop, on which probes are answered: the longest turn while it is received, unpacked and ' +
    'read and while the next window is handed over, in CPU of the main thread and in time; and how long the body takes from its ' +
    'first byte to the answer.',
  columns: [
    { key: 'cpu', label: 'longest hold, CPU ms', digits: 1 },
    { key: 'held', label: 'longest hold, ms', digits: 1 },
    { key: 'answered', label: 'answered after ms', digits: 0 },
  ],
  guards: [
    { workload: holdBodies[0]!.name, column: 'cpu', atMost: MOST_MS },
    { workload: holdBodies[1]!.name, column: 'cpu', atMost: MOST_MS },
  ],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['drain-holds reads /proc, which only Linux has'] };
    return {
      cases: holdBodies.map((body) => ({
        workload: body.name,
        subject: STATSDRAIN,
        run: () => measureHold(body),
      })),
      left: [],
    };
  },
};

async function measureHold(body: HoldBody): Promise<Figures> {
  const server = await startStatsdrain({
    type: 'http',
    block: { datadog: {}, maxPacked: '8MiB' },
    frontends: [{ use: fileURLToPath(new URL('./loop-watch.js', import.meta.url)) }],
  });
  try {
    for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) await post(server, body, body.create(`warm${warmUp}`));
    const bytes = body.create('measured');
    await sleep(FLUSH_MS);
    await ask<LoopHold>(server.child!, {});
    const start = performance.now();
    await post(server, body, bytes);
    const answered = performance.now() - start;
    await sleep(1.5 * FLUSH_MS);
    const { cpu, held } = await ask<LoopHold>(server.child!, {});
    return { cpu, held, answered };
  } finally {
    await server.stop().catch(() => undefined);
  }
}

async function post({ port }: Server, { path, headers }: HoldBody, body: Buffer): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers,
    body: body as Uint8Array<ArrayBuffer>,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
}
