import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createShard } from '../src/aggregate/shard.ts';
import { type Dialect, defaultSettings, defaultStatsdSettings, type Limits } from '../src/config/settings.ts';
import { atOnce } from '../src/kit/slices.ts';
import type { Intake, MetricType, Series, StatsdMetrics } from '../src/plugin.ts';
import { COUNTERS, GAUGES, ROW_KINDS, SETS, STATSD_KEY, TIMERS } from '../src/protocol/codes.ts';
import { metricTypes, type RowKind, rowKind, typeCode, typeLetters } from '../src/protocol/types.ts';
import { createLedger } from '../src/statsd/ledger.ts';
import { addOtherKeys, MANY_KEYS } from './helper/other-keys.ts';
import { openMerger } from './helper/shard.ts';

/**
 * Each metric type on its way from a line to a window. Where the compiler cannot see that a type is missing (typed arrays, the
 * WebAssembly module), a test here fails, and its title names the file.
 */

/** What one sample is, and what a window says of it, and of two of them. */
interface Example {
  /** In a line: the value, or the member. */
  readonly text: string;
  readonly letters: string;
  readonly dialects: readonly Dialect[];
  /** As a ready sample. */
  push(intake: Intake): void;
  read(series: Series): unknown;
  readonly once: unknown;
  readonly twice: unknown;
  readonly kind: RowKind;
  /** Where the original daemon's metrics hash has it. */
  readonly section: keyof Pick<StatsdMetrics, 'counters' | 'gauges' | 'timers' | 'sets'>;
}

const native: readonly Dialect[] = ['auto', 'dogstatsd'];
const all: readonly Dialect[] = [...native, 'statsd'];

const oneValue = (series: Series) => 'value' in series && series.value;
const countAndSum = (series: Series) => 'statistics' in series && [series.statistics.count, series.statistics.sum];

const examples: Readonly<Record<MetricType, Example>> = {
  counter: {
    text: '7',
    letters: 'c',
    dialects: all,
    push: (intake) => intake.sample('counter', 'a', 7),
    read: oneValue,
    once: 7,
    twice: 14,
    kind: COUNTERS,
    section: 'counters',
  },
  gauge: {
    text: '7',
    letters: 'g',
    dialects: all,
    push: (intake) => intake.sample('gauge', 'a', 7),
    read: oneValue,
    once: 7,
    twice: 7,
    kind: GAUGES,
    section: 'gauges',
  },
  timer: {
    text: '7',
    letters: 'ms',
    dialects: all,
    push: (intake) => intake.sample('timer', 'a', 7),
    read: countAndSum,
    once: [1, 7],
    twice: [2, 14],
    kind: TIMERS,
    section: 'timers',
  },
  histogram: {
    text: '7',
    letters: 'h',
    dialects: native,
    push: (intake) => intake.sample('histogram', 'a', 7),
    read: countAndSum,
    once: [1, 7],
    twice: [2, 14],
    kind: TIMERS,
    section: 'timers',
  },
  distribution: {
    text: '7',
    letters: 'd',
    dialects: native,
    push: (intake) => intake.sample('distribution', 'a', 7),
    read: countAndSum,
    once: [1, 7],
    twice: [2, 14],
    kind: TIMERS,
    section: 'timers',
  },
  set: {
    text: 'x',
    letters: 's',
    dialects: all,
    push: (intake) => intake.member('a', 'x'),
    read: oneValue,
    once: 1,
    twice: 1,
    kind: SETS,
    section: 'sets',
  },
};

const types = Object.keys(examples) as readonly MetricType[];
const inDialects = types.flatMap((type) => examples[type].dialects.map((dialect) => ({ type, dialect })));
const line = (type: MetricType) => Buffer.from(`a:${examples[type].text}|${examples[type].letters}`);

function open(dialect: Dialect = 'auto', limits: Partial<Limits> = {}) {
  const shard = createShard({ index: 0, limits: { ...defaultSettings.limits, ...limits }, now: () => 1, seed: 7 });
  const merger = openMerger({
    limits: { ...defaultSettings.limits, ...limits },
    expire: { counter: 1000, gauge: 1000, timer: 1000, histogram: 1000, distribution: 1000, set: 1000 },
  });
  let endMs = 0;
  return {
    shard,
    intake: shard.intake('test', dialect),
    /** The series of the window that ends now. */
    series(): readonly Series[] {
      endMs += 1000;
      return [...merger.merge([shard.handOver(endMs, false)], endMs - 1000, endMs, () => []).series];
    },
  };
}

/** What there is to see of the only series. */
function seen(type: MetricType, series: readonly Series[]) {
  return series.map((one) => ({ type: one.type, name: one.name, updated: one.updated, is: examples[type].read(one) }));
}

const only = (type: MetricType, is: unknown, updated = true) => [{ type, name: 'a', updated, is }];

describe('codes (src/protocol/codes.ts, types.ts)', () => {
  it('are the places in the list of types, and leave STATSD_KEY free', () => {
    expect(metricTypes.map(typeCode)).toEqual(Array.from(types, (_, code) => code));
    expect(types.length).toBeLessThanOrEqual(STATSD_KEY);
    expect([...metricTypes].sort()).toEqual([...types].sort());
  });

  it.each(types)('have letters and a kind: %s', (type) => {
    expect([typeLetters(type), rowKind(typeCode(type))]).toEqual([examples[type].letters, examples[type].kind]);
    expect(rowKind(typeCode(type))).toBeLessThan(ROW_KINDS);
  });
});

