import { describe, expect, it } from 'vitest';
import { createConsole } from '../../backends/console/backend.ts';
import { columnsOf } from '../../backends/console/escape.ts';
import { sendTo } from '../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../helper/window.ts';

/** The lines that are printed for the last of `windows`. `columns`: of a terminal without colours; `undefined`: a pipe. */
async function print(columns: number | undefined, ...windows: readonly (readonly SeriesInput[])[]) {
  const percentiles = [50, 90, 95, 99];
  let printed = '';
  const stream = {
    write(text: string | Uint8Array, done: () => void) {
      printed = text.toString();
      done();
      return true;
    },
    on() {},
    off() {},
    ...(columns === undefined ? {} : { isTTY: true, getWindowSize: (): [number, number] => [columns, 24] }),
  };
  const config = { format: 'text', prettyprint: false, selfMetrics: false, maxSeries: 100 } as const;
  const backend = createConsole(config, recordingContext({ percentiles }), () => stream, { NO_COLOR: '1' });
  for (const series of windows) await sendTo(backend, makeWindow({ series, percentiles }), AbortSignal.timeout(20_000));
  return printed.split('\n');
}

/** The rows of a table, without its head. */
function rowsOf(lines: readonly string[], title: string): readonly string[] {
  const from = lines.findIndex((line) => line.startsWith(title)) + 1;
  return lines.slice(from, lines.indexOf('', from));
}

const durations: SeriesInput[] = ['/health', '/api/v1/users', '/api/v1/orders/{id}/items'].flatMap((route) =>
  [200, 500].map((status) => ({
    type: 'timer',
    name: 'http.server.request.duration',
    tags: ['method:GET', `route:${route}`, `status:${status}`],
    values: Array.from({ length: status === 200 ? 40 : 7 }, (_, i) => 1.23456 * (i + 1)),
  })),
);
const query: SeriesInput = { type: 'timer', name: 'db.query', values: [12.5, 20] };
const LONG = `a.very.long.name.${'which.somebody.made.with.everything.in.it.'.repeat(3)}latency`;

describe('the console in 80 columns', () => {
  it('shows a timer in one line, known by the ends of its name and by its tags', async () => {
    const lines = await print(80, [...durations, query]);
    for (const line of lines) expect(columnsOf(line), line).toBeLessThanOrEqual(80);
    const rows = rowsOf(lines, 'timers (ms)');
    expect(rows).toHaveLength(7);
    expect(lines.find((line) => line.startsWith('timers'))).toMatch(/ count +p50 +(p90 +)?p99 +max$/);
    for (const status of ['status:200', 'status:500']) {
      const same = rows.filter((row) => row.includes(status));
      expect(same).toHaveLength(3);
      for (const row of same) expect(row).toMatch(/^http\..*…\S*uration route:\S+ status:\d+ \+1 +\d+( +[\d.]+){3,4}$/);
      expect(new Set(same.map((row) => /route:\S+/.exec(row)![0])).size).toBe(3);
    }
  });

  it('leaves no column out where there is room', async () => {
    const [, , head, row] = await print(82, [query]);
    expect(head).toBe('timers (ms)  count  change   min   mean   p50  p90  p95  p99  max  stddev');
    expect(row).toBe('db.query         2          12.5  16.25  12.5   20   20   20   20    3.75');
  });

  it.each([80, 200, undefined])('does not let one long name push away the values of others (%s)', async (columns) => {
    const others: SeriesInput[] = ['logins', 'page.views', 'cache.hits'].map((name) => ({
      type: 'counter',
      name,
      value: 5,
    }));
    const lines = await print(columns, [...others, { type: 'counter', name: LONG, value: 4 }, query]);
    for (const row of rowsOf(lines, 'counters').slice(0, 3)) expect(row.indexOf('5')).toBeLessThan(45);
    const long = rowsOf(lines, 'counters')[3]!;
    if (columns === undefined) expect(long).toMatch(new RegExp(`^${LONG} +4 +0\\.4$`));
    else expect(long).toMatch(/^a\.very\.long.*….*latency +4 +0\.4$/);
    expect(rowsOf(lines, 'timers')[0]).toMatch(/^db\.query +2 +12\.5 +16\.25/);
  });

  it('sorts by value, then by name', async () => {
    const gauge = (name: string, value: number, ...tags: string[]): SeriesInput => ({
      type: 'gauge',
      name,
      value,
      tags,
    });
    const lines = await print(80, [
      gauge('b', 1, 'x:2'),
      gauge('nothing', Number.NaN),
      gauge('b', 1, 'x:1'),
      gauge('minus', -7),
      gauge('a', 1),
      gauge('ten', 10),
      gauge('nine', 9),
    ]);
    const labels = rowsOf(lines, 'gauges').map((row) => row.replace(/ {2,}.*/, ''));
    expect(labels).toEqual(['ten', 'nine', 'a', 'b x:1', 'b x:2', 'minus', 'nothing']);
  });

  it('sorts timers by their count, of all of them', async () => {
    const timers: SeriesInput[] = [];
    for (let i = 0; i < 500; i++) timers.push({ type: 'timer', name: `t${i}`, values: [1], weights: [i] });
    const rows = rowsOf(await print(80, timers), 'timers');
    expect(rows.slice(0, 2).map((row) => row.split(' ')[0])).toEqual(['t499', 't498']);
    expect(rows).toHaveLength(101);
    expect(rows.at(-1)).toBe('… and 400 more');
  });

  it.each([80, undefined])('tells idle series apart without colour (%s)', async (columns) => {
    const held: SeriesInput = { type: 'gauge', name: 'held', value: 3, updated: false };
    const same: SeriesInput = { type: 'gauge', name: 'same', value: 2 };
    const left: SeriesInput = { type: 'counter', name: 'left', value: 5 };
    const lines = await print(columns, [held, same, left], [held, same, { ...left, value: 0, updated: false }]);
    expect(rowsOf(lines, 'gauges').map((row) => row.split(/ +/))).toEqual([
      ['held', '3', 'idle'],
      ['same', '2'],
    ]);
    expect(rowsOf(lines, 'counters')[0]).toMatch(/^left +0 +-5 +0$/);
  });

  it('takes a terminal that does not know its width for one of 80 columns', async () => {
    expect(await print(0, durations)).toEqual(await print(80, durations));
  });
});
