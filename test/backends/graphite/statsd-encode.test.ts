import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StatsdNames } from '../../../backends/graphite/config.ts';
import type { Lost } from '../../../backends/graphite/encode.ts';
import graphite from '../../../backends/graphite/index.ts';
import { createPacker } from '../../../backends/graphite/pack.ts';
import { encodeStatsd } from '../../../backends/graphite/statsd-encode.ts';
import { kit } from '../../../src/config/kit.ts';
import type { StatusLine, TimedPoint } from '../../../src/plugin.ts';
import { FakeCarbon } from '../../helper/fake-carbon.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeStatsd, type StatsdInput } from '../../helper/statsd-hash.ts';
import { makeWindow, recordingContext } from '../../helper/window.ts';

const T = 1_700_000_010;
const FRESH = { last_flush: T - 10, last_exception: 0, flush_time: 0, flush_length: 0 };

const schema = graphite.config!(kit);

function namesOf(statsd: object): StatsdNames {
  const { statsd: names } = schema.parse({ statsd });
  if (names === undefined) throw new Error('no names');
  return names;
}

interface Times {
  readonly startMs: number;
  readonly endMs: number;
  readonly intervalMs: number;
  readonly points?: readonly TimedPoint[];
}

const WHOLE: Times = { startMs: (T - 10) * 1000, endMs: T * 1000, intervalMs: 10_000 };

function linesOf(input: StatsdInput, statsd: object = {}, times = WHOLE, own = FRESH) {
  const lost: Lost = new Map();
  const messages = encodeStatsd(
    { points: [], ...times },
    makeStatsd(input),
    namesOf(statsd),
    createPacker('text'),
    lost,
    own,
  );
  const text = Buffer.concat(Array.from(messages, ({ bytes }) => bytes)).toString();
  expect(text.endsWith('\n')).toBe(true);
  return { lines: text.slice(0, -1).split('\n'), lost };
}

const INTERNAL = { 'statsd.bad_lines_seen': 0, 'statsd.packets_received': 1, 'statsd.metrics_received': 1 };

