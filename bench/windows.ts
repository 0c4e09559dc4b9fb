import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN, WARM_UP_SECONDS } from './bench.ts';
import { growthWorkloads, type Workload } from './lines.ts';
import { cpuMs } from './processes.ts';
import { startStatsdrain } from './servers.ts';
import { openUdpLoad } from './udp-load.ts';

/** Lines per second. */
const RATE = 1_000_000;
const SECONDS = 20;
/** Of a window that does not end while it is measured, and of two that do. */
const NEVER_MS = 600_000;
const LONG_MS = 10_000;
const SHORT_MS = 2000;
/** After the last line: a window ends, and is worked on, as long after it. */
const REST_MS = 1000;

const outputs = [
  { name: 'walked', backends: [] },
  { name: 'console', backends: [{ type: 'console', format: 'json' }] },
];

export const windows: Bench = {
  name: 'windows',
  description:
    'What the end of a window costs: a million lines per second, each series in its turn, while no window ends, and with windows of ' +
    '10 and of 2 s. A back-end walks all series and reads a figure of each, or the console writes them as JSON besides. ' +
    'A series costs what windows of 2 s cost more than none, divided by the series of all windows: handing over, merging, statistics and back-ends.',
  columns: [
    { key: 'receiving', label: 'CPU µs per line, no window ends', digits: 3 },
    { key: 'long', label: 'windows of 10 s', digits: 3 },
    { key: 'short', label: 'windows of 2 s', digits: 3 },
    { key: 'longRatio', label: '10 s / none', digits: 2 },
    { key: 'shortRatio', label: '2 s / none', digits: 2 },
    { key: 'perSeries', label: 'ns per series and window', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['windows reads /proc, which only Linux has'] };
    return {
      cases: growthWorkloads.flatMap((workload) =>
        outputs.map(({ name, backends }) => ({
          workload: `${workload.name}, ${name}`,
          subject: STATSDRAIN,
          run: () => run(workload, backends),
        })),
      ),
      left: [],
    };
  },
};

async function run(workload: Workload, backends: readonly object[]): Promise<Figures> {
  const receiving = await secondsPerLine(workload, backends, NEVER_MS);
  const long = await secondsPerLine(workload, backends, LONG_MS);
  const short = await secondsPerLine(workload, backends, SHORT_MS);
  const seriesOfAll = (workload.series * SECONDS * 1000) / SHORT_MS;
  return {
    receiving: receiving * 1e6,
    long: long * 1e6,
    short: short * 1e6,
    longRatio: long / receiving,
    shortRatio: short / receiving,
    perSeries: ((short - receiving) * RATE * SECONDS * 1e9) / seriesOfAll,
  };
}

/** Seconds of CPU. */
async function secondsPerLine(workload: Workload, backends: readonly object[], flushMs: number): Promise<number> {
  const server = await startStatsdrain({ type: 'udp', flushMs, backends });
  const load = await openUdpLoad(server, workload);
  try {
    const rate = RATE / workload.linesPerDatagram;
    await load.burst(Math.max(WARM_UP_SECONDS, (1.1 * workload.series) / RATE), rate);
    // In step with the windows, which end at multiples of their length.
    await sleep(Math.min(flushMs, LONG_MS) - (Date.now() % Math.min(flushMs, LONG_MS)) + REST_MS);
    const before = cpuMs(server.pid);
    const { datagrams, drops } = await load.burst(SECONDS, rate);
    return (cpuMs(server.pid) - before) / 1000 / ((datagrams - drops) * workload.linesPerDatagram);
  } finally {
    await load.end();
    await server.stop().catch(() => undefined);
  }
}
