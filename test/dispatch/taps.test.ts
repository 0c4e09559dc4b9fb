import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTaps } from '../../src/dispatch/taps.ts';
import { createTapBudget, MAX_IN_FLIGHT, skipLine, takeRoom } from '../../src/packets/tap-budget.ts';
import type { TapWish } from '../../src/packets/tap-wish.ts';
import type { TapEnd, TappedLine } from '../../src/plugin.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const line = (text: string): TappedLine => ({ frontend: 'udp', line: text, outcome: 'aggregated', names: [text] });

function open() {
  const wanted: TapWish[][] = [];
  const taps = createTaps((wishes) => wanted.push([...wishes]));
  const budget = createTapBudget();
  return {
    taps,
    wanted,
    budget,
    take: (ids: readonly number[], ...lines: readonly (readonly [text: string, mask: number])[]) =>
      taps.take({
        kind: 'tapped',
        ids,
        lines: lines.map(([text]) => line(text)),
        masks: lines.map(([, mask]) => mask),
        budget,
        cost: 100,
      }),
    begin(name = '', limit = 10) {
      const abort = new AbortController();
      const got: string[] = [];
      const skips: number[] = [];
      const end = taps.tap({ name, limit, signal: abort.signal }, (lines, { skipped }) => {
        got.push(...lines.map((one) => one.line));
        skips.push(skipped);
      });
      return { abort, got, skips, end };
    },
  };
}

it('tells what is wanted, and gives each tap its lines', async () => {
  const { taps, wanted, budget, take, begin } = open();
  const all = begin();
  const web = begin('web.*', 3);
  expect(wanted.at(-1)).toEqual([
    { id: 1, slot: 0, name: '', frontend: '', limit: 10 },
    { id: 2, slot: 1, name: 'web.*', frontend: '', limit: 3 },
  ]);
  skipLine(budget, 1);
  takeRoom(budget, MAX_IN_FLIGHT);
  take([1, 2, 99], ['a', 0b001], ['web.b', 0b011], ['gone', 0b100]);
  take([2], ['web.c', 0b1]);
  expect(takeRoom(budget, 200)).toBe(true);
  expect([all.got, web.got]).toEqual([
    ['a', 'web.b'],
    ['web.b', 'web.c'],
  ]);
  expect([all.skips, web.skips]).toEqual([[0], [1, 1]]);
  all.abort.abort();
  expect(await all.end).toBe('aborted');
  expect(wanted.at(-1)?.map(({ id }) => id)).toEqual([2]);
  take([1, 2], ['late', 0b01]);
  expect(all.got).toEqual(['a', 'web.b']);
  const again = begin();
  expect(wanted.at(-1)?.map(({ id, slot }) => [id, slot])).toEqual([
    [2, 1],
    [3, 0],
  ]);
  taps.stop();
  expect(await Promise.all([web.end, again.end])).toEqual(['stopping', 'stopping']);
  expect(wanted.at(-1)).toEqual([]);
  expect(await begin().end).toBe('stopping');
});

it('ends a tap after a minute', async () => {
  const { wanted, begin } = open();
  const ended: TapEnd[] = [];
  const { end } = begin();
  void end.then((reason) => ended.push(reason));
  await vi.advanceTimersByTimeAsync(59_999);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toEqual(['time']);
  expect(wanted.at(-1)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

it('refuses what is none, and a ninth', async () => {
  const { taps, wanted, begin } = open();
  const { signal } = new AbortController();
  const tap = (name: string, limit: number) => taps.tap({ name, limit, signal }, () => undefined);
  for (const limit of [0, 1001, 1.5, Number.NaN]) {
    await expect(tap('', limit)).rejects.toThrow(`the limit "${limit}" is none: a tap gives 1 to 1000 lines a second`);
  }
  await expect(tap('x'.repeat(201), 1)).rejects.toThrow('a glob of 201 characters: at most 200 are allowed');
  expect(await taps.tap({ name: '', limit: 1, signal: AbortSignal.abort() }, () => undefined)).toBe('aborted');
  expect(wanted).toEqual([]);
  const eight = Array.from({ length: 8 }, () => begin());
  await expect(tap('', 1)).rejects.toThrow('there are 8 taps already, and no more at a time');
  eight[3]!.abort.abort();
  expect(await eight[3]!.end).toBe('aborted');
  begin();
  expect(wanted.at(-1)?.map(({ slot }) => slot)).toEqual([0, 1, 2, 4, 5, 6, 7, 3]);
  taps.stop();
});

it('a tap whose receiver throws ends with that error, and no other', async () => {
  const { taps, take, begin } = open();
  const bad = taps.tap({ name: '', limit: 1, signal: new AbortController().signal }, () => {
    throw new Error('full');
  });
  const good = begin();
  take([1, 2], ['a', 0b11]);
  await expect(bad).rejects.toThrow('full');
  expect(good.got).toEqual(['a']);
  taps.stop();
});
