import type { ChildProcess } from 'node:child_process';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import { freePort } from './free-port.ts';
import { growthWorkloads } from './lines.ts';
import { answerOf, ask, end, peakRss, startModule } from './processes.ts';
import { SERIES_LIMITS, startStatsdrain } from './servers.ts';
import type { SinkState } from './sink.ts';
import { openUdpLoad } from './udp-load.ts';

const workload = growthWorkloads[2]!;
const FLUSH_MS = 10_000;
/** Datagrams per second: a million lines. */
const RATE = 50_000;
const WINDOWS = 3;
/** Longer than the pause between two requests of one window. */
const QUIET_MS = 1500;
const POLL_MS = 100;

export const flush: Bench = {
  name: 'flush',
  description:
    'A million series in windows of 10 s at a million lines per second, with console, Prometheus and Datadog (a server of ' +
    'this machine that answers 202) on. A window is delivered when the Datadog server has its last request; the first ' +
    'one of the process has a million new names, and all its code is cold. Then the Prometheus page is read as Prometheus ' +
    'does, compressed, by a program that throws it away.',
  columns: [
    { key: 'delivered', label: 's until a window is delivered', digits: 2 },
    { key: 'first', label: 's until the first is', digits: 2 },
    { key: 'page', label: 's to read the page', digits: 2 },
    { key: 'drops', label: 'datagrams dropped', digits: 0 },
    { key: 'mainLag', label: 'main thread lag ms', digits: 1 },
    { key: 'cores', label: 'cores used', digits: 2 },
    { key: 'rss', label: 'peak RSS MB', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['flush reads /proc, which only Linux has'] };
    return { cases: [{ workload: workload.name, subject: STATSDRAIN, run }], left: [] };
  },
};

/**
 * When the last request of the window that ended at `endMs` came: none has followed it for a while. Gives the time of the
 * latest one where the requests do not end before the next window does.
 */
async function lastRequest(sink: ChildProcess, endMs: number): Promise<number> {
  for (;;) {
    const { lastMs } = await ask<SinkState>(sink, {});
    const now = Date.now();
    if ((lastMs > endMs && now - lastMs >= QUIET_MS) || now >= endMs + FLUSH_MS) return Math.max(lastMs, endMs);
    await sleep(POLL_MS);
  }
}

/** `fetch` takes 6 s to decompress such a page and to put it together. */
async function secondsToRead(url: string): Promise<number> {
  const started = performance.now();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject);
  });
  for await (const chunk of response) void chunk;
  return (performance.now() - started) / 1000;
}

async function run(): Promise<Figures> {
  const prometheusPort = await freePort();
  const sink = startModule('./sink.js');
  const { port: sinkPort } = await answerOf<{ port: number }>(sink);
  const server = await startStatsdrain({
    type: 'udp',
    flushMs: FLUSH_MS,
    // Two tables of names, since Prometheus calls them otherwise: by default a sixth of them would be folded.
    limits: { ...SERIES_LIMITS, keyBytes: 1024 ** 3 },
    backends: [
      { type: 'console', format: 'json' },
      { type: 'prometheus', host: '127.0.0.1', port: prometheusPort },
      { type: 'datadog', url: `http://127.0.0.1:${sinkPort}`, apiKey: 'a'.repeat(32) },
    ],
  });
  const load = await openUdpLoad(server, workload);
  try {
    // In step with the windows, which end at multiples of their length.
    await sleep(FLUSH_MS - (Date.now() % FLUSH_MS));
    const firstEnd = Math.ceil(Date.now() / FLUSH_MS) * FLUSH_MS;
    const sending = load.burst((WINDOWS * FLUSH_MS) / 1000 + 1, RATE);
    const delivered: number[] = [];
    let page = 0;
    for (let window = 0; window < WINDOWS; window++) {
      const endMs = firstEnd + window * FLUSH_MS;
      const lastMs = await lastRequest(sink, endMs);
      page = Math.max(page, await secondsToRead(`http://127.0.0.1:${prometheusPort}/metrics`));
      delivered.push((lastMs - endMs) / 1000);
    }
    const { drops, cpu, seconds } = await sending;
    const rss = peakRss(server.pid);
    const totals = await server.stop();
    const [first = 0, ...later] = delivered;
    return {
      delivered: Math.max(...later),
      first,
      page,
      drops,
      mainLag: totals?.mainLag ?? 0,
      cores: cpu / seconds,
      rss,
    };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  } finally {
    await load.end();
    await end(sink, 'SIGKILL');
  }
}
