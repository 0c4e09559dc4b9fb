import { gunzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, batches, compressor, halves, join } from '../../../backends/datadog/batch.ts';
import { type Endpoint, EVENTS, type Item, SERIES, SKETCHES } from '../../../backends/datadog/endpoint.ts';

function item(bytes: number, points = 1, name = 'x'): Item {
  return { name, bytes: new Uint8Array(bytes).fill(120), points };
}

async function collect(endpoint: Endpoint, items: Iterable<Item | undefined>) {
  const tooLarge: Item[] = [];
  const all: Batch[] = [];
  for await (const batch of batches(endpoint, items, (one) => tooLarge.push(one))) all.push(batch);
  return { all, tooLarge, sizes: all.map(({ items }) => items.length) };
}

describe('batches', () => {
  it('of nothing are none', async () => {
    expect((await collect(SERIES, [undefined, undefined])).all).toEqual([]);
  });

  it('hold 10,000 points', async () => {
    const items = Array.from({ length: 2501 }, () => item(10, 4));
    expect((await collect(SERIES, items)).sizes).toEqual([2500, 1]);
  });

  it('hold one event', async () => {
    expect((await collect(EVENTS, [item(10), item(10), undefined, item(10)])).sizes).toEqual([1, 1, 1]);
  });

  it('fill the limit to the byte', async () => {
    const frame = '{"series":[]}'.length;
    const two = (5_242_880 - frame) / 2;
    const exact = [item(Math.floor(two) - 1), item(Math.ceil(two) - 1)];
    expect((await collect(SERIES, exact)).sizes).toEqual([2]);
    expect((await collect(SERIES, [...exact, item(1)])).sizes).toEqual([2, 1]);
    expect((await collect(SERIES, [item(Math.floor(two)), item(Math.ceil(two))])).sizes).toEqual([1, 1]);
  });

  it('leave out what is too large alone', async () => {
    const { sizes, tooLarge } = await collect(SERIES, [
      item(10),
      item(5_242_880, 1, 'bytes'),
      item(10, 10_001, 'points'),
      item(10),
    ]);
    expect(sizes).toEqual([2]);
    expect(tooLarge.map(({ name }) => name)).toEqual(['bytes', 'points']);
  });

  it('keep every item, in order, under both limits', async () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 12 })), {
      maxLength: 60,
    });
    const endpoint: Endpoint = { ...SERIES, maxRawBytes: 1000, maxPoints: 30 };
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const items = given.map(([bytes, points], i) => item(bytes, points, String(i)));
        const { all, tooLarge } = await collect(endpoint, items);
        expect(tooLarge).toEqual([]);
        expect(all.flatMap((batch) => batch.items)).toEqual(items);
        for (const batch of all) {
          expect(join(endpoint, batch.items).length).toBeLessThanOrEqual(1000);
          expect(batch.items.reduce((sum, one) => sum + one.points, 0)).toBeLessThanOrEqual(30);
        }
      }),
    );
  });
});

it('a body is its items in a frame', () => {
  const items = ['{"a":1}', '{"b":2}'].map((text) => ({ name: '', bytes: Buffer.from(text), points: 1 }));
  expect(join(SERIES, items).toString()).toBe('{"series":[{"a":1},{"b":2}]}');
  expect(join(SKETCHES, items).toString()).toBe('{"a":1}{"b":2}');
});

it.each([
  [2, [1, 1]],
  [3, [2, 1]],
  [1000, [500, 500]],
])('halves of %d items', (count, want) => {
  const items = Array.from({ length: count }, (_, i) => item(1, 1, String(i)));
  const parts = halves({ items, body: new Uint8Array(1) });
  expect(parts.map((part) => part.items.length)).toEqual(want);
  expect(parts.flatMap((part) => part.items)).toEqual(items);
  expect(parts.map((part) => part.body)).toEqual([undefined, undefined]);
});

it('compresses as said', async () => {
  const raw = Buffer.from('abc'.repeat(1000));
  expect(gunzipSync((await compressor('gzip', 6)?.(raw)) ?? '')).toEqual(raw);
  expect(inflateSync((await compressor('deflate', 1)?.(raw)) ?? '')).toEqual(raw);
  expect(compressor('none', 6)).toBeUndefined();
});
