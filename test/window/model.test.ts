import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, type Expire } from '../../src/config/settings.ts';
import type { MetricType, Sketch, Window } from '../../src/plugin.ts';
import { openMerger, openShard } from '../helper/shard.ts';
import { letters } from '../protocol/oracle.ts';

const SECOND = 1000;
const START = 1_700_000_000_000;

const expire: Expire = { counter: 2000, gauge: 1000, timer: 0, histogram: 3000, distribution: 1000, set: 2000 };

interface Sample {
  readonly type: MetricType;
  readonly name: string;
  /** How the tags `a:1` and `b:2` are written, or that there are none. */
  readonly spelling: 'none' | 'sorted' | 'unsorted' | 'twice' | 'graphite' | 'mixed';
  readonly sign: '' | '+' | '-';
  readonly value: number;
  /** 1 / rate. */
  readonly weight: 1 | 2 | 4;
  readonly shard: number;
}

const spellings: Readonly<Record<Sample['spelling'], readonly [inName: string, section: string]>> = {
  none: ['', ''],
  sorted: ['', '|#a:1,b:2'],
  unsorted: ['', '|#b:2,a:1'],
  twice: ['', '|#b:2,,a:1,b:2'],
  graphite: [';b=2;a=1', ''],
  mixed: [';b=2', '|#a:1'],
};

function lineOf({ type, name, spelling, sign, value, weight }: Sample): string {
  const [inName, section] = spellings[spelling];
  const rate = weight === 1 ? '' : `|@${1 / weight}`;
  return `${name}${inName}:${sign}${value}|${letters[type]}${rate}${section}`;
}

/** What the reader of a window sees of one series. */
interface Expected {
  readonly updated: boolean;
  readonly value: unknown;
}

/** Lists of every sample, gone through again for each window: nothing like tables, partials or sketches. */
function naiveModel() {
  const gauges = new Map<string, number>();
  const updatedMs = new Map<string, number>();
  return (samples: readonly Sample[], endMs: number): Record<string, Expected> => {
    const bySeries = new Map<string, Sample[]>();
    for (const sample of samples) {
      const key = `${sample.type} ${sample.name} ${sample.spelling === 'none' ? '' : 'a:1,b:2'}`;
      bySeries.set(key, [...(bySeries.get(key) ?? []), sample]);
      updatedMs.set(key, endMs);
    }
    const found: Record<string, Expected> = {};
    for (const [key, last] of updatedMs) {
      const type = key.split(' ')[0] as MetricType;
      const own = bySeries.get(key) ?? [];
      if (type === 'gauge') gauges.set(key, own.reduce(gaugeAfter, gauges.get(key) ?? 0));
      if (endMs - last > expire[type]) continue;
      found[key] = { updated: last === endMs, value: type === 'gauge' ? gauges.get(key) : valueOfWindow(type, own) };
    }
    return found;
  };
}

function gaugeAfter(before: number, { sign, value }: Sample): number {
  if (sign === '') return value;
  return sign === '+' ? before + value : before - value;
}

function valueOfWindow(type: Exclude<MetricType, 'gauge'>, samples: readonly Sample[]): unknown {
  const numberOf = ({ sign, value }: Sample) => Number(`${sign}${value}`);
  switch (type) {
    case 'counter':
      return samples.reduce((sum, sample) => sum + numberOf(sample) * sample.weight, 0);
    case 'set':
      return new Set(samples.map(({ sign, value }) => sign + value)).size;
    case 'timer':
    case 'histogram':
    case 'distribution': {
      const all = samples.flatMap((sample) => Array<number>(sample.weight).fill(numberOf(sample)));
      return summaryOf(
        type,
        all.sort((a, b) => a - b),
      );
    }
    default:
      return type satisfies never;
  }
}

function summaryOf(type: MetricType, ascending: readonly number[]): unknown {
  const sum = (of: (value: number) => number) => ascending.reduce((all, value) => all + of(value), 0);
  const nearestRank = (percent: number) => ascending[Math.ceil((percent * ascending.length) / 100) - 1] ?? 0;
  return {
    count: ascending.length,
    sum: sum((value) => value),
    sumSquares: sum((value) => value * value),
    min: ascending[0] ?? 0,
    max: ascending.at(-1) ?? 0,
    percentiles: [50, 90].map(nearestRank),
    ...(type === 'distribution' ? { bins: binsOf(ascending) } : {}),
  };
}

