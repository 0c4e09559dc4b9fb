import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRunner } from '../../src/dispatch/runner.ts';
import type { Backend } from '../../src/plugin.ts';
import { makeWindow, recordingContext } from '../helper/window.ts';

const settings = {
  queue: { windows: 10, bytes: 1e6, ageMs: 900_000 },
  retry: { minMs: 1000, maxMs: 30_000, timeoutMs: 20_000 },
};

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** It was sent again and again, and counted as lost in the end. */
test('a window that a back-end took after the deadline of the attempt is not sent again', async () => {
  const sent: number[] = [];
  const backend: Backend = {
    async send({ endMs }) {
      sent.push(endMs);
      await new Promise((resolve) => setTimeout(resolve, 25_000));
    },
  };
  const { log, logged } = recordingContext();
  const runner = createRunner('slow', backend, log, settings);
  for (const endMs of [1, 2, 3]) runner.offer(makeWindow({ endMs }));
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(sent).toEqual([1, 2, 3]);
  expect(runner.takeActivity()).toMatchObject({ sends: 3, failures: 3, lostWindows: new Map() });
  expect(logged.map(({ message }) => message)).toContain('delivering again');
  await runner.stop(Date.now());
});
