import { describe, expect, it } from 'vitest';
import { createStore } from '../../../../backends/live/store/fold.ts';
import { unseenServer } from '../../../../src/kit/unseen-server.ts';
import type { BackendStatus, FrontendStatus } from '../../../../src/plugin.ts';
import { makeWindow } from '../../../helper/window.ts';
import { filledStore, START } from './store.ts';

const rejection = { frontend: 'udp', reason: 'bad_value', advice: 'a number', line: 'x' };

function statusWith(kernelDropped: number, lostWindows: number) {
  const own = new Map<string, number>();
  const counts = {
    received: 0,
    aggregated: 0,
    overflowed: 0,
    rejected: own,
    dropped: own,
    kernelDropped,
    packets: 0,
    own,
  };
  const frontend: FrontendStatus = { name: 'udp', type: 'udp', addresses: [], receiving: true, counts };
  const lost = new Map([['too_old', lostWindows]]);
  const backend = { lostWindows: lost, lostItems: own, lanes: [] } as unknown as BackendStatus;
  return { ...unseenServer.status(), frontends: [frontend], backends: [backend] };
}

describe('fold', () => {
  it('makes a point of each window', async () => {
    const { store, next } = filledStore();
    const point = await next([{ type: 'counter', name: 'a', value: 1 }], {
      received: 120,
      rejected: [
        ['bad_value', 3],
        ['bad_name', 2],
      ],
      dropped: [['series_limit', 4]],
    });
    expect(point).toMatchObject({ time: START + 10_000, lines: 12, series: 1, rejected: 5, drops: 4 });
    expect(point).toHaveProperty('cpu', expect.any(Number));
    expect(store.history.columns()).toMatchObject({ times: [START + 10_000], lines: [12], rejected: [5], drops: [4] });
    expect(store.history.columns().rssBytes[0]).toBeGreaterThan(1e6);
  });

  it('makes one of all windows of an interval', async () => {
    const { store, next } = filledStore();
    const series = [{ type: 'counter', name: 'a', value: 1 }] as const;
    expect(await next(series, { endMs: START + 4000, received: 30 })).toBeUndefined();
    expect(store.series).toBe(1);
    expect(await next(series, { endMs: START + 10_000, received: 70 })).toMatchObject({ lines: 10, series: 1 });
    expect(await next([], { endMs: START + 11_000, received: 5 })).toBeUndefined();
    // The interval that is begun has nothing yet, and the one before is what is known.
    expect(store.series).toBe(1);
  });

  it('adds what the kernel dropped and what was never delivered to the drops of the window', async () => {
    const store = createStore(10_000, 10);
    const window = (at: number) => makeWindow({ startMs: START + at * 10_000, endMs: START + (at + 1) * 10_000 });
    // What was before the first window is none of it.
    expect(await store.fold(window(0), statusWith(100, 5))).toMatchObject({ drops: 0 });
    expect(await store.fold(window(1), statusWith(107, 6))).toMatchObject({ drops: 8 });
    expect(await store.fold(window(2), statusWith(107, 6))).toMatchObject({ drops: 0 });
  });

  it('knows the names of what was sent with a time of its own', async () => {
    const { store, next } = filledStore();
    await next([], {
      points: [
        { type: 'counter', name: 'late', tags: ['a'], timestamp: 1_600_000_000, value: 4 },
        { type: 'counter', name: 'late', tags: ['a'], timestamp: 1_600_000_001, value: 5 },
        { type: 'gauge', name: 'late', tags: [], host: 'h', timestamp: 1_600_000_000, value: 7 },
      ],
    });
    const found = (type: 'counter' | 'gauge') => store.index.names.get(type, 'late')?.first;
    expect(found('counter')).toMatchObject({ tagText: 'a', value: 9, next: undefined });
    expect(found('gauge')).toMatchObject({ host: 'h', value: 7 });
  });

  it('keeps an hour of points', async () => {
    const { store, next } = filledStore();
    for (let at = 0; at < 365; at++) await next([]);
    const { times } = store.history.columns();
    expect([times.length, times[0], times.at(-1)]).toEqual([360, START + 60_000, START + 3_650_000]);
  });

  it('keeps rejected lines, and the longest lag of a thread', async () => {
    const { store, next } = filledStore();
    expect(store.lagMs).toBeNaN();
    await next(
      [
        { type: 'gauge', name: 'statsdrain.thread.lag', tags: ['thread:main'], value: 3 },
        { type: 'gauge', name: 'statsdrain.thread.lag', tags: ['thread:dispatch'], value: 7 },
      ],
      { examples: [rejection] },
    );
    expect(store.lagMs).toBe(7);
    expect(store.series).toBe(0);
    expect(store.rejected.list()).toMatchObject([{ line: 'x', atMs: START + 10_000, times: 1 }]);
  });
});
