import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Case, type Figures, STATSDRAIN } from './bench.ts';
import {
  countersAndGauges,
  exporterProgram,
  fill,
  type Mix,
  type Pages,
  readPage,
  startExporterPages,
  startPages,
  UNTIL_SHOWN_MS,
  withTimers,
} from './pages.ts';
import { cpuMs, rssOf } from './processes.ts';

const SCRAPES = 5;
/** That have a new value in each scrape. */
const CHANGED = 1000;
const IDLE_MS = 3000;
export const EXPORTER = 'statsd_exporter';

const text = { accept: 'text/plain;version=0.0.4' };
const openMetrics = { accept: 'application/openmetrics-text;version=1.0.0' };
const gzip = { 'accept-encoding': 'gzip' };

interface Format {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How the type of the answer begins. */
  readonly type: string;
  /** statsd_exporter has none of OpenMetrics. */
  readonly both: boolean;
  readonly mix: Mix;
}

const mix = countersAndGauges;
const formats: readonly Format[] = [
  { name: 'text', headers: text, type: 'text/plain', both: true, mix },
  { name: 'text, gzip', headers: { ...text, ...gzip }, type: 'text/plain', both: true, mix },
  { name: 'OpenMetrics', headers: openMetrics, type: 'application/openmetrics-text', both: false, mix },
  {
    name: 'OpenMetrics, gzip',
    headers: { ...openMetrics, ...gzip },
    type: 'application/openmetrics-text',
    both: false,
    mix,
  },
  { name: 'timers, text', headers: text, type: 'text/plain', both: true, mix: withTimers },
];

const MANY = 100_000;
const MILLION = 1_000_000;

export const prometheus: Bench = {
  name: 'prometheus',
  description:
    `A page of 100,000 series with three labels in 100 families, half of them counters and half gauges ("timers": four in ten are timers, two gauges): CPU of the whole process for the first scrape, and for each of ${SCRAPES} ` +
    `more, between which ${CHANGED} series get a new value. Besides: CPU of a second in which nothing is sent nor read, and RSS at the end. ` +
    'A million series once, statsdrain alone.',
  columns: [
    { key: 'next', label: 'CPU ms of a scrape', digits: 0 },
    { key: 'first', label: 'of the first', digits: 0 },
    { key: 'ms', label: 'ms until it is read', digits: 0 },
    { key: 'idle', label: 'CPU ms per idle second', digits: 0 },
    { key: 'megabytes', label: 'MB', digits: 1 },
    { key: 'rss', label: 'RSS MB', digits: 0 },
    { key: 'missing', label: 'series missing', digits: 0 },
  ],
  // Five times what it is to be: that finds a page which is put together anew.
  guards: [{ workload: '100,000 series, text', column: 'next', atMost: 300 }],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['prometheus reads /proc, which only Linux has'] };
    const cases: Case[] = formats.flatMap((format) => {
      const workload = `100,000 series, ${format.name}`;
      const own = { workload, subject: STATSDRAIN, run: async () => run(await startPages(), MANY, format) };
      if (!format.both || exporterProgram === undefined) return [own];
      const peer = { workload, subject: EXPORTER, run: async () => run(await startExporterPages(), MANY, format) };
      return [own, peer];
    });
    const million = {
      workload: '1,000,000 series, text',
      subject: STATSDRAIN,
      run: async () => run(await startPages(), MILLION, formats[0]!),
    };
    return { cases: [...cases, million], left: exporterProgram === undefined ? [withoutExporter] : [] };
  },
};

export const withoutExporter = 'statsd_exporter, since STATSD_EXPORTER does not say where it is';

async function run(pages: Pages, series: number, { headers, type, mix }: Format): Promise<Figures> {
  try {
    await fill(pages, 0, series, mix);
    await untilCalm(pages);
    const first = await readPage(pages, headers);
    if (!first.type.startsWith(type)) throw new Error(`the page is ${first.type} to who asks for ${headers.accept}`);
    let [cpu, ms] = [0, 0];
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      await fill(pages, scrape * CHANGED, (scrape + 1) * CHANGED, mix);
      await sleep(UNTIL_SHOWN_MS);
      const read = await readPage(pages, headers);
      cpu += read.cpu;
      ms += read.ms;
    }
    const rss = rssOf(pages.pid);
    const before = cpuMs(pages.pid);
    await sleep(IDLE_MS);
    return {
      next: cpu / SCRAPES,
      first: first.cpu,
      ms: ms / SCRAPES,
      idle: ((cpuMs(pages.pid) - before) * 1000) / IDLE_MS,
      megabytes: first.bytes / 1e6,
      rss,
      missing: Math.max(0, series - first.samples),
    };
  } finally {
    await pages.stop().catch(() => undefined);
  }
}

/** Waits until a program has taken in what was sent to it: it uses little CPU, or 30 s are over. */
async function untilCalm({ pid }: Pages): Promise<void> {
  const end = performance.now() + 30_000;
  let used: number;
  do {
    const before = cpuMs(pid);
    await sleep(2 * UNTIL_SHOWN_MS);
    used = cpuMs(pid) - before;
  } while (used > UNTIL_SHOWN_MS / 5 && performance.now() < end);
}
