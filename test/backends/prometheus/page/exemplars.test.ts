import { expect, it } from 'vitest';
import type { SeriesInput } from '../../../helper/window.ts';
import { counter, histogram, histogramOf, openPages, SECOND, summaryOf, T0, timer } from './pages.ts';

const trace = (id: string, value: number) => ({ labels: [`trace_id:${id}`], value });

function withTraces(series: SeriesInput, ...exemplars: readonly ReturnType<typeof trace>[]): SeriesInput {
  return { ...series, exemplars };
}

/** Unix seconds at the end of the n-th window. */
const end = (n: number) => (T0 + n * 10 * SECOND) / SECOND;

const exemplarLines = (lines: readonly string[]) =>
  lines.filter((line) => line.includes(' # ')).map((line) => line.replace(/^\S+?(?=\{|\s)/, ''));

it('are in their buckets, whose bounds are inclusive, and of one bucket the last stays', async () => {
  const all = openPages({ observer: histogramOf([0.1, 0.57]) });
  const values = [0.1, 0.2, 0.57, 9];
  await all.fold([
    withTraces(histogram('h', values), trace('a', 0.1), trace('b', 0.2), trace('c', 0.57), trace('d', 9)),
  ]);
  expect(exemplarLines(all.openMetrics())).toEqual([
    `{le="0.1"} 1 # {trace_id="a"} 0.1 ${end(1)}`,
    `{le="0.57"} 3 # {trace_id="c"} 0.57 ${end(1)}`,
    `{le="+Inf"} 4 # {trace_id="d"} 9 ${end(1)}`,
  ]);
  await all.fold([withTraces(histogram('h', [0.3]), trace('e', 0.3))]);
  expect(exemplarLines(all.openMetrics())).toEqual([
    `{le="0.1"} 1 # {trace_id="a"} 0.1 ${end(1)}`,
    `{le="0.57"} 4 # {trace_id="e"} 0.3 ${end(2)}`,
    `{le="+Inf"} 5 # {trace_id="d"} 9 ${end(1)}`,
  ]);
});

it('of timers are in seconds, in the bucket that counts them', async () => {
  const all = openPages({ observer: histogramOf([0.57]) });
  await all.fold([withTraces(timer('t', [570]), trace('a', 570))]);
  expect(exemplarLines(all.openMetrics())).toEqual([`{le="0.57"} 1 # {trace_id="a"} 0.57 ${end(1)}`]);
});

it('of a counter: the last one', async () => {
  const all = openPages();
  await all.fold([withTraces(counter('c_total', 3), trace('a', 1), trace('b', 2))]);
  await all.fold([counter('c_total', 3)]);
  expect(exemplarLines(all.openMetrics())).toEqual([` 6 # {trace_id="b"} 2 ${end(1)}`]);
  // Another format has no room for them.
  expect(exemplarLines(all.lines())).toEqual([]);
});

it('summaries have none', async () => {
  const all = openPages({ observer: summaryOf() });
  await all.fold([withTraces(timer('t', [1]), trace('a', 1))]);
  expect(all.state.table.rows.exemplars.size).toBe(0);
});

it('leave the page with their series, and move with it', async () => {
  const all = openPages({ ttl: 15 * SECOND, maxSeries: 10_000, observer: histogramOf([1]) });
  const staying = () => withTraces(histogram('staying', [0.5]), trace('s', 0.5));
  const many = Array.from({ length: 3000 }, (_, i) => withTraces(counter(`c${i}`, 1), trace(`t${i}`, 1)));
  await all.fold([...many, staying()]);
  expect(all.state.table.rows.exemplars.size).toBe(3001);
  await all.fold([staying()]);
  await all.fold([staying()]);
  expect(all.state.table.rows.length).toBe(1);
  expect(all.state.table.rows.exemplars.size).toBe(1);
  expect(exemplarLines(all.openMetrics())).toEqual([`{le="1.0"} 3 # {trace_id="s"} 0.5 ${end(3)}`]);
});

it('of series that are one for a reader of classic names: the latest of each bucket', async () => {
  const all = openPages({ names: 'utf-8', observer: histogramOf([1]) });
  const classic = () =>
    exemplarLines(all.written({ format: 'openmetrics-1.0.0', escaping: 'underscores' }).split('\n'));
  await all.fold([
    withTraces(counter('c_total', 1, 'a.b:1'), trace('c1', 1)),
    withTraces(histogram('h', [0.5, 2], 'a-b:1'), trace('h1', 0.5), trace('h2', 2)),
  ]);
  await all.fold([
    withTraces(counter('c_total', 1, 'a-b:1'), trace('c2', 1)),
    withTraces(histogram('h', [0.7], 'a.b:1'), trace('h3', 0.7)),
    histogram('h', [0.7], 'a_b:1'),
  ]);
  expect(classic()).toEqual([
    `{a_b="1"} 2 # {trace_id="c2"} 1 ${end(2)}`,
    `{a_b="1",le="1.0"} 3 # {trace_id="h3"} 0.7 ${end(2)}`,
    `{a_b="1",le="+Inf"} 4 # {trace_id="h2"} 2 ${end(1)}`,
  ]);
});