describe('the WebAssembly module', () => {
  it.each([
    ['auto', 4],
    ['dogstatsd', 0],
  ] as const)('reads meters as counters in auto and leaves them to the host in dogstatsd: %s', (dialect, value) => {
    const { intake, series } = open(dialect);
    intake.lines(Buffer.from('a:1|c'));
    series();
    const { plane, input, bytes } = intake.store();
    const meter = Buffer.from('a:4|m');
    bytes().set(meter, input);
    expect(plane.readLines(input, input + meter.length) - input).toBe(value === 0 ? 0 : meter.length);
    expect(seen('counter', series())).toEqual(only('counter', value, value > 0));
  });

  it.each(types)('keeps rows of the same kind as the host: %s (src/aggregate/assembly/samples.ts, rows.ts)', (type) => {
    for (const flag of [0, STATSD_KEY]) {
      const { plane, input } = open().intake.store();
      expect(plane.useRow(plane.addKey(input, 1, 0, 0, typeCode(type) | flag, 0))).toBe(1);
      const rows = Array.from({ length: ROW_KINDS }, (_, kind) => plane.rowCount(kind));
      expect(rows.indexOf(1)).toBe(examples[type].kind);
    }
  });

  it.each(inDialects)(
    'reads a line by itself: $type in $dialect (src/aggregate/assembly/line.ts)',
    ({ type, dialect }) => {
      for (const otherKeys of [0, MANY_KEYS]) {
        const { intake, series } = open(dialect);
        intake.lines(line(type));
        series();
        addOtherKeys(intake.store(), otherKeys);
        const { plane, input, bytes } = intake.store();
        bytes().set(line(type), input);
        const end = input + line(type).length;
        expect(plane.readLines(input, end) - input).toBe(end - input);
        expect(seen(type, series())).toEqual(only(type, examples[type].once));
      }
    },
  );
});

describe('a window has under its type', () => {
  it.each(inDialects)(
    'a line that the host read: $type in $dialect (src/protocol/*scan.ts, src/window)',
    ({ type, dialect }) => {
      const { intake, series } = open(dialect);
      intake.lines(line(type));
      expect(seen(type, series())).toEqual(only(type, examples[type].once));
    },
  );

  it.each(inDialects)('a line that the host read and one of the module: $type in $dialect', ({ type, dialect }) => {
    const { intake, series } = open(dialect);
    intake.lines(line(type));
    intake.lines(line(type));
    expect(seen(type, series())).toEqual(only(type, examples[type].twice));
  });

  it.each(types)('several values in one line: %s (src/protocol/scan.ts, src/aggregate/shard.ts)', (type) => {
    const { intake, series } = open();
    const { text, letters } = examples[type];
    for (const _ of ['new', 'known']) {
      intake.lines(Buffer.from(`a:${text}|${letters}:${text}|${letters}`));
      expect(seen(type, series())).toEqual(only(type, examples[type].twice));
    }
  });

  it.each(types)('ready samples: %s (src/aggregate/intake.ts)', (type) => {
    const { intake, series } = open();
    examples[type].push(intake);
    expect(seen(type, series())).toEqual(only(type, examples[type].once));
  });

  it.each(types.filter((type) => type !== 'set'))(
    'samples of a series that is kept: %s (src/aggregate/intake.ts)',
    (type) => {
      const { intake, series } = open();
      const { add } = intake.series(type, 'a');
      for (const _ of ['new', 'known']) {
        add(7);
        add(7);
        expect(seen(type, series())).toEqual(only(type, examples[type].twice));
      }
    },
  );

  it.each(types)('what is beyond the limit of exact values: %s (src/aggregate/shard.ts, src/window)', (type) => {
    const { intake, series } = open('auto', { timerValuesPerSeries: 0, setMembersPerSeries: 0 });
    for (const _ of ['new', 'known']) {
      intake.lines(Buffer.concat([line(type), Buffer.from('\n'), line(type)]));
      expect(seen(type, series())).toEqual(only(type, examples[type].twice));
    }
  });

  it.each(types)('a series that is held: %s (src/window)', (type) => {
    const { intake, series } = open();
    intake.lines(line(type));
    series();
    const idle = series();
    expect(idle.map((one) => [one.type, one.updated])).toEqual([[type, false]]);
    expect(series()).toEqual([]);
  });
});

describe('the metrics hash of the original daemon', () => {
  it.each(inDialects)('has a line: $type in $dialect (src/statsd/ledger.ts)', ({ type, dialect }) => {
    const { shard, intake } = open(dialect);
    const { limits } = defaultSettings;
    const ledger = createLedger({ statsd: defaultStatsdSettings, flushIntervalMs: 1000, limits }, 1);
    intake.lines(line(type));
    atOnce(ledger.absorb(shard.handOver(1000, false)));
    const { metrics } = atOnce(ledger.flush(2));
    const sections = (['counters', 'gauges', 'timers', 'sets'] as const).filter((name) => metrics[name].has('a'));
    expect(sections).toEqual([examples[type].section]);
  });
});

describe('README.md', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

  it.each(types)('shows a line: %s', (type) => {
    expect(readme).toMatch(new RegExp(`^.*:[\\w.]+\\|${examples[type].letters}\\s`, 'm'));
  });
});
