import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import type { Holds } from './hold-watch.ts';
import { rssOf } from './processes.ts';
import { startStatsdrain } from './servers.ts';
import { datadogSink, graphiteSink } from './soak-sinks.ts';

const LINES_PER_SECOND = 10_000;
const NEW_NAMES_PER_WINDOW = 20_000;
const KNOWN_NAMES = 1000;
const LINES_PER_DATAGRAM = 20;
const TICK_MS = 20;
/** Windows before the first that is looked at, and those that are. */
const WARM_UP = 3;
const WINDOWS = 6;
const FLUSH_MS = [10_000, 2000] as const;

export const churn: Bench = {
  name: 'churn',
  description:
    '10,000 lines per second of which 20,000 in each window have a name that was never there, with console (JSON), Datadog, ' +
    'Prometheus (which forgets a name after two windows) and Graphite on. How long anything held the dispatch thread: its CPU between two turns of the event loop that are 5 ms ' +
    'apart, and the time by the clock, in which other programs of the machine count too. A window is late from its end until a ' +
    'back-end has it. Each figure is the longest of six windows.',
  columns: [
    { key: 'cpu', label: 'dispatch held ms CPU', digits: 1 },
    { key: 'held', label: 'ms by the clock', digits: 1 },
    { key: 'flush', label: 'flush ms', digits: 1 },
    { key: 'late', label: 'window late ms', digits: 0 },
    { key: 'mainLag', label: 'main thread lag ms', digits: 1 },
    { key: 'rss', label: 'RSS MB', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['churn reads /proc, which only Linux has'] };
    return {
      cases: FLUSH_MS.map((flushMs) => ({
        workload: `20,000 new names in ${flushMs / 1000} s`,
        subject: STATSDRAIN,
        run: () => run(flushMs),
      })),
      left: [],
    };
  },
};

async function run(flushMs: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'statsdrain-churn-'));
  const result = join(folder, 'holds.json');
  const [datadog, graphite] = await Promise.all([datadogSink(), graphiteSink()]);
  const backends = [
    { type: 'console', format: 'json' },
    { type: 'datadog', apiKey: 'churn'.repeat(8), url: `http://127.0.0.1:${datadog.port}` },
    // So that the page forgets as many as it learns.
    { type: 'prometheus', port: 0, expire: 2 * flushMs },
    { type: 'graphite', port: graphite.port },
    { use: fileURLToPath(new URL('./hold-watch.js', import.meta.url)), result, skip: WARM_UP },
  ];
  try {
    const server = await startStatsdrain({ type: 'udp', backends, flushMs });
    await send(server.port, (WARM_UP + WINDOWS) * flushMs, flushMs);
    const rss = rssOf(server.pid);
    await server.stop();
    return { ...(JSON.parse(readFileSync(result, 'utf8')) as Holds), rss };
  } finally {
    datadog.close();
    graphite.close();
    await rm(folder, { recursive: true });
  }
}

/** Lines in this order for `ms` milliseconds: those with new names are spread evenly among the others. */
async function send(port: number, ms: number, flushMs: number): Promise<void> {
  const socket = createSocket({ type: 'udp4', sendBufferSize: 4 * 1024 * 1024 });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const share = NEW_NAMES_PER_WINDOW / ((LINES_PER_SECOND * flushMs) / 1000);
  let sent = 0;
  let fresh = 0;
  const nextLine = () => {
    sent++;
    return sent * share > fresh + 1 ? `soak.new.name${fresh++}:1|c` : `soak.known.${sent % KNOWN_NAMES}:1|c`;
  };
  const start = performance.now();
  for (let now = start; now < start + ms; now = performance.now()) {
    const due = ((now - start) / 1000) * LINES_PER_SECOND;
    while (sent < due) socket.send(Array.from({ length: LINES_PER_DATAGRAM }, nextLine).join('\n'));
    await sleep(TICK_MS);
  }
  socket.close();
}