describe('the lines of the original', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'], now: T * 1000 }));
  afterEach(() => vi.useRealTimers());

  it('the whole output for one counter', () => {
    const counters = { ...INTERNAL, c: 5 };
    const { lines, lost } = linesOf({ flushIntervalMs: 1000, counters, counterRates: counters });
    expect(lines).toEqual(
      [
        'stats.statsd.bad_lines_seen 0 T',
        'stats_counts.statsd.bad_lines_seen 0 T',
        'stats.statsd.packets_received 1 T',
        'stats_counts.statsd.packets_received 1 T',
        'stats.statsd.metrics_received 1 T',
        'stats_counts.statsd.metrics_received 1 T',
        'stats.c 5 T',
        'stats_counts.c 5 T',
        'statsd.numStats 4 T',
        'stats.statsd.graphiteStats.calculationtime 0 T',
        'stats.statsd.processing_time 0 T',
        'stats.statsd.graphiteStats.last_exception 0 T',
        `stats.statsd.graphiteStats.last_flush ${T - 10} T`,
        'stats.statsd.graphiteStats.flush_time 0 T',
        'stats.statsd.graphiteStats.flush_length 0 T',
      ].map((line) => line.replace(/T$/, String(T))),
    );
    expect(lost.size).toBe(0);
  });

  const everything: StatsdInput = {
    counters: { 'k;env=prod': 20 },
    timerData: { 't;env=prod': { fields: { mean_90: 4, count: 2 }, histogram: { bin_50: 1, bin_inf: 0 } } },
    gauges: { g: 3 },
    sets: { s: ['a', 'b'] },
  };

  it.each<[string, object, string[]]>([
    [
      'the legacy namespace',
      {},
      [
        'stats.k;env=prod 2',
        'stats_counts.k;env=prod 20',
        'stats.timers.t.mean_90;env=prod 4',
        'stats.timers.t.count;env=prod 2',
        'stats.timers.t.histogram.bin_50;env=prod 1',
        'stats.timers.t.histogram.bin_inf;env=prod 0',
        'stats.gauges.g 3',
        'stats.sets.s.count 2',
        'statsd.numStats 4',
        'stats.statsd.graphiteStats.calculationtime 0',
        'stats.statsd.processing_time 0',
      ],
    ],
    [
      'the legacy namespace with a suffix',
      { globalSuffix: 'host1' },
      [
        'stats.k.host1;env=prod 2',
        'stats_counts.k.host1;env=prod 20',
        'stats.timers.t.mean_90.host1;env=prod 4',
        'stats.timers.t.count.host1;env=prod 2',
        'stats.timers.t.histogram.bin_50.host1;env=prod 1',
        'stats.timers.t.histogram.bin_inf.host1;env=prod 0',
        'stats.gauges.g.host1 3',
        'stats.sets.s.count.host1 2',
        'statsd.numStats.host1 4',
        'stats.statsd.graphiteStats.calculationtime.host1 0',
        'stats.statsd.processing_time.host1 0',
      ],
    ],
    [
      'the new namespace',
      { legacyNamespace: false, flushCounts: false },
      [
        'stats.counters.k.rate;env=prod 2',
        'stats.timers.t.mean_90;env=prod 4',
        'stats.timers.t.count;env=prod 2',
        'stats.timers.t.histogram.bin_50;env=prod 1',
        'stats.timers.t.histogram.bin_inf;env=prod 0',
        'stats.gauges.g 3',
        'stats.sets.s.count 2',
        'stats.statsd.numStats 4',
        'stats.statsd.graphiteStats.calculationtime 0',
        'stats.statsd.processing_time 0',
      ],
    ],
    [
      'the new namespace with prefixes and a suffix',
      {
        legacyNamespace: false,
        globalPrefix: 'x.y',
        prefixCounter: 'c',
        prefixTimer: 't',
        prefixGauge: 'a',
        prefixSet: 's',
        globalSuffix: 'z',
      },
      [
        'x.y.c.k.rate.z;env=prod 2',
        'x.y.c.k.count.z;env=prod 20',
        'x.y.t.t.mean_90.z;env=prod 4',
        'x.y.t.t.count.z;env=prod 2',
        'x.y.t.t.histogram.bin_50.z;env=prod 1',
        'x.y.t.t.histogram.bin_inf.z;env=prod 0',
        'x.y.a.g.z 3',
        'x.y.s.s.count.z 2',
        'x.y.statsd.numStats.z 4',
        'x.y.statsd.graphiteStats.calculationtime.z 0',
        'x.y.statsd.processing_time.z 0',
      ],
    ],
    [
      'the new namespace with empty prefixes',
      {
        legacyNamespace: false,
        globalPrefix: '',
        prefixCounter: '',
        prefixTimer: '',
        prefixGauge: '',
        prefixSet: '',
        flushCounts: false,
      },
      [
        'k.rate;env=prod 2',
        't.mean_90;env=prod 4',
        't.count;env=prod 2',
        't.histogram.bin_50;env=prod 1',
        't.histogram.bin_inf;env=prod 0',
        'g 3',
        's.count 2',
        'statsd.numStats 4',
        'statsd.graphiteStats.calculationtime 0',
        'statsd.processing_time 0',
      ],
    ],
  ])('%s', (_, statsd, expected) => {
    const { lines } = linesOf(everything, statsd);
    expect(lines.slice(0, -4)).toEqual(expected.map((line) => `${line} ${T}`));
  });

  it.each([
    ['statsd', 'statsd.numStats', 'stats.statsd.processing_time'],
    ['', '.numStats', 'stats..processing_time'],
    ['a.b', 'a.b.numStats', 'stats.a.b.processing_time'],
    ['two words', 'two_words.numStats', 'stats.two_words.processing_time'],
  ])('prefixStats "%s"', (prefixStats, numStats, processingTime) => {
    const { lines } = linesOf({ prefixStats });
    expect(lines).toContain(`${numStats} 0 ${T}`);
    expect(lines).toContain(`${processingTime} 0 ${T}`);
  });

  it.each([
    ['a b/c$', 'stats.gauges.a_b-c'],
    ['a  \t b', 'stats.gauges.a_b'],
    ['', 'stats.gauges.'],
    ['a;k=v', 'stats.gauges.a;k=v'],
    ['a;k y=v/w', 'stats.gauges.a;k_y=v/w'],
    ['a b;k=ü', 'stats.gauges.a_b;k=ü'],
    ['a;k=1\n2 3', 'stats.gauges.a;k=1_2_3'],
    ['__proto__', 'stats.gauges.__proto__'],
    ['m4;;', 'stats.gauges.m4;;'],
  ])('the key %j is sent as %s', (key, path) => {
    expect(linesOf({ gauges: [[key, 1]] }).lines[0]).toBe(`${path} 1 ${T}`);
  });

  it('whatever the key, a line has three words', () => {
    const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(key, key, (name, tags) => {
        const { lines } = linesOf({ gauges: [[`${name};${tags}`, 1]] });
        expect(lines).toHaveLength(8);
        for (const line of lines) expect(line.split(/[\s\p{Cc}]+/u)).toHaveLength(3);
      }),
    );
  });

  it('prints numbers as JavaScript does', () => {
    const gauges = { a: 0.1 + 0.2, b: 1e21, c: 1e-7, d: -0, e: 123456789012 };
    const numbers = linesOf({ gauges }).lines.slice(0, 5);
    expect(numbers.map((line) => line.split(' ')[1])).toEqual([
      '0.30000000000000004',
      '1e+21',
      '1e-7',
      '0',
      '123456789012',
    ]);
  });

  it('leaves out what carbon cannot store, and tells how much that is', () => {
    const { lines, lost } = linesOf({
      counters: { a: Number.POSITIVE_INFINITY },
      timerData: { t: { fields: { std: Number.NaN, count: 1 } } },
      gauges: { b: Number.NaN, ['x'.repeat(5000)]: 1, c: 1 },
    });
    expect(lines.slice(0, 3)).toEqual([
      `stats.timers.t.count 1 ${T}`,
      `stats.gauges.c 1 ${T}`,
      `statsd.numStats 5 ${T}`,
    ]);
    expect([...lost]).toEqual([
      ['not_finite', 4],
      ['name_too_long', 1],
    ]);
  });

  it.each<[string, Times, number]>([
    ['a whole window', WHOLE, T],
    [
      'one that was counted from the start',
      { startMs: 1_700_000_003_000, endMs: 1_700_000_013_000, intervalMs: 10_000 },
      T,
    ],
    ['the first one, by the clock', { startMs: 1_699_999_994_321, endMs: 1_700_000_000_000, intervalMs: 10_000 }, T],
    ['the first one, from the start', { startMs: 1_700_000_003_400, endMs: 1_700_000_013_000, intervalMs: 10_000 }, T],
    ['the only one', { startMs: 1_700_000_003_400, endMs: 1_700_000_005_678, intervalMs: 10_000 }, T],
    [
      'the last one, by the clock',
      { startMs: 1_700_000_010_000, endMs: 1_700_000_015_678, intervalMs: 10_000 },
      T + 10,
    ],
    [
      'the last one, from the start',
      { startMs: 1_700_000_013_000, endMs: 1_700_000_015_678, intervalMs: 10_000 },
      T + 13,
    ],
  ])('the time of %s', (_, times, seconds) => {
    const { lines } = linesOf({ gauges: { g: 1 }, startupTime: 1_700_000_003, timestamp: T }, {}, times);
    expect(lines[0]).toBe(`stats.gauges.g 1 ${seconds}`);
    expect(lines.at(-1)).toBe(`stats.statsd.graphiteStats.flush_length 0 ${seconds}`);
  });

  it('what it says about itself has the time of sending', () => {
    vi.setSystemTime((T + 7) * 1000);
    const own = { last_flush: 1, last_exception: 2, flush_time: 3, flush_length: 4 };
    const { lines } = linesOf({}, {}, WHOLE, own);
    expect(lines.slice(-5)).toEqual([
      `stats.statsd.processing_time 0 ${T}`,
      `stats.statsd.graphiteStats.last_exception 2 ${T + 7}`,
      `stats.statsd.graphiteStats.last_flush 1 ${T + 7}`,
      `stats.statsd.graphiteStats.flush_time 3 ${T + 7}`,
      `stats.statsd.graphiteStats.flush_length 4 ${T + 7}`,
    ]);
  });
});

