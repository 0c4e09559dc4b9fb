import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import { growthWorkloads } from './lines.ts';
import { cpuMs, peakRss } from './processes.ts';
import { startStatsdrain } from './servers.ts';
import { openUdpLoad } from './udp-load.ts';

const workload = growthWorkloads[1]!;
const RECEIVERS = [1, 2, 4] as const;
/** Programs that send, each from a port of its own: the kernel chooses a socket by it. */
const SENDERS = 8;
/** Lines per second, of all together. */
const RATE = 1_000_000;
const SECONDS = 10;
const FLUSH_MS = 2000;

export const receivers: Bench = {
  name: 'receivers',
  description:
    `${SENDERS} programs send a million lines per second together, each of the same 100,000 series, to \`receivers\` of one port ` +
    '(SO_REUSEPORT) in windows of 2 s. A receiver sees the series of its senders, and each shard is merged for itself: the more there are, ' +
    'the more often the dispatch thread meets a series in each window.',
  columns: [
    { key: 'cpuPerLine', label: 'CPU µs per line', digits: 3 },
    { key: 'drops', label: 'datagrams dropped', digits: 0 },
    { key: 'rss', label: 'peak RSS MB', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['receivers reads /proc, which only Linux has'] };
    return {
      cases: RECEIVERS.map((count) => ({
        workload: `receivers: ${count}`,
        subject: STATSDRAIN,
        run: () => run(count),
      })),
      left: [],
    };
  },
};

async function run(count: number): Promise<Figures> {
  const server = await startStatsdrain({ type: 'udp', block: { receivers: count }, flushMs: FLUSH_MS });
  const loads = await Promise.all(Array.from({ length: SENDERS }, () => openUdpLoad(server, workload)));
  try {
    const rate = RATE / workload.linesPerDatagram / SENDERS;
    const burst = (seconds: number) => Promise.all(loads.map((load) => load.burst(seconds, rate)));
    // All of them have sent all series.
    await burst((1.1 * workload.series) / (RATE / SENDERS));
    await sleep(FLUSH_MS);
    const before = cpuMs(server.pid);
    const sent = await burst(SECONDS);
    const cpu = cpuMs(server.pid) - before;
    const datagrams = sent.reduce((sum, one) => sum + one.datagrams, 0);
    // Each of them saw the drops of all.
    const drops = Math.max(...sent.map((one) => one.drops));
    const lines = (datagrams - drops) * workload.linesPerDatagram;
    return { cpuPerLine: (cpu * 1000) / lines, drops, rss: peakRss(server.pid) };
  } finally {
    await Promise.all(loads.map((load) => load.end()));
    await server.stop().catch(() => undefined);
  }
}
