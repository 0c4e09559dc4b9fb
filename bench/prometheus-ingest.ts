import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import type { Holds } from './hold-watch.ts';
import { workloads } from './lines.ts';
import {
  exporterProgram,
  fill,
  type Pages,
  readPage,
  startExporterPages,
  startPages,
  UNTIL_SHOWN_MS,
} from './pages.ts';
import { rssOf } from './processes.ts';
import { EXPORTER, withoutExporter } from './prometheus.ts';
import { openUdpLoad } from './udp-load.ts';

const SERIES = 100_000;
const LINES_PER_SECOND = 50_000;
const SECONDS = 15;
const SCRAPERS = 4;
const EVERY_MS = 1000;
/** Windows before the first that is looked at. */
const WARM_UP = 1;
const workload = workloads[2]!;
/** As Prometheus asks, by default. */
const headers = {
  accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3',
  'accept-encoding': 'gzip',
};

export const prometheusIngest: Bench = {
  name: 'prometheus-ingest',
  description:
    `${LINES_PER_SECOND.toLocaleString('en')} lines per second for ${SECONDS} s, while ${SCRAPERS} scrapers read a page of ${SERIES.toLocaleString('en')} series each second, ` +
    'compressed: lines that were lost, and how long anything held the dispatch thread, by its CPU and by the clock, where other programs of the machine count too.',
  columns: [
    { key: 'cores', label: 'cores used', digits: 2 },
    { key: 'lost', label: 'lines lost', digits: 0 },
    { key: 'held', label: 'dispatch held ms CPU', digits: 1 },
    { key: 'clock', label: 'ms by the clock', digits: 1 },
    { key: 'mainLag', label: 'main thread lag ms', digits: 1 },
    { key: 'scrapes', label: 'scrapes', digits: 0 },
    { key: 'slowest', label: 'slowest ms', digits: 0 },
    { key: 'rss', label: 'RSS MB', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux')
      return { cases: [], left: ['prometheus-ingest reads /proc, which only Linux has'] };
    const own = { workload: workload.name, subject: STATSDRAIN, run: runOwn };
    if (exporterProgram === undefined) return { cases: [own], left: [withoutExporter] };
    const peer = { workload: workload.name, subject: EXPORTER, run: async () => run(await startExporterPages()) };
    return { cases: [own, peer], left: [] };
  },
};

async function runOwn(): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'statsdrain-prometheus-'));
  const result = join(folder, 'holds.json');
  try {
    const watch = { use: fileURLToPath(new URL('./hold-watch.js', import.meta.url)), result, skip: WARM_UP };
    const figures = await run(await startPages([watch]));
    const { cpu, held, mainLag } = JSON.parse(readFileSync(result, 'utf8')) as Holds;
    return { ...figures, held: cpu, clock: held, mainLag };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(pages: Pages): Promise<Figures> {
  const load = await openUdpLoad(pages, workload);
  try {
    await fill(pages, 0, SERIES);
    await sleep(UNTIL_SHOWN_MS);
    const sending = load.burst(SECONDS, LINES_PER_SECOND / workload.linesPerDatagram);
    const scrapers = Array.from({ length: SCRAPERS }, (_, scraper) => poll(pages, (scraper * EVERY_MS) / SCRAPERS));
    const [{ datagrams, drops, cpu, seconds }, ...times] = await Promise.all([sending, ...scrapers]);
    const rss = rssOf(pages.pid);
    const counted = (await pages.stop())?.received;
    const arrived = (datagrams - drops) * workload.linesPerDatagram + SERIES;
    return {
      cores: cpu / seconds,
      lost: drops * workload.linesPerDatagram + (counted === undefined ? 0 : arrived - counted),
      scrapes: times.flat().length,
      slowest: Math.max(...times.flat()),
      rss,
    };
  } catch (error) {
    await pages.stop().catch(() => undefined);
    throw error;
  } finally {
    await load.end();
  }
}

/** Reads the page each second, later where one took longer, and gives the milliseconds of each. */
async function poll(pages: Pages, afterMs: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  await sleep(afterMs);
  while (performance.now() < end) {
    const { ms } = await readPage(pages, headers, false);
    times.push(ms);
    await sleep(Math.max(0, EVERY_MS - ms));
  }
  return times;
}
