import { describe, expect, it } from 'vitest';
import { createTextEncoder } from '../../../../backends/prometheus/exposition/text.ts';
import { pageFor } from '../../../../backends/prometheus/page/escaped.ts';
import type { Whose } from '../../../../backends/prometheus/page/walk.ts';
import type { SeriesInput } from '../../../helper/window.ts';
import { parsePage } from '../exposition.ts';
import {
  counter,
  gauge,
  histogram,
  histogramOf,
  openPages,
  ruled,
  SECOND,
  set,
  summaryOf,
  T0,
  timer,
} from './pages.ts';

function utf8Pages(changes: Parameters<typeof openPages>[0] = {}) {
  return openPages({ names: 'utf-8', observer: summaryOf([0.5]), ...changes });
}

describe('for a reader of classic names', () => {
  it.each<{ title: string; series: SeriesInput[]; want: string[] }>([
    {
      title: 'counters add up',
      series: [counter('q.depth', 1), counter('q-depth', 2), counter('q_depth', 4), counter('other', 8)],
      want: ['q_depth 7', 'other 8'],
    },
    {
      title: 'series of several families are one family',
      series: [counter('a.b', 1, 'x:1'), counter('c', 2), counter('a-b', 4, 'x:2'), counter('a-b', 8, 'x:1')],
      want: ['a_b{x="1"} 9', 'a_b{x="2"} 4', 'c 2'],
    },
    {
      title: 'series of one family whose labels are alike then add up',
      series: [counter('c', 1, 'a.b:1'), counter('c', 2, 'a-b:1'), counter('c', 4, 'a_b:1'), counter('c', 8, 'a.b:2')],
      want: ['c{a_b="1"} 7', 'c{a_b="2"} 8'],
    },
    {
      title: 'labels are in one order, however they were called',
      series: [counter('c', 1, 'a.1:x', 'b:y', 'a:z'), counter('c', 2, 'b:y', 'a-1:x', 'a:z'), counter('c', 4, 'é:1')],
      want: ['c{a="z",a_1="x",b="y"} 3', 'c{_="1"} 4'],
    },
    {
      title: 'of gauges the newest on the page counts where all were heard of',
      series: [gauge('g.x', 1), gauge('g-x', 2)],
      want: ['g_x 2'],
    },
    {
      title: 'of gauges the one that was set last counts where both were in one window',
      series: [
        { ...gauge('g.x', 3), setMs: 30 },
        { ...gauge('g-x', 2), setMs: 20 },
      ],
      want: ['g_x 3'],
    },
    { title: 'so it does of sets', series: [set('s.x', 1), set('s-x', 2)], want: ['s_x 2'] },
    {
      title: 'summaries have the quantiles of all values',
      series: [timer('t.x', [1000, 2000]), timer('t-x', [5000, 6000, 7000])],
      want: ['t_x{quantile="0.5"} 5', 't_x_sum 21', 't_x_count 5'],
    },
    {
      title: 'histograms with the same buckets add up',
      series: [
        ruled(histogram('h.x', [1, 3]), { observer: histogramOf([2]) }),
        ruled(histogram('h-x', [2, 2, 9]), { observer: histogramOf([2]) }),
      ],
      want: ['h_x_bucket{le="2"} 3', 'h_x_bucket{le="+Inf"} 5', 'h_x_sum 17', 'h_x_count 5'],
    },
    {
      title: 'of histograms with other buckets the first stays',
      series: [
        ruled(histogram('h.x', [1, 3]), { observer: histogramOf([2]) }),
        ruled(histogram('h-x', [2, 2, 9]), { observer: histogramOf([5]) }),
      ],
      want: ['h_x_bucket{le="2"} 1', 'h_x_bucket{le="+Inf"} 2', 'h_x_sum 4', 'h_x_count 2'],
    },
    {
      title: 'of families of other types the first stays',
      series: [counter('x.y', 1), gauge('x-y', 2), counter('x_y', 4), set('z.z', 8), gauge('z-z', 16)],
      want: ['x_y 5', 'z_z 8'],
    },
    {
      title: 'a family beside whose samples it cannot stand stays away',
      series: [timer('a.b', [1000]), gauge('a.b_sum', 2), gauge('a-b_count', 3), gauge('a.b_bucket', 4)],
      want: ['a_b{quantile="0.5"} 1', 'a_b_sum 1', 'a_b_count 1', 'a_b_bucket 4'],
    },
    {
      title: 'so does one whose samples are called like a family before it',
      series: [gauge('a-b_sum', 2), timer('a.b', [1000])],
      want: ['a_b_sum 2'],
    },
    {
      title: 'none takes a name of Prometheus or of statsdrain',
      series: [gauge('scrape.x', 1), gauge('statsdrain-x', 2), gauge('process.cpu', 3), timer('process', [1])],
      want: [],
    },
  ])('$title', async ({ series, want }) => {
    const all = utf8Pages();
    all.state.reserve(['process_cpu', 'process_sum']);
    await all.fold(series);
    expect(all.lines()).toEqual(want);
  });

  it('what is seen by others is as it was sent', async () => {
    const all = utf8Pages();
    await all.fold([
      counter('q.x_total', 1),
      counter('q-x_total', 2),
      counter('c', 4, 'a.b:1'),
      counter('c', 8, 'a-b:1'),
    ]);
    all.lines();
    expect(all.openMetrics().filter((line) => !line.includes('_created'))).toEqual([
      '{"q.x_total"} 1',
      '{"q-x_total"} 2',
      'c{"a.b"="1"} 4',
      'c{"a-b"="1"} 8',
    ]);
  });

  it('the gauge that was heard of last counts, wherever it stands', async () => {
    const all = utf8Pages();
    await all.fold([gauge('g.x', 1), gauge('g-x', 2), gauge('g_x', 3)]);
    await all.fold([gauge('g-x', 4)]);
    expect(all.lines()).toEqual(['g_x 4']);
    await all.fold([gauge('g.x', 5)]);
    expect(all.lines()).toEqual(['g_x 5']);
  });

  it('what is one began with the first of them, and is called once', async () => {
    const all = utf8Pages();
    await all.fold([counter('other', 1)], SECOND);
    await all.fold([counter('a.b_total', 1)], SECOND);
    await all.fold([counter('a-b_total', 2), counter('a_b', 4)], SECOND);
    const page = all.written({ format: 'openmetrics-1.0.0', escaping: 'underscores' });
    // `a_b` is a family of its own, so that `a_b_total` cannot be called so less its suffix.
    expect(page.match(/^# TYPE .*$/gm)).toEqual(['other', 'a_b_total', 'a_b'].map((name) => `# TYPE ${name} unknown`));
    const other = utf8Pages();
    await other.fold([gauge('z', 1)], SECOND);
    await other.fold([counter('a-b_total', 1)], SECOND);
    await other.fold([counter('a.b_total', 2)], SECOND);
    expect(other.written({ format: 'openmetrics-1.0.0', escaping: 'underscores' }).split('\n').slice(-5)).toEqual([
      '# TYPE a_b counter',
      'a_b_total 3',
      `a_b_created ${(T0 + SECOND) / 1000}`,
      '# EOF',
      '',
    ]);
  });

  it.each([
    ['dots', 'q_dot_x 3'],
    ['values', 'U__q_2e_x 3'],
  ] as const)('by the scheme %s names that are sent as they are escaped are the same', async (escaping, want) => {
    const all = utf8Pages();
    await all.fold([counter('q.x', 1), counter(want.slice(0, -2), 2)]);
    expect(all.written({ format: 'text-0.0.4', escaping })).toContain(`counter\n${want}\n`);
  });

  it('HELP is that of the first that has one', async () => {
    const all = utf8Pages();
    await all.fold([counter('a.b', 1), ruled(counter('a-b', 2), { help: 'One.' })]);
    expect(all.text()).toBe('# HELP a_b One.\n# TYPE a_b counter\na_b 3\n');
  });

  it('what is left out is told', async () => {
    const all = utf8Pages();
    await all.fold([
      counter('x.y', 1),
      gauge('x-y', 2),
      gauge('statsdrain.x-y', 3),
      gauge('up', 4),
      gauge('scrape.x', 5),
      ruled(histogram('h.x', [1]), { observer: histogramOf([2]) }),
      ruled(histogram('h-x', [2]), { observer: histogramOf([5]) }),
    ]);
    const before = all.state.conflicts.list().length;
    all.lines();
    all.lines();
    const told = all.state.conflicts.list().slice(0, -before);
    expect(told.map(({ name, type, reason, owner, times }) => [name, type, reason, owner, times])).toEqual([
      ['h.x', 'histogram', 'other_buckets', undefined, 2],
      ['scrape.x', 'gauge', 'reserved_name', undefined, 2],
      ['x-y', 'gauge', 'escaped_alike', 'counter', 2],
    ]);
    expect(told[0]?.lastMs).toBe(T0 + 10 * SECOND);
  });

  it('leaves the state as it is: the next page is the same, and what comes is added to what was', async () => {
    const all = utf8Pages();
    const both = [
      timer('t.x', [1000]),
      timer('t-x', [3000]),
      ruled(timer('h.x', [1]), { observer: histogramOf([1], 2) }),
      ruled(timer('h-x', [1]), { observer: histogramOf([1], 2) }),
    ];
    await all.fold(both);
    const first = all.lines();
    expect(all.lines()).toEqual(first);
    await all.fold(both);
    expect(all.lines()).toContain('t_x_count 4');
    expect(all.lines()).toContain('h_x_bucket{le="1"} 4');
    expect(all.openMetrics()).toContain('{"t.x_count"} 2');
  });

  it("can be without statsdrain's own series", async () => {
    const all = utf8Pages();
    await all.fold([counter('statsdrain.lines', 1), counter('a.b', 2)]);
    const page = (whose: Whose) => {
      const { written, has } = pageFor(all.state, 'utf-8', 'underscores', whose);
      const text = Buffer.concat([...written(createTextEncoder('underscores'))]).toString();
      return [...parsePage(text).keys()].map((name) => [name, has(name)]);
    };
    expect(page('others')).toEqual([['a_b', true]]);
    expect(page('own')).toEqual([['statsdrain_lines_total', true]]);
  });

  it('a long page comes in pieces', async () => {
    const all = utf8Pages({ maxSeries: 100_000 });
    const names = Array.from({ length: 3000 }, (_, i) => [counter(`n.${i}`, i), counter(`n-${i}`, i)]).flat();
    const labels = Array.from({ length: 3000 }, (_, i) => [counter('c', i, `a.b:${i}`), counter('c', i, `a-b:${i}`)]);
    await all.fold([...names, ...labels.flat()]);
    const page = parsePage(all.text());
    expect(page.size).toBe(3001);
    expect(page.get('c')?.samples.every(({ labels: of, value }) => value === 2 * Number(of.get('a_b')))).toBe(true);
    expect(page.get('n_2999')?.samples[0]?.value).toBe(5998);
  });
});
