import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createHandOvers } from '../../src/dispatch/hand-overs.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(shards: readonly number[]) {
  let asked = 0;
  const done: string[] = [];
  const handOvers = createHandOvers(
    () => shards,
    () => {
      asked++;
    },
  );
  const request = (name: string) => void handOvers.request().then(() => done.push(name));
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return { handOvers, request, done, settle, asked: () => asked };
}

it('are over when every shard has answered', async () => {
  const { handOvers, request, done, settle, asked } = open([0, 3]);
  request('a');
  handOvers.answered(3);
  handOvers.answered(3);
  await settle();
  expect(done).toEqual([]);
  handOvers.answered(0);
  await settle();
  expect([done, asked()]).toEqual([['a'], 1]);
});

it('are over after half a second', async () => {
  const { handOvers, request, done } = open([0, 1]);
  request('a');
  handOvers.answered(1);
  await vi.advanceTimersByTimeAsync(499);
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toEqual(['a']);
});

it('are asked for again for all who came after the last question, and once for them together', async () => {
  const { handOvers, request, done, settle, asked } = open([0]);
  for (const name of ['a', 'b', 'c']) request(name);
  await settle();
  expect(asked()).toBe(1);
  handOvers.answered(0);
  await settle();
  expect([done, asked()]).toEqual([['a'], 2]);
  request('d');
  handOvers.answered(0);
  await settle();
  expect([done, asked()]).toEqual([['a', 'b', 'c'], 3]);
  handOvers.answered(0);
  await settle();
  expect(done).toEqual(['a', 'b', 'c', 'd']);
});

it('are nothing to wait for without a shard', async () => {
  const { request, done, settle, asked } = open([]);
  request('a');
  await settle();
  request('b');
  await settle();
  expect([done, asked()]).toEqual([['a', 'b'], 0]);
});

it('are bounded in a window', async () => {
  const { handOvers, request, settle, asked } = open([0]);
  for (let round = 0; round < 300; round++) {
    request('x');
    handOvers.answered(0);
    await settle();
  }
  expect(asked()).toBe(256);
  handOvers.windowClosed();
  request('y');
  expect(asked()).toBe(257);
});

it('let everybody go when they are stopped', async () => {
  const { handOvers, request, done, settle, asked } = open([0]);
  request('a');
  request('b');
  handOvers.stop();
  await settle();
  request('c');
  await settle();
  expect([done, asked()]).toEqual([['a', 'b', 'c'], 1]);
});
