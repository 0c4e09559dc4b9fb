import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, batches } from '../../../src/kit/http/batch.ts';
import { halvesOf } from '../../../src/kit/http/body.ts';
import type { Endpoint, Item } from '../../../src/kit/http/endpoint.ts';

const UNFRAMED: Endpoint = {
  lane: 'list',
  path: '/list',
  contentType: 'application/json',
  compressed: true,
  maxBytes: 512_000,
  maxRawBytes: 5_242_880,
  maxPoints: 10_000,
};
const LIST: Endpoint = { ...UNFRAMED, head: '{"series":[', separator: ',', tail: ']}' };
const SINGLE: Endpoint = { ...UNFRAMED, maxPoints: 1 };

function item(bytes: number, points = 1, name = 'x'): Item {
  return { name, body: new Uint8Array(bytes).fill(120), points };
}

async function collect(endpoint: Endpoint, items: Iterable<Item | undefined>) {
  const tooLarge: Item[] = [];
  const all: Batch[] = [];
  const source = batches(endpoint, items, (one) => tooLarge.push(one));
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) all.push(batch);
  expect(await source.next()).toBeUndefined();
  return { all, tooLarge, sizes: all.map(({ body }) => body.names.length) };
}

const textOf = ({ body }: Batch) => body.bytes.toString();

describe('batches', () => {
  it('of nothing are none', async () => {
    expect((await collect(LIST, [undefined, undefined])).all).toEqual([]);
  });

  it('hold 10,000 points', async () => {
    const items = Array.from({ length: 2501 }, () => item(10, 4));
    expect((await collect(LIST, items)).sizes).toEqual([2500, 1]);
  });

  it('hold one item where one is a request', async () => {
    expect((await collect(SINGLE, [item(10), item(10), undefined, item(10)])).sizes).toEqual([1, 1, 1]);
  });

  it('D20 hold items of the same destinations', async () => {
    const only = [undefined, 1, 2, undefined, 1, undefined];
    const items = only.map((bits, i) => ({ ...item(1, 1, `${i}`), ...(bits === undefined ? {} : { only: bits }) }));
    const { all } = await collect(LIST, items);
    expect(all.map((batch) => [batch.only, batch.body.names])).toEqual([
      [undefined, ['0', '3', '5']],
      [1, ['1', '4']],
      [2, ['2']],
    ]);
  });

  it('fill the limit to the byte', async () => {
    const frame = '{"series":[]}'.length;
    const two = (5_242_880 - frame) / 2;
    const exact = [item(Math.floor(two) - 1), item(Math.ceil(two) - 1)];
    expect((await collect(LIST, exact)).sizes).toEqual([2]);
    expect((await collect(LIST, [...exact, item(1)])).sizes).toEqual([2, 1]);
    expect((await collect(LIST, [item(Math.floor(two)), item(Math.ceil(two))])).sizes).toEqual([1, 1]);
  });

  it('are closed at the aim, which may change on the way, and one item may be over it', async () => {
    const sizes: number[] = [];
    let aim = 1000;
    const items = [item(400), item(400), item(400), item(2000), item(400), item(400), item(400)];
    const source = batches(
      UNFRAMED,
      items,
      () => expect.unreachable(),
      () => aim,
    );
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      sizes.push(batch.body.names.length);
      if (sizes.length === 3) aim = 2000;
    }
    expect(sizes).toEqual([2, 1, 1, 3]);
  });

  it('leave out what is too large alone', async () => {
    const { sizes, tooLarge } = await collect(LIST, [
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
    const endpoint: Endpoint = { ...LIST, maxRawBytes: 1000, maxPoints: 30 };
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const items = given.map(([bytes, points], i) => item(bytes, points, String(i)));
        const { all, tooLarge } = await collect(endpoint, items);
        expect(tooLarge).toEqual([]);
        expect(all.flatMap(({ body }) => body.names)).toEqual(items.map(({ name }) => name));
        const points = (names: readonly string[]) => names.reduce((sum, name) => sum + given[Number(name)]![1], 0);
        for (const { body } of all) {
          expect(body.bytes.length).toBeLessThanOrEqual(1000);
          expect(points(body.names)).toBeLessThanOrEqual(30);
        }
      }),
    );
  });
});

describe('a body', () => {
  const items = ['{"a":1}', '{"b":2}'].map((body) => ({ name: '', body, points: 1 }));

  it('is its items in a frame', async () => {
    expect((await collect(LIST, items)).all.map(textOf)).toEqual(['{"series":[{"a":1},{"b":2}]}']);
    expect((await collect(UNFRAMED, items)).all.map(textOf)).toEqual(['{"a":1}{"b":2}']);
  });

  it('holds any text, however it grows', async () => {
    const content = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }).map((body) => ({ name: '', body, points: 1 })),
      fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((body) => ({ name: '', body, ascii: true, points: 1 })),
      fc.nat(30_000).map((length) => ({ name: '', body: 'ä'.repeat(length), points: 1 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 20 }), async (given) => {
        const { all } = await collect({ ...LIST, maxRawBytes: 100_000 }, given);
        const inside = all.map((batch) => textOf(batch).slice('{"series":['.length, -']}'.length));
        expect(inside.join()).toBe(given.map(({ body }) => body).join());
      }),
      { numRuns: 200 },
    );
  });

  it('is written where one was that nobody needs any more, and nowhere else', async () => {
    const endpoint: Endpoint = { ...LIST, maxPoints: 10 };
    const given = Array.from({ length: 300 }, (_, i) => ({
      name: `${i}`,
      body: `"${'x'.repeat(i * 40)}${i}"`,
      points: 1,
    }));
    const source = batches(endpoint, given, () => undefined);
    const held: { batch: Batch; text: string }[] = [];
    const all: string[] = [];
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      held.push({ batch, text: textOf(batch) });
      all.push(...JSON.parse(textOf(batch)).series);
      if (held.length < 4) continue;
      const [first] = held.splice(held.length % 3, 1);
      expect(textOf(first!.batch)).toBe(first!.text);
      source.recycle(first!.batch);
    }
    for (const { batch, text } of held) expect(textOf(batch)).toBe(text);
    expect(all).toEqual(given.map(({ body }) => JSON.parse(body)));
  });
});

it.each([
  [2, [1, 1]],
  [3, [2, 1]],
  [1000, [500, 500]],
])('halves of %d items', async (count, want) => {
  const items = Array.from({ length: count }, (_, i) => ({ name: `${i}`, body: `"${i}"`, points: 1 }));
  const framed = (inside: readonly string[]) => `{"series":[${inside.join()}]}`;
  const unframed = (inside: readonly string[]) => inside.join('');
  for (const [endpoint, write] of [[LIST, framed] as const, [UNFRAMED, unframed] as const]) {
    const [batch] = (await collect(endpoint, items)).all;
    const parts = halvesOf(endpoint, batch!.body);
    expect(parts.map(({ names }) => names.length)).toEqual(want);
    expect(parts.flatMap(({ names }) => names)).toEqual(items.map(({ name }) => name));
    const halvesOfItems = [items.slice(0, want[0]), items.slice(want[0])];
    for (const [i, half] of halvesOfItems.entries()) {
      expect(parts[i]!.bytes.toString()).toBe(write(half.map(({ body }) => body)));
      // Divided again, as long as there is something to divide.
      if (half.length > 1)
        expect(halvesOf(endpoint, parts[i]!).flatMap(({ names }) => names)).toEqual(half.map(({ name }) => name));
    }
  }
});
