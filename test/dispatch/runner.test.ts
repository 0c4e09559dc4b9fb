import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRunner, type RunnerSettings } from '../../src/dispatch/runner.ts';
import { type FoldingBackend, sendError, type Window } from '../../src/plugin.ts';
import { makeWindow } from '../helper/window.ts';

const settings: RunnerSettings = {
  queue: { windows: 3, bytes: 1e6, ageMs: 60_000 },
  retry: { minMs: 100, maxMs: 1000, timeoutMs: 5000 },
};

interface Sent {
  readonly endMs: number;
  readonly atMs: number;
}

/** A back-end whose answers are scripted; when the script is over it takes everything. */
function scripted(script: ((window: Window, signal: AbortSignal) => Promise<void>)[]) {
  const sent: Sent[] = [];
  const state = { running: 0, most: 0, stops: 0 };
  const backend: FoldingBackend = {
    async send(window, signal) {
      state.most = Math.max(state.most, ++state.running);
      sent.push({ endMs: window.endMs, atMs: Date.now() });
      try {
        await script.shift()?.(window, signal);
      } finally {
        state.running--;
      }
    },
    async stop() {
      state.stops++;
    },
  };
  return { backend, sent, state };
}

const messages: string[] = [];
const log = {
  info: (message: string) => messages.push(message),
  warn: (message: string) => messages.push(message),
  error: (message: string) => messages.push(message),
};

const open = (backend: FoldingBackend) => createRunner('test', backend, log, settings);
const windowAt = (endMs: number) => makeWindow({ endMs });
const failing = (error: Error) => () => Promise.reject(error);
const hanging = () => new Promise<void>(() => undefined);
const hangingUntilAbort = (_: Window, signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  messages.length = 0;
});
afterEach(() => vi.useRealTimers());

