import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import { outageWorkload } from './lines.ts';
import { answerOf, ask, end, rssOf, startModule } from './processes.ts';
import { startStatsdrain } from './servers.ts';
import type { SinkOrder, SinkState } from './sink.ts';
import { openUdpLoad } from './udp-load.ts';

/** Shorter than they are, and long enough for all of their series: windows that wait to be encoded would be measured too. */
const FLUSH_MS = 1000;
/** The queue is full after 45: nothing grows from then on. */
const WINDOWS = 120;
/** Windows that are taken before: V8 has made its room. */
const BEFORE = 20;
/** Of windows that follow one another, so that each series is in each window. */
const RATE = ((outageWorkload.series / outageWorkload.linesPerDatagram) * 1.1 * 1000) / FLUSH_MS;
const LOOK_MS = 100;
/** The default of `queue.bytes`, in MB. */
const QUEUE_MB = (64 * 1024 * 1024) / 1e6;

export const outage: Bench = {
  name: 'outage',
  description:
    `60,000 series to a Datadog server that answers 503 for ${WINDOWS} windows of ${FLUSH_MS} ms, after ${BEFORE} that it took: its queue is full ` +
    'after 45 of them. Memory is what the process has at most during the outage, over the most that it had before, and over ' +
    'the 64 MiB of its queue. Bytes are those of a window: compressed bodies, and on the disk.',
  columns: [
    { key: 'grew', label: 'MB over the queue', digits: 0 },
    { key: 'before', label: 'RSS MB before', digits: 0 },
    { key: 'most', label: 'in the outage', digits: 0 },
    { key: 'sent', label: 'MB sent of a window', digits: 2 },
    { key: 'spooled', label: 'MB on disk of a window', digits: 2 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['outage reads /proc, which only Linux has'] };
    return {
      cases: [
        { workload: 'without a spool', subject: STATSDRAIN, run: () => run(false) },
        { workload: 'with a spool', subject: STATSDRAIN, run: () => run(true) },
      ],
      left: [],
    };
  },
};

async function run(spooled: boolean): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'statsdrain-outage-'));
  const sink = startModule('./sink.js');
  const { port } = await answerOf<{ port: number }>(sink);
  const order = (one: SinkOrder) => ask<SinkState>(sink, one);
  const server = await startStatsdrain({
    type: 'udp',
    flushMs: FLUSH_MS,
    backends: [{ type: 'datadog', url: `http://127.0.0.1:${port}`, apiKey: 'a'.repeat(32) }],
    more: { shutdownTimeout: 100, ...(spooled ? { spool: { path: folder } } : {}) },
  });
  const load = await openUdpLoad(server, outageWorkload);
  try {
    const sending = load.burst(((BEFORE + WINDOWS) * FLUSH_MS) / 1000 + 1, RATE);
    await sleep((BEFORE / 2) * FLUSH_MS);
    const { bytes: first } = await order({});
    const before = await mostDuring((BEFORE / 2) * FLUSH_MS, server.pid);
    const { bytes } = await order({ status: 503 });
    const most = await mostDuring(WINDOWS * FLUSH_MS, server.pid);
    const onDisk = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    await sending;
    return {
      grew: most - before - QUEUE_MB,
      before,
      most,
      sent: (bytes - first) / 1e6 / (BEFORE / 2),
      spooled: onDisk / 1e6 / WINDOWS,
    };
  } finally {
    await load.end();
    await server.stop().catch(() => undefined);
    await end(sink, 'SIGKILL');
    await rm(folder, { recursive: true });
  }
}

/** MB that a process had at most within so many milliseconds. */
async function mostDuring(ms: number, pid: number): Promise<number> {
  let most = rssOf(pid);
  for (const endMs = performance.now() + ms; performance.now() < endMs; ) {
    await sleep(LOOK_MS);
    most = Math.max(most, rssOf(pid));
  }
  return most;
}
