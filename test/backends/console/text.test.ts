import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createConsole } from '../../../backends/console/backend.ts';
import { columnsOf, cutMiddle, printable, truncate } from '../../../backends/console/escape.ts';
import { formatChange, formatNumber } from '../../../backends/console/number.ts';
import type { OutputStream } from '../../../backends/console/standard-output.ts';
import type { TimedPoint } from '../../../src/plugin.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput, type WindowInput } from '../../helper/window.ts';

interface Terminal {
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly selfMetrics?: boolean;
  readonly maxSeries?: number;
  readonly percentiles?: readonly number[];
}

/** What the console prints for each of `inputs`, one after the other. */
async function print(inputs: readonly WindowInput[], options: Terminal = {}): Promise<readonly string[]> {
  const { columns, environment = {}, percentiles = [90], selfMetrics = false, maxSeries = 100 } = options;
  const printed: string[] = [];
  const stream: OutputStream = {
    write(text, done) {
      printed.push(text.toString());
      done();
      return true;
    },
    on() {},
    off() {},
    ...(columns === undefined ? {} : { isTTY: true, getWindowSize: () => [columns, 24] }),
  };
  const config = { format: 'text', prettyprint: false, selfMetrics, maxSeries } as const;
  const backend = createConsole(config, recordingContext({ percentiles }), () => stream, environment);
  for (const input of inputs) await sendTo(backend, makeWindow({ percentiles, ...input }), AbortSignal.timeout(20_000));
  await backend.stop?.();
  return printed;
}

const ESCAPE = '\u001b';

const requests = (value: number): SeriesInput => ({ type: 'counter', name: 'requests', tags: ['env:prod'], value });

