import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { findProgram, runProgram } from '../helper/components.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { type Job, type RealPrometheus, startPrometheus } from '../helper/real-prometheus.ts';
import { openSteadyLoad } from '../helper/steady-load.ts';

/** Debian's, which asks for OpenMetrics, or for protobuf where it knows native histograms. */
const prometheus = process.env.PROMETHEUS ?? findProgram('prometheus');
/** The path of a Prometheus 3, which asks for what its configuration says. */
const prometheus3 = process.env.PROMETHEUS3;
const promtool = findProgram('promtool');

const STEADY_MS = 13_000;
const AFTER_RESTART_MS = 4000;
/** A scrape comes each second, and what it sees is up to a second old. */
const SETTLE_MS = 3000;

const native = {
  match: 'load.native_seconds',
  name: 'load_native_seconds',
  observer_type: 'histogram',
  histogram_options: { buckets: [0.01, 0.1] },
};

function configOf(ports: Ports) {
  const page = { type: 'prometheus', lastScrape: '5s', mapping: { mappings: [native] } };
  return {
    flushInterval: '10s',
    state: { path: './state' },
    frontends: [{ type: 'udp', port: ports.udp }],
    backends: [
      jsonConsole,
      { ...page, name: 'page', port: ports.page },
      { ...page, name: 'short', port: ports.short, lastScrape: '0s', expire: '3s' },
      ...ports.receivers.map((port, index) => ({
        type: 'prometheus-remote-write',
        interval: '1s',
        // The other one knows version 1 alone. "auto" would begin with that, which tells of no creation.
        protocol: index === 1 ? '2' : 'auto',
        name: `write${index}`,
        url: `http://127.0.0.1:${port}/api/v1/write`,
      })),
    ],
  };
}

interface Ports {
  readonly udp: number;
  readonly page: number;
  readonly short: number;
  /** Of the Prometheus that take remote write. */
  readonly receivers: readonly number[];
}

/** Each by what it asks for, each with jobs that scrape the same page. */
async function startAll({ page, short, receivers }: Ports): Promise<ReadonlyMap<string, RealPrometheus>> {
  const job = (name: string, protocol?: string): Job => ({ name, page, ...(protocol && { protocol }) });
  const receive = '--web.enable-remote-write-receiver';
  // Three jobs meet the windows at three times of a second: one that scrapes as a window ends sees none and then two.
  const started: [string, RealPrometheus][] = [];
  const start = async (title: string, program: string, port: number, jobs: readonly Job[], ...flags: string[]) => {
    started.push([title, await startPrometheus(program, port, jobs, flags)]);
  };
  const own = ['a', 'b', 'c'].map((name) => job(name));
  await start('OpenMetrics', prometheus!, receivers[0]!, [...own, { name: 'short', page: short }], receive);
  await start('protobuf', prometheus!, await freePort(), own, '--enable-feature=native-histograms');
  if (prometheus3 !== undefined) {
    const jobs = [
      job('text', 'PrometheusText1.0.0'),
      job('old-text', 'PrometheusText0.0.4'),
      job('openmetrics', 'OpenMetricsText1.0.0'),
      job('protobuf', 'PrometheusProto'),
    ];
    await start('3.x', prometheus3, receivers[1]!, jobs, receive, '--enable-feature=created-timestamp-zero-ingestion');
  }
  return new Map(started);
}

/** Whether the first value of a series counts too, since it is told when it began: Prometheus 3 puts a 0 there. `''` is remote write. */
const knowsCreation = (title: string, job: string) => title === '3.x' && ['openmetrics', 'protobuf', ''].includes(job);

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
/** Within 1 %. */
const near = (expected: number) => expect.closeTo(expected, -Math.log10(2 * expected * 0.01));

