import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import type { SendKeys } from './key-sender.ts';
import { answerOf, ask, end, peakRss, rssOf, startModule } from './processes.ts';
import { startStatsdrain } from './servers.ts';

interface KeyLoad extends SendKeys {
  readonly name: string;
}

const loads: readonly KeyLoad[] = [
  { name: '900,000 gauges, lines of 7.7 kB', count: 900_000, lineLength: 7700 },
  { name: '1,000,000 gauges, lines of 985 bytes', count: 1_000_000, lineLength: 985 },
  { name: '5,000,000 gauges, short lines', count: 5_000_000, lineLength: 0 },
];

/** As by default: what is measured is what the default limits hold. */
const FLUSH_MS = 10_000;
/** Windows after the last line: the ingest threads have forgotten its keys. */
const IDLE_WINDOWS = 8;

export const keys: Bench = {
  name: 'keys',
  description:
    'One sender writes lines to a TCP connection as fast as they are taken, each a gauge of another name (and tags), to a server ' +
    `with all limits at their defaults. RSS of the whole process at its peak, and ${IDLE_WINDOWS} windows of 10 s after the last ` +
    'line; the latest arrival of a window at a back-end, counted from its end.',
  columns: [
    { key: 'peak', label: 'RSS MB, peak', digits: 0 },
    { key: 'after', label: '80 s later', digits: 0 },
    { key: 'late', label: 'latest window, ms', digits: 0 },
    { key: 'seconds', label: 'sent in s', digits: 0 },
    { key: 'folded', label: 'keys folded', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['keys reads /proc, which only Linux has'] };
    return {
      cases: loads.map((load) => ({ workload: load.name, subject: STATSDRAIN, run: () => run(load) })),
      left: [],
    };
  },
};

async function run(load: KeyLoad): Promise<Figures> {
  const server = await startStatsdrain({ type: 'tcp', flushMs: FLUSH_MS, limits: {} });
  const sender = startModule('./key-sender.js', String(server.port));
  try {
    await answerOf(sender);
    const seconds = await ask<number>(sender, load);
    await sleep(IDLE_WINDOWS * FLUSH_MS);
    const peak = peakRss(server.pid);
    const after = rssOf(server.pid);
    const totals = await server.stop();
    return { peak, after, seconds, late: totals?.late ?? Number.NaN, folded: totals?.folded ?? Number.NaN };
  } finally {
    await end(sender, 'SIGKILL');
    await server.stop().catch(() => undefined);
  }
}
