import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import { cpuSeconds, rssOf } from './processes.ts';
import { startStatsdrain } from './servers.ts';

const IDLE_SECONDS = 10;
/** The engine collects and compiles for some seconds after the start. */
const SETTLE_SECONDS = 15;

export const idle: Bench = {
  name: 'idle',
  description: `UDP and console in windows of 10 s without traffic: ${IDLE_SECONDS} s, from ${SETTLE_SECONDS} s after the start on; and the time from the start of the process to \`ready\`.`,
  columns: [
    { key: 'ready', label: 'ms to ready', digits: 0 },
    { key: 'cpu', label: '% of a core', digits: 2 },
    { key: 'rss', label: 'RSS MB', digits: 0 },
  ],
  guards: [],
  runs: 3,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['idle reads /proc, which only Linux has'] };
    return { cases: [{ workload: 'no traffic', subject: STATSDRAIN, run }], left: [] };
  },
};

async function run(): Promise<Figures> {
  const started = performance.now();
  const server = await startStatsdrain({ type: 'udp', flushMs: 10_000, backends: [{ type: 'console' }] });
  const ready = performance.now() - started;
  try {
    await sleep(SETTLE_SECONDS * 1000);
    const before = cpuSeconds(server.pid);
    await sleep(IDLE_SECONDS * 1000);
    const cpu = ((cpuSeconds(server.pid) - before) / IDLE_SECONDS) * 100;
    return { ready, cpu, rss: rssOf(server.pid) };
  } finally {
    await server.stop().catch(() => undefined);
  }
}
