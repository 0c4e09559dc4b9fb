import { expect, it } from 'vitest';
import { createLineTap } from '../../src/packets/line-tap.ts';
import {
  createTapBudget,
  giveRoomBack,
  MAX_IN_FLIGHT,
  refill,
  skippedLines,
  takeRoom,
} from '../../src/packets/tap-budget.ts';
import type { CopiesMessage } from '../../src/packets/tap-message.ts';
import type { TapWish } from '../../src/packets/tap-wish.ts';

const wish = (id: number, changes: Partial<TapWish> = {}): TapWish => ({
  id,
  slot: id % 8,
  name: '',
  frontend: '',
  limit: 1000,
  ...changes,
});

function open(...taps: readonly TapWish[]) {
  const budget = createTapBudget();
  const posted: CopiesMessage[] = [];
  let nowMs = 0;
  let wakes = 0;
  for (const { slot, limit } of taps) refill(budget, slot, limit);
  const post = (message: CopiesMessage) => void posted.push(message);
  const tap = createLineTap(taps, { frontend: 'udp', budget, post, wake: () => wakes++, now: () => nowMs });
  return {
    budget,
    posted,
    tap: tap!,
    wakes: () => wakes,
    after(ms: number) {
      nowMs += ms;
    },
    give: (text: string, from?: { address: string; port: number }) =>
      tap!.lines(Buffer.from(text), 0, Buffer.byteLength(text), from),
    /** Line, and the ids of the taps that it is for. */
    copies() {
      tap!.flush(true);
      return posted
        .splice(0)
        .flatMap(({ bytes, lines, ids }) =>
          lines.map(({ end, mask, from }, index) => [
            Buffer.from(bytes.subarray(lines[index - 1]?.end ?? 0, end)).toString(),
            ids.filter((_, bit) => (mask & (1 << bit)) !== 0),
            ...(from === undefined ? [] : [from]),
          ]),
        );
    },
  };
}

it('is none where nobody looks at the front-end', () => {
  const options = { frontend: 'udp', budget: createTapBudget(), post: () => undefined };
  expect(createLineTap([], options)).toBeUndefined();
  expect(createLineTap([wish(1, { frontend: 'tcp' })], options)).toBeUndefined();
});

it('copies each line once, for all the taps that it fits', () => {
  const { give, copies } = open(wish(1), wish(9, { frontend: 'tcp' }), wish(12, { name: 'web.*' }));
  give('web.a:1|c\n\nb:1|c\r\n_x', { address: '10.0.0.1', port: 7 });
  give('web.é:1|c\n', { address: '::1', port: 8 });
  give('c:1|c');
  expect(copies()).toEqual([
    ['web.a:1|c', [1, 12], '10.0.0.1:7'],
    ['b:1|c\r', [1], '10.0.0.1:7'],
    ['_x', [1], '10.0.0.1:7'],
    ['web.é:1|c', [1, 12], '[::1]:8'],
    ['c:1|c', [1]],
  ]);
});

it('leaves out what is over the limit of a second, and counts it', () => {
  const { give, copies, budget } = open(wish(1, { limit: 2 }), wish(2, { name: 'b' }));
  give('a:1|c\na:2|c\na:3|c\nb:4|c\n');
  expect(copies()).toEqual([
    ['a:1|c', [1]],
    ['a:2|c', [1]],
    ['b:4|c', [2]],
  ]);
  expect([skippedLines(budget, 1), skippedLines(budget, 2)]).toEqual([2, 0]);
  refill(budget, 1, 2);
  give('a:5|c');
  expect(copies()).toEqual([['a:5|c', [1]]]);
});

it('looks at 20,000 lines a second', () => {
  const { give, copies } = open(wish(1, { name: 'rare' }));
  give(`${'flood.name:1|c\n'.repeat(19_999)}rare:1|c\nrare:2|c\n`);
  expect(copies()).toEqual([['rare:1|c', [1]]]);
});

