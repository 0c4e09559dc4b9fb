import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import { counterWorkloads, type Workload } from './lines.ts';
import { rssOf } from './processes.ts';
import { FLUSH_MS, startStatsdrain } from './servers.ts';
import { openUdpLoad } from './udp-load.ts';

const LIVE_SECONDS = 5;
/** Windows after the last line, and the least time: V8 makes a young generation small again after 8 s of rest. */
const IDLE_WINDOWS = 8;
const REST_MS = 20_000;
/** Every counter once in each window of a second. */
const rateOf = ({ series, linesPerDatagram }: Workload) => (series / linesPerDatagram) * 1.1;

export const memory: Bench = {
  name: 'memory',
  description:
    `RSS of the whole process: before any line; while every counter is used in each window of 1 s; and ${IDLE_WINDOWS} windows ` +
    'after the last line, when all of them are forgotten, but no earlier than 20 s after it (by default 8 windows take 80 s).',
  columns: [
    { key: 'live', label: 'RSS MB with all live', digits: 0 },
    { key: 'start', label: 'at the start', digits: 0 },
    { key: 'after', label: 'when forgotten', digits: 0 },
    { key: 'ratio', label: 'forgotten / start', digits: 2 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['memory reads /proc, which only Linux has'] };
    return {
      cases: counterWorkloads.map((workload) => ({
        workload: workload.name,
        subject: STATSDRAIN,
        run: () => run(workload),
      })),
      left: [],
    };
  },
};

async function run(workload: Workload): Promise<Figures> {
  const server = await startStatsdrain({ type: 'udp' });
  const load = await openUdpLoad(server, workload);
  try {
    await sleep(2 * FLUSH_MS);
    const start = rssOf(server.pid);
    const { drops } = await load.burst(LIVE_SECONDS, rateOf(workload));
    const live = rssOf(server.pid);
    if (drops > 0) throw new Error(`${drops} datagrams were dropped, so not every counter was live`);
    await sleep(Math.max((IDLE_WINDOWS + 1) * FLUSH_MS, REST_MS));
    const after = rssOf(server.pid);
    return { start, live, after, ratio: after / start };
  } finally {
    await load.end();
    await server.stop().catch(() => undefined);
  }
}