describe('runner', () => {
  it('takes a send that a stop finds under way for no failure', async () => {
    const { backend, sent } = scripted([() => new Promise((resolve) => setTimeout(resolve, 5))]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(1);
    const stopped = runner.stop(performance.now() + 1000);
    await vi.advanceTimersByTimeAsync(1000);
    await stopped;
    expect(sent).toHaveLength(1);
    expect(runner.takeActivity()).toMatchObject({ sends: 1, failures: 0, retries: 0 });
    expect(messages).toEqual([]);
  });

  it('sends windows in order, one at a time', async () => {
    const { backend, sent, state } = scripted([() => new Promise((resolve) => setTimeout(resolve, 5))]);
    const runner = open(backend);
    for (const endMs of [1, 2, 3]) runner.offer(windowAt(endMs));
    await vi.advanceTimersByTimeAsync(10);
    expect(sent.map(({ endMs }) => endMs)).toEqual([1, 2, 3]);
    expect(state.most).toBe(1);
    expect(runner.takeActivity()).toMatchObject({ sends: 3, failures: 0, retries: 0 });
    expect(runner.takeActivity()).toMatchObject({ sends: 0 });
    await runner.stop(performance.now());
  });

  it('tries the same window again, at growing intervals, until it is taken', async () => {
    const error = new TypeError('a bug that may pass');
    const { backend, sent } = scripted([failing(error), failing(error), failing(error)]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent.map(({ endMs }) => endMs)).toEqual([1, 1, 1, 1]);
    const waits = sent.slice(1).map(({ atMs }, index) => atMs - sent[index]!.atMs);
    expect(waits[0]).toBeGreaterThanOrEqual(100);
    expect(waits[0]).toBeLessThanOrEqual(200);
    expect(waits[2]).toBeGreaterThanOrEqual(400);
    expect(runner.takeActivity()).toMatchObject({ sends: 1, failures: 3, retries: 3 });
    expect(messages).toContainEqual(
      expect.stringMatching(
        /^send failed, will be retried: TypeError: a bug that may pass \(.*runner\.test\.ts:\d+:\d+\)$/,
      ),
    );
    expect(messages).toContain('delivering again');
    await runner.stop(performance.now());
  });

  it.each([
    [undefined, 'undefined'],
    ['full', 'full'],
  ])('tries again when a back-end rejects with something else than an error: %o', async (thrown, text) => {
    const { backend, sent } = scripted([() => Promise.reject(thrown)]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent.map(({ endMs }) => endMs)).toEqual([1, 1]);
    expect(messages).toContain(`send failed, will be retried: ${text}`);
    await runner.stop(Date.now());
  });

  it('does not try a permanent error again, and goes on with the next window', async () => {
    const { backend, sent } = scripted([failing(sendError('400', { permanent: true }))]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    runner.offer(windowAt(2));
    await vi.advanceTimersByTimeAsync(10);
    expect(sent.map(({ endMs }) => endMs)).toEqual([1, 2]);
    expect(runner.takeActivity().lostWindows).toEqual(new Map([['refused', 1]]));
    await runner.stop(performance.now());
  });

  it('waits as long as the back-end was asked to', async () => {
    const { backend, sent } = scripted([failing(sendError('429', { retryAfterMs: 900 }))]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(899);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toHaveLength(2);
    await runner.stop(performance.now());
  });

  it('ends an attempt at its deadline', async () => {
    const { backend, sent } = scripted([hangingUntilAbort]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(5300);
    expect(sent).toHaveLength(2);
    expect(messages).toContain('send failed, will be retried: no answer within 5000 ms');
    await runner.stop(performance.now());
  });

  it('never sends while an attempt that ignored its deadline still runs, and drops what has no room', async () => {
    const { backend, sent, state } = scripted([hanging]);
    const runner = open(backend);
    for (let second = 1; second <= 10; second++) {
      runner.offer(windowAt(second * 1000));
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(sent).toHaveLength(1);
    expect(state.most).toBe(1);
    expect(runner.takeActivity().lostWindows).toEqual(new Map([['queue_full', 6]]));
    await Promise.all([runner.stop(performance.now() + 100), vi.advanceTimersByTimeAsync(200)]);
    expect(state.stops).toBe(1);
    expect(runner.takeActivity().lostWindows).toEqual(new Map([['shutdown', 4]]));
  });

  it('gives a window up when it is too old', async () => {
    const { backend } = scripted(Array.from({ length: 1000 }, () => failing(new Error('down'))));
    const runner = open(backend);
    runner.offer(windowAt(Date.now()));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(runner.takeActivity().lostWindows).toEqual(new Map([['too_old', 1]]));
    await runner.stop(performance.now());
  });

  it('tries each window once at least, however long it waited', async () => {
    const { backend, sent } = scripted(Array.from({ length: 1000 }, () => failing(new Error('down'))));
    const runner = createRunner('test', backend, log, { ...settings, queue: { ...settings.queue, ageMs: 500 } });
    for (const endMs of [1, 2, 3]) runner.offer(windowAt(endMs));
    await vi.advanceTimersByTimeAsync(3000);
    expect(new Set(sent.map(({ endMs }) => endMs))).toEqual(new Set([1, 2, 3]));
    expect(runner.takeActivity().lostWindows).toEqual(new Map([['too_old', 3]]));
    await runner.stop(performance.now());
  });

  it.each([3_600_000, -3_600_000])('keeps what waits when the wall clock is set by %d ms', async (stepMs) => {
    const { backend, sent } = scripted([failing(new Error('down')), failing(new Error('down'))]);
    const runner = open(backend);
    runner.offer(windowAt(Date.now()));
    runner.offer(windowAt(Date.now()));
    await vi.advanceTimersByTimeAsync(10);
    vi.setSystemTime(Date.now() + stepMs);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(4);
    expect(runner.takeActivity()).toMatchObject({ sends: 2, lostWindows: new Map() });
    await runner.stop(performance.now());
  });

  it('drains its queue when it is stopped', async () => {
    const { backend, sent, state } = scripted([failing(new Error('not yet'))]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    runner.offer(windowAt(2));
    await Promise.all([runner.stop(performance.now() + 5000), vi.advanceTimersByTimeAsync(2000)]);
    expect(sent.map(({ endMs }) => endMs)).toEqual([1, 1, 2]);
    expect([...runner.takeActivity().lostWindows]).toEqual([]);
    expect(state.stops).toBe(1);
  });

  it('does not wait for the end of a long backoff to drain', async () => {
    const { backend, sent } = scripted([failing(sendError('503', { retryAfterMs: 60_000 }))]);
    const runner = open(backend);
    runner.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10);
    await Promise.all([runner.stop(performance.now() + 5000), vi.advanceTimersByTimeAsync(300)]);
    expect(sent).toHaveLength(2);
    expect([...runner.takeActivity().lostWindows]).toEqual([]);
  });

  it('counts as lost what could not be delivered before the deadline', async () => {
    const { backend } = scripted(Array.from({ length: 1000 }, () => failing(new Error('down'))));
    const runner = open(backend);
    for (const endMs of [1, 2, 3]) runner.offer(windowAt(endMs));
    await Promise.all([runner.stop(performance.now() + 1000), vi.advanceTimersByTimeAsync(3000)]);
    const lost = [...runner.takeActivity().lostWindows.values()].reduce((sum, windows) => sum + windows, 0);
    expect(lost).toBe(3);
  });

  it('does not fail when the back-end cannot stop', async () => {
    const runner = open({ send: async () => undefined, stop: () => Promise.reject(new Error('busy')) });
    await runner.stop(performance.now());
    expect(messages).toContain('did not stop cleanly: busy');
  });
});
