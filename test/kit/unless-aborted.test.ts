import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { unlessAborted } from '../../src/kit/unless-aborted.ts';

const never = new Promise<void>(() => undefined);

it('settles with the promise', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error('full')), signal)).rejects.toThrow('full');
  expect(await unlessAborted(undefined, signal)).toBeUndefined();
});

it('rejects with the reason of a signal that aborts first, or has already', async () => {
  const controller = new AbortController();
  const waiting = unlessAborted(never, controller.signal);
  controller.abort(new Error('too late'));
  await expect(waiting).rejects.toThrow('too late');
  await expect(unlessAborted(never, controller.signal)).rejects.toThrow('too late');
});

it('settles with a promise that is settled already, whatever the signal says', async () => {
  expect(await unlessAborted(Promise.resolve(1), AbortSignal.abort())).toBe(1);
  expect(await unlessAborted(undefined, AbortSignal.abort())).toBeUndefined();
});

it('leaves no listener at a signal that lives longer', async () => {
  const { signal } = new AbortController();
  await unlessAborted(Promise.resolve(1), signal);
  await unlessAborted(Promise.reject(new Error('full')), signal).catch(() => undefined);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