describe('the state of the link', () => {
  const setUp = async (protocol: 'text' | 'pickle' = 'text') => {
    const carbon = new FakeCarbon(protocol);
    await carbon.up();
    const context = recordingContext();
    const backend = graphite.create(schema.parse({ port: carbon.port, protocol, statsd: {} }), context);
    const send = (endMs: number) =>
      sendTo(
        backend,
        { ...makeWindow({ endMs }), statsd: makeStatsd({ timestamp: endMs / 1000, gauges: { g: endMs } }) },
        AbortSignal.timeout(10_000),
      );
    const own = (name: string) =>
      carbon.lines
        .filter((line) => line.startsWith(`stats.statsd.graphiteStats.${name} `))
        .map((line) => Number(line.split(' ')[1]));
    return { carbon, context, backend, send, own };
  };
  const valuesOf = (lines: readonly StatusLine[]) => Object.fromEntries(lines.map(({ name, value }) => [name, value]));
  const seconds = () => Math.round(Date.now() / 1000);

  it('is known before the first window', async () => {
    const { backend, carbon, context } = await setUp();
    const status = backend.status!();
    expect(status.map(({ group, name }) => `${group}.${name}`)).toEqual([
      'graphite.last_flush',
      'graphite.last_exception',
      'graphite.flush_time',
      'graphite.flush_length',
    ]);
    const last_flush = context.statsd.startupTime;
    expect(valuesOf(status)).toEqual({ last_flush, last_exception: 0, flush_time: 0, flush_length: 0 });
    await carbon.down();
  });

  it.each(['text', 'pickle'] as const)('tells the size of the window before (%s)', async (protocol) => {
    const { backend, carbon, send, own } = await setUp(protocol);
    await send(T * 1000);
    await vi.waitFor(() => expect(own('flush_length')).toEqual([0]));
    // In pickle: `(S''<LF>(LL<LF>S''<LF>tta` instead of two blanks and a line end, and 7 for the message.
    const frame = protocol === 'text' ? 0 : carbon.lines.length * ("(S''\n(LL\nS''\ntta".length - 3) + 4 + '(l.'.length;
    const length = carbon.lines.reduce((sum, line) => sum + line.length + 1, frame);
    expect(valuesOf(backend.status!())).toMatchObject({ flush_length: length });
    await send((T + 10) * 1000);
    await vi.waitFor(() => expect(own('flush_length')).toEqual([0, length]));
    await backend.stop?.();
    await carbon.down();
  });

  it('remembers when it could not connect or write, also once it is connected again', async () => {
    const before = seconds();
    const { backend, carbon, send, own } = await setUp();
    await carbon.down();
    await expect(send(T * 1000)).rejects.toThrow('ECONNREFUSED');
    const { last_exception, last_flush } = valuesOf(backend.status!());
    expect(last_exception).toBeGreaterThanOrEqual(before);
    await carbon.up();
    await send(T * 1000);
    await vi.waitFor(() => expect(own('last_exception')).toEqual([last_exception]));
    expect(own('last_flush')).toEqual([last_flush]);
    await backend.stop?.();
    await carbon.down();
  });

  it('repeats the window that was lost with its connection, with its own time', async () => {
    const { backend, carbon, send } = await setUp();
    carbon.pause();
    await send(T * 1000);
    await carbon.down();
    carbon.reading = true;
    await carbon.up();
    await vi.waitFor(async () => send((T + 10) * 1000));
    await vi.waitFor(() => expect(carbon.lines.filter((line) => line.includes('gauges.g '))).toHaveLength(2));
    const [first, second] = carbon.lines.filter((line) => line.includes('gauges.g '));
    expect(first).toBe(`stats.gauges.g ${T * 1000} ${T}`);
    expect(second).toBe(`stats.gauges.g ${(T + 10) * 1000} ${T + 10}`);
    await backend.stop?.();
    await carbon.down();
  });

  it('refuses a window without the metrics of the original', async () => {
    const { backend, carbon } = await setUp();
    await expect(sendTo(backend, makeWindow(), AbortSignal.timeout(1000))).rejects.toMatchObject({
      message: expect.stringContaining('"statsd"'),
      permanent: true,
    });
    await carbon.down();
  });
});

