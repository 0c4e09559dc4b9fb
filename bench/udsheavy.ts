import { setTimeout as sleep } from 'node:timers/promises';
import { loadLibc } from '../src/receive/libc.ts';
import { type Bench, type Figures, STATSDRAIN, WARM_UP_SECONDS } from './bench.ts';
import type { HeavySent } from './heavy-sender.ts';
import { answerOf, ask, cpuSeconds, end, peakRss, startModule } from './processes.ts';
import { startStatsdrain } from './servers.ts';

const MIB = 1024 * 1024;
/** Two windows of 10 s, as by default. */
const FLUSH_MS = 10_000;
const SECONDS = 22;
/** After its socket was read to the end, the receive thread still works on the last batch. */
const SETTLE_MS = 300;

const workloads = [
  { name: 'as fast as it goes' },
  { name: '500 MiB/s', rate: 500 * MIB },
  { name: '100 MiB/s', rate: 100 * MIB },
];

export const udsheavy: Bench = {
  name: 'udsheavy',
  description:
    'Lines of 2 kB in the shape of the public load experiments of the Datadog Agent’s new data plane, over a Unix socket of ' +
    'datagrams: 3,000 contexts, names of up to 200 bytes, 2 to 50 tags of up to 150 bytes, 8 % of the lines with up to 32 values. ' +
    'Each window of 10 s goes to a stand-in for Datadog’s intake. Nothing may be rejected or lost: the bench fails otherwise. The CPU is ' +
    'that of the whole server process, dispatch and compression included.',
  columns: [
    { key: 'cpuPerMib', label: 'CPU ms per MiB', digits: 2 },
    { key: 'mibPerCpuSecond', label: 'MiB per CPU second', digits: 0 },
    { key: 'mibPerSecond', label: 'MiB/s received', digits: 0 },
    { key: 'linesPerSecond', label: 'k lines/s received', digits: 0 },
    { key: 'rss', label: 'peak RSS MB', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    const libc = await loadLibc();
    if (typeof libc === 'string') return { cases: [], left: [`udsheavy: ${libc}`] };
    const cases = workloads.map(({ name, rate }) => ({ workload: name, subject: STATSDRAIN, run: () => run(rate) }));
    return { cases, left: [] };
  },
};

/** `rate` is in bytes per second. */
async function run(rate?: number): Promise<Figures> {
  const sink = startModule('./sink.js');
  const { port } = await answerOf<{ port: number }>(sink);
  const datadog = { type: 'datadog', apiKey: 'of-the-bench', url: `http://127.0.0.1:${port}` };
  const server = await startStatsdrain({ type: 'unix', backends: [datadog], flushMs: FLUSH_MS, limits: {} });
  const sender = startModule('./heavy-sender.js', server.path!);
  const burst = (seconds: number) => ask<HeavySent>(sender, { seconds, ...(rate === undefined ? {} : { rate }) });
  try {
    await answerOf(sender);
    const before = await burst(WARM_UP_SECONDS);
    await sleep(SETTLE_MS);
    const start = cpuSeconds(server.pid);
    const sent = await burst(SECONDS);
    await sleep(SETTLE_MS);
    const cpu = cpuSeconds(server.pid) - start;
    const rss = peakRss(server.pid);
    const counted = (await server.stop())?.aggregated;
    const lines = before.lines + sent.lines;
    if (counted !== lines) throw new Error(`${lines} lines were sent, but the server aggregated ${counted}`);
    const mib = sent.bytes / MIB;
    return {
      cpuPerMib: (cpu * 1000) / mib,
      mibPerCpuSecond: mib / cpu,
      mibPerSecond: mib / sent.seconds,
      linesPerSecond: sent.lines / sent.seconds / 1000,
      rss,
    };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  } finally {
    await end(sender, 'SIGKILL');
    await end(sink, 'SIGKILL');
  }
}