it('looks at 2,000 lines a second that fit and are too many, and goes on with time; long lines are more', () => {
  const { give, copies, after, budget } = open(wish(1, { limit: 1 }));
  const flood = 'flood.name:1|c\n'.repeat(15_000);
  give(flood);
  give(flood);
  expect(copies()).toHaveLength(1);
  expect(skippedLines(budget, 1)).toBe(2000);
  after(100);
  give(flood);
  expect(skippedLines(budget, 1)).toBe(2200);
  after(100);
  give(`${'x'.repeat(256 * 99)}:1|c\n`.repeat(40));
  expect(skippedLines(budget, 1)).toBe(2219);
});

it('posts what was copied after a while, or when it is much, and wakes its thread once', () => {
  const { give, posted, tap, after, wakes } = open(wish(1));
  tap.flush(true);
  give('a:1|c');
  give('b:1|c');
  after(19);
  tap.flush();
  expect([posted.length, wakes()]).toEqual([0, 1]);
  after(1);
  tap.flush();
  tap.flush();
  expect(posted.map(({ lines }) => lines.length)).toEqual([2]);
  give(`${'x'.repeat(40_000)}:1|c`);
  give(`${'y'.repeat(40_000)}:1|c`);
  expect([posted.length, wakes()]).toEqual([2, 2]);
});

it('copies no more than may wait, and counts the rest as left out', () => {
  const { give, posted, tap, budget } = open(wish(1));
  takeRoom(budget, MAX_IN_FLIGHT - 250);
  give('a:1|c\nb:1|c\n');
  tap.flush(true);
  expect(posted.map(({ lines }) => lines.length)).toEqual([1]);
  expect(skippedLines(budget, 1)).toBe(1);
  giveRoomBack(budget, posted[0]!.cost);
  give('c:1|c');
  tap.flush(true);
  expect(posted).toHaveLength(2);
});

it('reads datagrams where they lie, and asks who sent those that it copies', () => {
  const { tap, copies } = open(wish(1, { name: 'b*' }));
  const memory = new Uint8Array(256);
  const lengths = 192;
  for (const [index, text] of ['a:1|c', 'b:1|c\nb2:1|c', ''].entries()) {
    memory.set(Buffer.from(text), index * 64);
    new DataView(memory.buffer).setUint32(lengths + index * 16, text.length, true);
  }
  const datagrams = { bytes: 0, stride: 64, lengths, lengthStride: 16 };
  const asked: number[] = [];
  tap.datagrams(memory, datagrams, 3, (number) => ({
    get address() {
      asked.push(number);
      return `10.0.0.${number}`;
    },
    port: 5,
  }));
  tap.datagrams(memory, datagrams, 2);
  expect(copies()).toEqual([
    ['b:1|c', [1], '10.0.0.1:5'],
    ['b2:1|c', [1], '10.0.0.1:5'],
    ['b:1|c', [1]],
    ['b2:1|c', [1]],
  ]);
  expect(new Set(asked)).toEqual(new Set([1]));
});

it('makes a line of a sample only when it is copied', () => {
  const { tap, posted, after } = open(wish(1, { name: 'a' }));
  let texts = 0;
  const text = () => {
    texts++;
    return 'a:1|c';
  };
  tap.sample({ name: 'b', rejected: undefined }, text);
  tap.sample({ name: 'a', rejected: 'bad_value' }, text);
  expect(texts).toBe(1);
  tap.flush(true);
  expect(posted[0]!.lines).toEqual([
    { end: 5, mask: 1, from: undefined, sample: { name: 'a', rejected: 'bad_value' } },
  ]);
  for (let sample = 0; sample < 20_000; sample++) tap.sample({ name: 'b', rejected: undefined }, text);
  tap.sample({ name: 'a', rejected: undefined }, text);
  expect(texts).toBe(1);
  after(10);
  tap.sample({ name: 'a', rejected: undefined }, text);
  expect(texts).toBe(2);
});
