import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTaps, type ReadCopy } from '../../src/ingest/taps.ts';
import { createTapBudget, MAX_IN_FLIGHT, skippedLines, takeRoom } from '../../src/packets/tap-budget.ts';
import type { CopiesMessage, TappedMessage } from '../../src/packets/tap-message.ts';
import type { TapWish } from '../../src/packets/tap-wish.ts';
import { openShard } from '../helper/shard.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const aggregated: ReadCopy = (_, line) => ({ outcome: 'aggregated', names: [Buffer.from(line).toString()] });

function open(read: ReadCopy = aggregated) {
  const budget = createTapBudget();
  const { shard, intake } = openShard();
  const told: (readonly TapWish[])[] = [];
  const posted: TappedMessage[] = [];
  const errors: string[] = [];
  let loads = 0;
  const taps = createTaps({
    budget,
    shard,
    receiveThreads: { setTaps: (wishes) => void told.push(wishes) },
    async loadReader() {
      loads++;
      return read;
    },
    post: (message) => void posted.push(message),
    log: { info: () => undefined, warn: () => undefined, error: (message) => void errors.push(message) },
  });
  return {
    taps,
    budget,
    shard,
    intake,
    told,
    posted,
    errors,
    loads: () => loads,
    async settle() {
      await vi.advanceTimersByTimeAsync(20);
      await new Promise(setImmediate);
    },
  };
}

const wish = (id: number, limit: number, name = ''): TapWish => ({ id, slot: id - 1, name, frontend: '', limit });

it('shows the lines and samples of the main thread, and nothing while nobody looks', async () => {
  const { taps, intake, posted, told, loads, settle } = open();
  const held = intake.series('gauge', 'held', 'a:b');
  const stream = intake.stream({ address: '10.0.0.1', port: 4 });
  held.add(1);
  intake.lines(Buffer.from('before:1|c'));
  stream.push(Buffer.from('par'));
  await settle();
  expect([posted.length, loads()]).toEqual([0, 0]);

  taps.set([wish(1, 100)]);
  expect(told).toEqual([[wish(1, 100)]]);
  intake.lines(Buffer.from('a:1|c\nb:1|c'), 0, 6, { address: '10.0.0.2', port: 5 });
  stream.push(Buffer.from('t:1|c\nrest:1|c'));
  stream.end();
  intake.sample('counter', 'c', 2, 'k:v', 4);
  intake.sample('counter', 'd\n', 2);
  intake.member('users', 'me', 'k:v');
  held.add(7);
  held.add(8);
  held.add(Number.NaN);
  await settle();
  const lines = posted.splice(0).flatMap((message) => message.lines);
  expect(lines).toEqual([
    { frontend: 'test', from: '10.0.0.2:5', line: 'a:1|c', outcome: 'aggregated', names: ['a:1|c'] },
    { frontend: 'test', from: '10.0.0.1:4', line: 'part:1|c', outcome: 'aggregated', names: ['part:1|c'] },
    { frontend: 'test', from: '10.0.0.1:4', line: 'rest:1|c', outcome: 'aggregated', names: ['rest:1|c'] },
    { frontend: 'test', line: 'c:2|c|@0.25|#k:v', outcome: 'aggregated', names: ['c'] },
    {
      frontend: 'test',
      line: 'd\n:2|c',
      outcome: 'rejected',
      reason: 'bad_name',
      advice: 'a name has no control characters',
      names: [],
    },
    { frontend: 'test', line: 'users:me|s|#k:v', outcome: 'aggregated', names: ['users'] },
    { frontend: 'test', line: 'held:7|g|#a:b', outcome: 'aggregated', names: ['held'] },
    { frontend: 'test', line: 'held:8|g|#a:b', outcome: 'aggregated', names: ['held'] },
    {
      frontend: 'test',
      line: 'held:NaN|g|#a:b',
      outcome: 'rejected',
      reason: 'bad_value',
      advice: 'the value must be a number, such as 12 or 0.5',
      names: [],
    },
  ]);

  taps.set([]);
  held.add(9);
  intake.lines(Buffer.from('after:1|c'));
  await settle();
  expect([posted.length, told.at(-1), vi.getTimerCount()]).toEqual([0, [], 0]);
});

it('counts what it shows as it does what it does not show', async () => {
  const seen = open();
  const unseen = open();
  seen.taps.set([wish(1, 1)]);
  for (const { intake } of [seen, unseen]) {
    const held = intake.series('timer', 't');
    for (const value of [1, 2, 3, Number.POSITIVE_INFINITY]) held.add(value, 2);
    intake.series('counter', 'c').add(1, -1);
    intake.lines(Buffer.from('a:1|c\nbad\n'));
  }
  const [a, b] = [seen, unseen].map(({ shard }) => shard.handOver(1000, false));
  expect(a!.accounts).toEqual(b!.accounts);
  expect(a!.timers).toEqual(b!.timers);
  seen.taps.set([]);
});

it('gives each tap its limit in each of its seconds, and all of them together a thousand', async () => {
  const { taps, intake, budget, settle, posted } = open();
  taps.set([wish(1, 2), wish(2, 1000), wish(3, 1000, 'none')]);
  const flood = Buffer.from('a:1|c\n'.repeat(1000));
  intake.lines(flood);
  await settle();
  const countOf = (bit: number) => posted.flatMap(({ masks }) => masks).filter((mask) => (mask & bit) !== 0).length;
  expect([countOf(1), countOf(2), countOf(4)]).toEqual([2, 333, 0]);
  expect([0, 1, 2].map((slot) => skippedLines(budget, slot))).toEqual([998, 667, 0]);
  await vi.advanceTimersByTimeAsync(1000);
  taps.set([wish(1, 2), wish(4, 5)]);
  expect(skippedLines(budget, 3)).toBe(0);
  intake.lines(flood);
  await settle();
  expect([countOf(1), posted.at(-1)?.ids]).toEqual([4, [1, 4]]);
  taps.set([]);
});

it('gives room back for what nobody waits for, and for what could not be read', async () => {
  const message = (budget: Int32Array): CopiesMessage => ({
    kind: 'copies',
    frontend: 'udp',
    ids: [1],
    bytes: new Uint8Array(Buffer.from('a:1|c')),
    lines: [{ end: 5, mask: 1, from: undefined, sample: undefined }],
    budget,
    cost: 100,
  });
  const broken = open(() => {
    throw new Error('broken');
  });
  takeRoom(broken.budget, MAX_IN_FLIGHT);
  broken.taps.take(message(broken.budget));
  await broken.settle();
  expect(takeRoom(broken.budget, 100)).toBe(true);
  broken.taps.set([wish(1, 1)]);
  broken.taps.take(message(broken.budget));
  await broken.settle();
  expect(takeRoom(broken.budget, 100)).toBe(true);
  expect(broken.errors).toEqual(['cannot say what becomes of tapped lines: broken']);
  expect(broken.posted).toEqual([]);
  broken.taps.set([]);

  const gone = open(() => undefined);
  gone.taps.set([wish(1, 1)]);
  gone.taps.take(message(gone.budget));
  await gone.settle();
  expect(gone.posted).toMatchObject([{ lines: [], masks: [], cost: 100 }]);
  gone.taps.set([]);
});

it('cuts what is long', async () => {
  const { taps, intake, posted, settle } = open();
  taps.set([wish(1, 1)]);
  intake.lines(Buffer.from(`${'x'.repeat(8191)}é:1|c`));
  await settle();
  expect(posted[0]?.lines[0]?.line).toBe(`${'x'.repeat(8191)}…`);
  taps.set([]);
});