/** The bins of the Datadog Agent: key round(ln v / ln 1.015625). */
function binsOf(values: readonly number[]): unknown {
  const keyed = (magnitudes: readonly number[]) => {
    const weights = new Map<number, number>();
    for (const magnitude of magnitudes) {
      const key = Math.round(Math.log(magnitude) / Math.log(1.015625));
      weights.set(key, (weights.get(key) ?? 0) + 1);
    }
    return [...weights].sort(([a], [b]) => a - b);
  };
  return {
    zero: values.filter((value) => value === 0).length,
    positive: keyed(values.filter((value) => value > 0)),
    negative: keyed(values.filter((value) => value < 0).map((value) => -value)),
  };
}

function seen(window: Window): Record<string, Expected> {
  const found: Record<string, Expected> = {};
  for (const series of window.series) {
    const key = `${series.type} ${series.name} ${series.tags.join()}`;
    expect(found).not.toHaveProperty([key]);
    if ('value' in series) {
      found[key] = { updated: series.updated, value: series.value };
      if (series.type === 'counter') expect(series.rate).toBe(series.value / 1);
    } else {
      const { count, sum, sumSquares, min, max, percentiles } = series.statistics;
      const value = { count, sum, sumSquares, min, max, percentiles: [...percentiles.values()] };
      const bins = series.type === 'distribution' ? { bins: binsIn(series.sketch) } : {};
      found[key] = { updated: series.updated, value: { ...value, ...bins } };
    }
  }
  expect(window.seriesCount).toBe(Object.keys(found).length);
  return found;
}

function binsIn(sketch: Sketch): unknown {
  return {
    zero: sketch.zeroCount,
    positive: [...sketch.positiveBins()].map(([key, weight]) => [key, weight]),
    negative: [...sketch.negativeBins()].map(([key, weight]) => [key, weight]),
  };
}

const signed: fc.Arbitrary<Sample> = fc.record({
  type: fc.constantFrom(...(Object.keys(letters) as MetricType[]), 'gauge'),
  name: fc.constantFrom('x', 'y'),
  spelling: fc.constantFrom(...(Object.keys(spellings) as Sample['spelling'][])),
  sign: fc.constantFrom('', '', '+', '-'),
  value: fc.nat(60),
  weight: fc.constantFrom(1, 1, 2, 4),
  shard: fc.nat(2),
});
/** Sets see a member again. Which of two zeros sorts first is nobody's business. */
const sample = signed.map((one): Sample => {
  if (one.type === 'set') return { ...one, sign: '', value: one.value % 4 };
  return one.value === 0 ? { ...one, sign: '' } : one;
});

describe('windows', () => {
  it('are those of a model that keeps every sample, whatever the shards, the spellings and the order of the partials', () => {
    const windows = fc.array(fc.array(sample, { maxLength: 40 }), { minLength: 1, maxLength: 5 });
    const orders = fc.array(fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(windows, orders, (all, order) => {
        let now = 0;
        const shards = [0, 1, 2].map((index) => openShard({}, index, () => now));
        const merger = openMerger({ expire, percentiles: [50, 90], flushIntervalMs: SECOND });
        const model = naiveModel();
        all.forEach((samples, index) => {
          for (const one of samples) {
            now++;
            shards[one.shard]!.intake.lines(Buffer.from(lineOf(one)));
          }
          const endMs = START + (index + 1) * SECOND;
          now = (index + 1) * SECOND;
          const partials = order[index]!.map((shard) => shards[shard]!.shard.handOver(endMs, false));
          const window = merger.merge(partials, endMs - SECOND, endMs, () => []);
          expect(seen(window)).toEqual(model(samples, endMs));
          expect(window.account.aggregated).toBe(samples.length);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('are the same with a sketch from the second value on, but for what a sketch estimates', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 40 }), (samples) => {
        const binsFor = (timerValuesPerSeries: number) => {
          const shards = [0, 1, 2].map((index) => openShard({ timerValuesPerSeries }, index));
          for (const one of samples) {
            shards[one.shard]!.intake.lines(Buffer.from(lineOf({ ...one, type: 'distribution' })));
          }
          const partials = shards.map(({ shard }) => shard.handOver(START, false));
          const window = openMerger({ percentiles: [] }).merge(partials, START - SECOND, START, () => []);
          return Array.from(window.series, (series) => {
            if (series.type !== 'distribution') throw new Error(`a ${series.type}`);
            const { count, sum, min, max } = series.statistics;
            return [series.name, series.tags, count, sum, min, max, binsIn(series.sketch)];
          });
        };
        expect(binsFor(1)).toEqual(binsFor(defaultSettings.limits.timerValuesPerSeries));
        expect(binsFor(0)).toEqual(binsFor(1));
      }),
      { numRuns: 200 },
    );
  });
});