describe.skipIf(prometheus === undefined)('a real Prometheus', () => {
  test('counts what was sent, over restarts with and without state, reloads, expiry and remote write', async () => {
    const [udp, page, short, ...receivers] = await Promise.all(Array.from({ length: prometheus3 ? 5 : 4 }, freePort));
    const ports: Ports = { udp: udp!, page: page!, short: short!, receivers };
    const scrapers = await startAll(ports);
    const first = await startServer(configOf(ports));
    const load = await openSteadyLoad(ports.udp);
    const began = Date.now();
    const everywhere = async (query: string, wanted: (one: RealPrometheus, title: string) => number) => {
      for (const [title, one] of scrapers) {
        await expect
          .poll(async () => (await one.ask(query)).length, {
            timeout: 20_000,
            interval: 200,
            message: `${title}: ${query}`,
          })
          .toBe(wanted(one, title));
      }
    };
    const jobsOf = (title: string) => (title === 'OpenMetrics' ? 4 : title === '3.x' ? 5 : 3);

    // What is there from the start: the first value of a series is an increase of nothing.
    load.once('load.steps_total:1|c', 0);
    load.once('load.rare_total:1|c', 0);
    load.once('load.gone:7|g', 0);
    load.once('load.request_seconds:20|ms', 0);
    load.once('load.native_seconds:30|ms', 0);
    await everywhere('load_rare_total{job!="short"}', (_, title) => jobsOf(title));

    const steady = load.run(STEADY_MS);
    await sleep(STEADY_MS / 3);
    load.once('load.rare_total:2|c', 2);
    first.configure({ ...configOf(ports), percentiles: [75] });
    first.signal('SIGHUP');
    await first.until('the reload', () => first.log.some(({ msg }) => msg === 'configuration reloaded'));
    await steady;
    for (const [title, one] of scrapers) {
      const rates = (await one.ask('rate(load_steps_total{job!="short"}[10s])')).map(({ points }) => points[0]![1]);
      expect(median(rates), `${title}: a rate of ${rates}`).toEqual(near(100));
      const increases = (await one.ask('increase(load_steps_total{job!="short"}[10s])')).map(
        ({ points }) => points[0]![1],
      );
      expect(median(increases), `${title}: an increase of ${increases}`).toEqual(near(1000));
    }
    const openMetrics = scrapers.get('OpenMetrics')!;
    const gone = (await openMetrics.ask('load_gone')).map(({ labels }) => labels.job).sort();
    expect(gone, 'after 3 s a gauge leaves the page that expires, and no other').toEqual(
      ['a', 'b', 'c', undefined].sort(),
    );

    expect(await first.stop()).toBe(0);
    const second = await startServer(configOf(ports), { folder: first.folder });
    // Less than before: to who knows no times of creation, a counter began again where it goes down.
    load.once('load.rare_total:2|c', 2);
    await load.run(AFTER_RESTART_MS);
    expect(await second.stop()).toBe(0);
    // Without the folder in which the state is, all begins again.
    const third = await startServer(configOf(ports));
    load.once('load.rare_total:1|c', 1);
    await load.run(AFTER_RESTART_MS);
    await sleep(SETTLE_MS);

    const seconds = Math.ceil((Date.now() - began) / 1000) + 5;
    for (const [title, one] of scrapers) {
      for (const [job, error] of await one.faults()) expect(error, `${title}: scrape of ${job}`).toBe('');
      for (const [name, series] of [
        ['load.steps_total', 'load_steps_total'],
        ['load.rare_total', 'load_rare_total'],
        ['load.request_seconds', 'load_request_seconds_count'],
      ] as const) {
        const changes = await one.changes(`${series}{job!="short"}`, seconds);
        expect(changes.size, `${title}: jobs with ${series}`).toBe(jobsOf(title));
        for (const [job, change] of changes) {
          const first = knowsCreation(title, job) ? 1 : 0;
          expect(change, `${title}: ${job}: ${series}`).toEqual(near(load.sent.get(name)! + first));
        }
      }
      const depth = (await one.ask('load_depth{job!="short"}')).map(({ points }) => points[0]![1]);
      expect(new Set(depth), `${title}: the gauge`).toEqual(new Set([AFTER_RESTART_MS / 10 - 19]));
    }
    const histograms = await scrapers.get('protobuf')!.ask('histogram_count(load_native_seconds)');
    expect(
      histograms.map(({ points }) => points[0]![1]),
      'native histograms since all began again',
    ).toEqual(Array(3).fill(AFTER_RESTART_MS / 200));
    load.close();

    if (promtool !== undefined) {
      const text = await (await fetch(`http://127.0.0.1:${ports.page}/metrics`)).text();
      expect(await runProgram(promtool, ['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
    }
    expect(await third.stop()).toBe(0);
  }, 120_000);
});