describe('text', () => {
  it('is a table for each type, with the change since the window before', async () => {
    const memory: SeriesInput = { type: 'gauge', name: 'memory', value: 0.1 + 0.2 };
    const query: SeriesInput = { type: 'timer', name: 'db.query', values: [1, 2, 3, 250.123456] };
    const users: SeriesInput = { type: 'set', name: 'users', value: 3 };
    const [, second] = await print([
      { series: [requests(30), memory, users] },
      {
        startMs: 1_700_000_010_000,
        endMs: 1_700_000_020_000,
        series: [requests(1234567), memory, query, { ...users, value: 2 }],
        rejected: [
          ['bad_value', 2],
          ['bad_type', 1],
        ],
      },
    ]);
    expect(second).toBe(`2023-11-14 22:13:30 to 22:13:40 UTC (10 s)

counters             value    change  rate/s
requests env:prod  1234567  +1234537  123457

gauges             value  change
memory               0.3

timers (ms)        count  change  min     mean  median      p90      max   stddev
db.query               4            1  64.0309     2.5  250.123  250.123  107.443

sets               value  change
users                  2      -1

4 series, 7 lines received, 3 rejected (bad_value 2, bad_type 1), 0 dropped

`);
  });

  it('is one line for an empty window', async () => {
    expect(await print([{}, { received: 1, dropped: [['series_limit', 1]] }])).toEqual([
      '2023-11-14 22:13:20 to 22:13:30 UTC (10 s): 0 series, 0 lines received, 0 rejected, 0 dropped\n',
      '2023-11-14 22:13:20 to 22:13:30 UTC (10 s): 0 series, 1 line received, 0 rejected, 1 dropped (series_limit 1)\n',
    ]);
  });

  it.each([
    [1_700_000_010_000, 1_700_000_013_456, '2023-11-14 22:13:30 to 22:13:33.456 UTC (3.456 s)'],
    [1_700_006_390_000, 1_700_006_400_000, '2023-11-14 23:59:50 to 2023-11-15 00:00:00 UTC (10 s)'],
  ])('tells the time span', async (startMs, endMs, heading) => {
    const [text] = await print([{ startMs, endMs }]);
    expect(text).toMatch(heading);
  });

  it('hides the metrics of statsdrain itself, unless it is told to show them', async () => {
    const series: SeriesInput[] = [
      { type: 'counter', name: 'statsdrain.lines', value: 1 },
      { type: 'gauge', name: 'statsdrainage', value: 2 },
    ];
    const [hidden] = await print([{ series }]);
    expect(hidden).not.toContain('statsdrain.lines');
    expect(hidden).not.toContain('counters');
    expect(hidden).toContain('statsdrainage');
    expect(hidden).toContain('\n1 series, ');
    const [shown] = await print([{ series }], { selfMetrics: true });
    expect(shown).toContain('statsdrain.lines');
    expect(shown).toContain('\n2 series, ');
    const [none] = await print([{ series: series.slice(0, 1) }]);
    expect(none?.split('\n')).toHaveLength(2);
  });

  it('limits the rows of each type', async () => {
    const series: SeriesInput[] = [];
    for (let i = 0; i < 10_000; i++) series.push({ type: 'counter', name: `c${i}`, value: i });
    series.push({ type: 'gauge', name: 'g', value: 1 });
    const event = { title: 'e', text: '', timestamp: 1, priority: 'normal', alertType: 'info', tags: [] } as const;
    const [text] = await print([{ series, events: [event, event, event, event, event] }], { maxSeries: 3 });
    expect(text?.match(/^c\d+ /gm)).toEqual(['c9999 ', 'c9998 ', 'c9997 ']);
    expect(text).toContain('\n… and 9997 more\n');
    expect(text).toContain('\ng ');
    expect(text).toContain('[info] e\n[info] e\n[info] e\n… and 2 more\n');
    expect(text).toContain('\n10001 series, ');
  });

  it('lists events and service checks', async () => {
    const [text] = await print([
      {
        events: [
          {
            title: 'Deploy',
            text: `two\nlines ${ESCAPE}[31m`,
            timestamp: 1,
            priority: 'normal',
            alertType: 'success',
            tags: ['a:b', 'c'],
          },
        ],
        serviceChecks: [
          { name: 'db', status: 2, timestamp: 1, message: 'down', tags: [] },
          { name: 'db', status: 0, timestamp: 1, tags: ['x:y'] },
        ],
      },
    ]);
    expect(text).toContain('events\n[success] Deploy: two\\u000alines \\u001b[31m a:b c\n');
    expect(text).toContain('service checks\n[critical] db: down\n[ok] db x:y\n');
  });

  it('lists points with a time of their own', async () => {
    const points: TimedPoint[] = [
      { type: 'counter', name: 'a', tags: ['k:v'], host: 'h', timestamp: 1_700_000_001, value: 3 },
      { type: 'gauge', name: 'g', tags: [], timestamp: 2 ** 53 - 1, value: 0.5 },
      { type: 'gauge', name: 'more', tags: [], timestamp: 5, value: 1 },
    ];
    const [text] = await print([{ points }], { maxSeries: 2 });
    expect(text).toContain(
      'points with a time of their own\n[counter 2023-11-14 22:13:21] a: 3 host:h k:v\n[gauge 9007199254740991] g: 0.5\n… and 1 more\n',
    );
  });

  it('has a host as a tag like others', async () => {
    const [text] = await print([{ series: [{ type: 'gauge', name: 'g', tags: ['a', 'z'], host: 'h', value: 1 }] }]);
    expect(text).toContain('\ng a host:h z ');
  });

  it('has a median of its own only where it is no percentile', async () => {
    const series: SeriesInput[] = [{ type: 'histogram', name: 'h', values: [1, 2, 3] }];
    const [text] = await print([{ series }], { percentiles: [50, 99.9] });
    expect(text).toContain('histograms  count  change  min  mean  p50  p99.9  max    stddev\n');
    expect(text).toContain('h               3            1     2    2      3    3  0.816497\n');
  });

  it('has no statistics of a timer without values', async () => {
    const [text] = await print([{ series: [{ type: 'timer', name: 't', values: [], updated: false }] }]);
    expect(text).toContain('\nt                0    idle\n');
  });

  it('lets a very long name shift its own row only', async () => {
    const series: SeriesInput[] = [
      { type: 'gauge', name: 'x'.repeat(1000), value: 1 },
      { type: 'gauge', name: 'g', value: 2 },
    ];
    const [text] = await print([{ series }]);
    expect(text).toContain(`\ngauges  value  change\ng           2\n${'x'.repeat(1000)}      1\n`);
  });

  it('has no escapes but where a terminal wants them', async () => {
    const inputs = [{ series: [requests(1)] }, { series: [requests(2)] }];
    const plain = (await print(inputs)).join('');
    expect(plain).not.toContain(ESCAPE);
    for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await print(inputs, { columns: 100, environment })).join('')).toBe(plain);
    }
    const coloured = (await print(inputs, { columns: 100, environment: { NO_COLOR: '' } })).join('');
    expect(coloured).toContain(ESCAPE);
    expect(strip(coloured)).toBe(plain);
  });
});