describe('the configuration of the names', () => {
  it('has defaults', () => {
    expect(schema.parse({ statsd: {} }).statsd).toEqual({
      legacyNamespace: true,
      globalPrefix: 'stats',
      prefixCounter: 'counters',
      prefixTimer: 'timers',
      prefixGauge: 'gauges',
      prefixSet: 'sets',
      globalSuffix: undefined,
      flushCounts: true,
    });
  });

  it.each([
    [{}, 2003],
    [{ protocol: 'pickle' }, 2004],
    [{ protocol: 'pickle', statsd: {} }, 2004],
    [{ protocol: 'pickle', port: 2003 }, 2003],
  ])('the port of %j', (block, port) => {
    expect(schema.parse(block).port).toBe(port);
  });

  it.each<[object, string, string]>([
    [{ port: 0 }, 'port', 'cannot be connected to'],
    [{ protocol: 'udp' }, 'protocol', ''],
    [{ statsd: { prefix: 'x' } }, 'statsd', ''],
    [{ statsd: {}, prefix: 'x' }, 'prefix', 'has no meaning with "statsd"'],
    [{ statsd: {}, tags: 'drop' }, 'tags', 'has no meaning with "statsd"'],
    [{ statsd: { globalPrefix: 'x' } }, 'statsd.globalPrefix', 'has no effect in the legacy namespace'],
    [{ statsd: { prefixSet: '' } }, 'statsd.prefixSet', 'set "legacyNamespace": false'],
    [{ statsd: { legacyNamespace: false, prefixSet: 'a b' } }, 'statsd.prefixSet', 'must have no blanks'],
    [{ statsd: { globalSuffix: 'a\n' } }, 'statsd.globalSuffix', 'must have no blanks'],
    [{ statsd: { flushCounts: 1 } }, 'statsd.flushCounts', ''],
  ])('refuses %j', (block, path, message) => {
    const issues = schema.safeParse(block).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(issues[0]?.message).toContain(message);
  });

  it('only with "statsd" the metrics of the original are read', () => {
    expect(graphite.readsStatsd!(schema.parse({}))).toBe(false);
    expect(graphite.readsStatsd!(schema.parse({ statsd: {} }))).toBe(true);
  });

  it('the protocol is shown', () => {
    expect(graphite.describe!(schema.parse({ protocol: 'pickle' }))).toBe('tcp://127.0.0.1:2004 (pickle)');
  });
});

describe('points with a time of their own', () => {
  const points: readonly TimedPoint[] = [
    { type: 'counter', name: 'a b', tags: ['k:v'], host: 'h', timestamp: 5, value: 3 },
    { type: 'gauge', name: 'g', tags: [], timestamp: 6, value: -2 },
    { type: 'gauge', name: 'bad', tags: [], timestamp: 6, value: Number.POSITIVE_INFINITY },
  ];
  const pointLines = (lines: readonly string[]) =>
    lines.filter((line) => !line.includes('.statsd.') && !line.startsWith('statsd.'));

  it('have the names of counts and gauges', () => {
    const { lines, lost } = linesOf({}, {}, { ...WHOLE, points });
    expect(pointLines(lines)).toEqual(['stats_counts.a_b;host=h;k=v 3 5', 'stats.gauges.g -2 6']);
    expect([...lost]).toEqual([['not_finite', 1]]);
  });

  it('are left out and counted where there are no counts', () => {
    const { lines, lost } = linesOf({}, { flushCounts: false, legacyNamespace: false }, { ...WHOLE, points });
    expect(pointLines(lines)).toEqual(['stats.gauges.g -2 6']);
    expect(lost.get('unsupported')).toBe(1);
  });
});
