import fc from 'fast-check';
import { parse } from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { agentBins, encodeSketch, sketchItem } from '../../../backends/datadog/sketch.ts';
import type { Sketch } from '../../../src/plugin.ts';
import { DDSketch } from '../../../src/sketch/ddsketch.ts';
import { readSketches } from './sketch-reader.ts';

type Bins = readonly (readonly [key: number, weight: number])[];

function sketchOf({
  negative = [],
  zeros = 0,
  positive = [],
}: {
  negative?: Bins;
  zeros?: number;
  positive?: Bins;
}): Sketch {
  const count = [...negative, ...positive].reduce((sum, [, weight]) => sum + weight, zeros);
  return {
    count,
    sum: 1,
    min: 0,
    max: 1,
    zeroCount: zeros,
    positiveBins: () => positive,
    negativeBins: () => negative,
  };
}

function bins(values: readonly number[], weight = 1) {
  const sketch = new DDSketch();
  for (const value of values) sketch.add(value, weight);
  return agentBins(sketch);
}

describe('D8 bins of the Agent', () => {
  it.each([
    [0, 0],
    [1e-10, 0],
    [1e-9, 1],
    [1e-6, 447],
    [0.001, 892],
    [0.5, 1293],
    [1, 1338],
    [-1, -1338],
    [1.5, 1364],
    [2, 1383],
    [3, 1409],
    [5, 1442],
    [10, 1487],
    [42, 1579],
    [100, 1635],
    [240, 1691],
    [1000, 1784],
    [1e6, 2229],
    [1e9, 2675],
    [1e12, 3120],
    [1e100, 16189],
    [1.7e308, 32767],
    [-1.7e308, -32767],
    [-1e-10, 0],
  ])('%d has key %d', (value, key) => {
    expect(bins([value])).toEqual({ keys: [key], counts: [1], count: 1 });
  });

  it('1 to 100 are 93 bins', () => {
    expect(bins(Array.from({ length: 100 }, (_, i) => i + 1))?.keys).toHaveLength(93);
  });

  it('ascend from the largest negative to the largest positive value', () => {
    const sketch = sketchOf({
      negative: [
        [0, 2],
        [5, 3],
      ],
      zeros: 4,
      positive: [
        [-2, 5],
        [7, 6],
      ],
    });
    expect(agentBins(sketch)).toEqual({
      keys: [-1343, -1338, 0, 1336, 1345],
      counts: [3, 2, 4, 5, 6],
      count: 20,
    });
  });

  it('tiny values of both signs are zero, the largest share a bin', () => {
    const sketch = sketchOf({
      negative: [[-1338, 1]],
      zeros: 1,
      positive: [
        [-40_000, 1],
        [31_429, 1],
        [31_430, 1],
        [40_000, 1],
      ],
    });
    expect(agentBins(sketch)).toEqual({ keys: [0, 32_767], counts: [3, 3], count: 6 });
  });

  it('the weight of fractional bins is rounded as it runs', () => {
    const positive = [1, 2, 3, 4, 5].map((key) => [key, 1 / 0.3 - 3] as const);
    expect(agentBins(sketchOf({ positive }))).toEqual({ keys: [1340, 1343], counts: [1, 1], count: 2 });
  });

  it('of more than 4,096 the lowest become one', () => {
    const positive = Array.from({ length: 5000 }, (_, i) => [i, 1] as const);
    const folded = agentBins(sketchOf({ negative: [[3, 2]], positive }));
    expect(folded?.keys).toEqual(Array.from({ length: 4096 }, (_, i) => 904 + i + 1338));
    expect(folded?.counts).toEqual([907, ...Array.from({ length: 4095 }, () => 1)]);
    expect(folded?.count).toBe(5002);
  });

  it.each([
    ['nothing', {}],
    ['less than half a value', { zeros: 0.4 }],
    ['more values than the format can hold', { zeros: 2 ** 32 }],
    ['an endless weight', { zeros: Number.POSITIVE_INFINITY }],
  ])('none of %s', (_, given) => {
    expect(agentBins(sketchOf(given))).toBeUndefined();
  });

  it('keys ascend and counts add up, whatever the values', () => {
    const samples = fc.array(
      fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ min: 1, max: 1000, noNaN: true })),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(samples, (given) => {
        const sketch = new DDSketch();
        for (const [value, weight] of given) sketch.add(value, weight);
        const { keys, counts, count } = agentBins(sketch)!;
        expect(keys.every((key, i) => i === 0 || key > keys[i - 1]!)).toBe(true);
        expect(counts.every((one) => Number.isInteger(one) && one > 0)).toBe(true);
        expect(counts.reduce((sum, one) => sum + one, 0)).toBe(count);
        const total = given.reduce((sum, [, weight]) => sum + weight, 0);
        expect(Math.abs(count - total)).toBeLessThan(0.51);
      }),
    );
  });
});