describe('text on a terminal', () => {
  it('colours changes, and dims tags and what was not updated', async () => {
    const held = { type: 'gauge', name: 'held', tags: ['a:b'], value: 1, updated: false } as const;
    const down = { type: 'gauge', name: 'down' } as const;
    const [first, text] = await print(
      [{ series: [requests(1), held, { ...down, value: 9 }] }, { series: [requests(3), held, { ...down, value: 8 }] }],
      { columns: 100 },
    );
    expect(first).toContain(`\nrequests${ESCAPE}[2m env:prod${ESCAPE}[0m      1             0.1\n`);
    expect(text).toContain(
      `\nrequests${ESCAPE}[2m env:prod${ESCAPE}[0m      3${ESCAPE}[32m      +2${ESCAPE}[0m     0.3\n`,
    );
    expect(text).toContain(`\n${ESCAPE}[2mheld a:b               1    idle${ESCAPE}[0m\n`);
    expect(text).toContain(`\ndown                   8${ESCAPE}[31m      -1${ESCAPE}[0m\n`);
  });

  it('cuts names to its width', async () => {
    const series: SeriesInput[] = [
      { type: 'gauge', name: 'a.rather.long.name.of.a.gauge', tags: ['region:eu-central-1'], value: 1 },
      { type: 'gauge', name: '温度計の名前はとても長いので切られます', value: 2 },
    ];
    const [text] = await print([{ series }], { columns: 40, environment: { NO_COLOR: '1' } });
    expect(text).toContain('\ngauges                     value  change\n');
    expect(text).toContain('\n温度計の名前…で切られます      2\n');
    expect(text).toContain('\na.rath…gauge region…ral-1      1\n');
    for (const row of text!.split('\n').slice(1, 5)) expect(columnsOf(row)).toBeLessThanOrEqual(40);
  });

  it('has an empty window on two lines where one is too narrow', async () => {
    const [text] = await print([{}], { columns: 80, environment: { NO_COLOR: '1' } });
    expect(text).toBe(
      '2023-11-14 22:13:20 to 22:13:30 UTC (10 s)\n0 series, 0 lines received, 0 rejected, 0 dropped\n',
    );
  });

  it('leaves something of a name even where there is no room', async () => {
    const series: SeriesInput[] = [{ type: 'timer', name: 'n'.repeat(50), values: [1] }];
    const [text] = await print([{ series }], { columns: 10, environment: { NO_COLOR: '1' } });
    expect(text).toContain('\nnnnnnn…nnnnnn      1\n');
  });

  it('never lets an input command it', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (name, tag) => {
        const event = {
          title: name,
          text: tag,
          timestamp: 1,
          priority: 'low',
          alertType: 'info',
          tags: [tag],
        } as const;
        const input: WindowInput = {
          series: [{ type: 'gauge', name: `n${name}`, tags: [tag], value: 1 }],
          events: [event],
          rejected: [[name, 1]],
        };
        const [text] = await print([input], { columns: 80 });
        expect(strip(text!)).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(text!.split('\n')).toHaveLength(11);
      }),
    );
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [12, '12'],
    [1234567, '1234567'],
    [123456789012345, '123456789012345'],
    [0.1 + 0.2, '0.3'],
    [2 / 3, '0.666667'],
    [-1.23456789, '-1.23457'],
    [123456.789, '123457'],
    [1234567.891, '1234568'],
    [0.000012345678, '0.0000123457'],
    [1e-7, '1e-7'],
    [1e15, '1000000000000000'],
    [1.23456789e21, '1.23457e+21'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('%d is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it.each([
    [5, undefined, ''],
    [5, 5, ''],
    [5, 3, '+2'],
    [3, 5, '-2'],
    [0.3, 0.1, '+0.2'],
    [Number.NaN, 1, ''],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, ''],
  ])('%d after %d is a change of "%s"', (value, before, text) => {
    expect(formatChange(value, before)).toBe(text);
  });
});

describe('printable text', () => {
  it.each([
    ['plain', 'plain'],
    ['a\tb\r\nc\0', 'a\\u0009b\\u000d\\u000ac\\u0000'],
    ['\u007f\u0085\u009b2J', '\\u007f\\u0085\\u009b2J'],
    ['\u2028\u2029\u202e\u200b\ufeff', '\\u2028\\u2029\\u202e\\u200b\\ufeff'],
    ['\ud800x', '\\ud800x'],
    ['größe 温度 🙂', 'größe 温度 🙂'],
  ])('%j becomes %s', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it.each([
    ['abc', 3],
    ['größe', 5],
    ['e\u0301', 1],
    ['温度', 4],
    ['🙂', 2],
  ])('%s takes %d columns', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['温度計', 5, '温度…'],
    ['温度計', 4, '温…'],
    ['abc', 0, '…'],
  ])('%s cut to %d columns', (text, columns, expected) => {
    expect(truncate(text, columns)).toBe(expected);
  });

  it.each([
    ['abcdefgh', 8, 'abcdefgh'],
    ['abcdefgh', 7, 'abc…fgh'],
    ['abcdefgh', 6, 'abc…gh'],
    ['abcdefgh', 1, '…'],
    ['温度計の名前', 8, '温度…前'],
    ['温度計の名前', 7, '温…名前'],
    ['abcde\u0301', 3, 'a…e\u0301'],
    ['e\u0301\u0302bcdo\u0301', 4, 'e\u0301\u0302b…o\u0301'],
    ['🙂🙂🙂🙂', 5, '🙂…🙂'],
  ])('%s cut in its middle to %d columns', (text, columns, expected) => {
    expect(cutMiddle(text, columns)).toBe(expected);
  });
});

function strip(text: string): string {
  return text.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
}