describe('a sketch on the wire', () => {
  it('D8 is the golden message', () => {
    const encoded = encodeSketch(
      'd',
      { tags: ['a:b'], host: 'h' },
      {
        timestamp: 1_700_000_000,
        count: 5,
        min: -1,
        max: 10,
        average: 2.8,
        sum: 14,
        keys: [-1338, 0, 1338, 1383, 1487],
        counts: [1, 1, 1, 1, 1],
      },
    );
    expect(Buffer.from(encoded).toString('hex')).toBe(
      '0a4b0a01641201682203613a623a3e0880e2cfaa06100519000000000000f0bf210000000000002440' +
        '296666666666660640310000000000002c403a09f31400f414ce159e1742050101010101',
    );
  });

  it('is read back by an independent reader', () => {
    const sketch = new DDSketch();
    for (const value of [-10, 0, 1, 1, 42]) sketch.add(value, 2);
    const item = sketchItem('größe.d', { tags: ['a:1', 'b'], host: '' }, 1_700_000_000, sketch);
    expect(readSketches(Buffer.from(item!.body))).toEqual([
      {
        metric: 'größe.d',
        host: '',
        tags: ['a:1', 'b'],
        dogSketches: [
          {
            timestamp: 1_700_000_000,
            count: 10,
            min: -10,
            max: 42,
            average: 6.8,
            sum: 68,
            keys: [-1487, 0, 1338, 1579],
            counts: [2, 2, 4, 2],
          },
        ],
      },
    ]);
  });

  it('D8 is what protobufjs reads by the published layout', () => {
    const { root } = parse(`
      syntax = "proto3";
      message SketchPayload {
        repeated Sketch sketches = 1;
        message Sketch {
          string metric = 1;
          string host = 2;
          repeated string tags = 4;
          repeated Dogsketch dogsketches = 7;
        }
        message Dogsketch {
          int64 ts = 1;
          int64 cnt = 2;
          double min = 3;
          double max = 4;
          double avg = 5;
          double sum = 6;
          repeated sint32 k = 7;
          repeated uint32 n = 8;
        }
      }`);
    const payload = root.lookupType('SketchPayload');
    const values = fc.array(fc.double({ min: -1e15, max: 1e15, noNaN: true }), { minLength: 1, maxLength: 300 });
    const tags = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { maxLength: 3 });
    fc.assert(
      fc.property(values, tags, (given, labels) => {
        const sketch = new DDSketch();
        for (const value of given) sketch.add(value);
        const item = sketchItem('größe', { tags: labels, host: 'h' }, 1_700_000_000, sketch);
        const decoded = payload.toObject(payload.decode(item!.body as Uint8Array), { longs: Number, defaults: true });
        expect(decoded.sketches).toHaveLength(1);
        const { dogsketches, tags: read = [], ...rest } = decoded.sketches[0];
        expect([rest, read]).toEqual([{ metric: 'größe', host: 'h' }, labels]);
        const [{ k, n, ...dog }] = dogsketches;
        const sum = given.reduce((total, value) => total + value, 0);
        expect([dog.ts, dog.cnt, dog.min, dog.max, dog.sum]).toEqual([
          1_700_000_000,
          given.length,
          Math.min(...given) + 0,
          Math.max(...given) + 0,
          sum,
        ]);
        expect(dog.avg).toBe(sum / given.length);
        expect(k.every((key: number, i: number) => i === 0 || key > k[i - 1])).toBe(true);
        expect(n.reduce((total: number, one: number) => total + one, 0)).toBe(given.length);
      }),
    );
  });

  it('holds bins of every size', () => {
    const counts = [1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 268_435_456];
    const positive = counts.map((count, i) => [i * 3000 - 1337, count] as const);
    const item = sketchItem('d', { tags: [], host: '' }, 1_700_000_000, sketchOf({ positive }));
    expect(readSketches(Buffer.from(item!.body))[0]?.dogSketches[0]).toMatchObject({
      keys: counts.map((_, i) => i * 3000 + 1),
      counts,
    });
  });

  it('has the mean of fractional weights between min and max', () => {
    const sketch = new DDSketch();
    sketch.add(10, 1 / 0.3);
    const item = sketchItem('d', { tags: [], host: '' }, 1_700_000_000, sketch);
    const [received] = readSketches(Buffer.from(item!.body));
    expect(received?.dogSketches[0]).toMatchObject({ count: 3, min: 10, max: 10 });
    expect(received?.dogSketches[0]?.average).toBeCloseTo(10, 12);
  });

  it('is not made of an overflown sum', () => {
    const sketch = new DDSketch();
    sketch.add(Number.MAX_VALUE, 2);
    expect(sketchItem('d', { tags: [], host: '' }, 1_700_000_000, sketch)).toBeUndefined();
  });
});
