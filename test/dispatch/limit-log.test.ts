import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { createLimitLog } from '../../src/dispatch/limit-log.ts';
import type { LimitState } from '../../src/window/limit-state.ts';

const { limits } = defaultSettings;

function open() {
  const told: string[] = [];
  const log = createLimitLog({ info: () => undefined, warn: (message) => told.push(message), error: () => undefined });
  const window = (folded: number, state: globalThis.Partial<LimitState> = {}) =>
    log.window(
      {
        ...{ series: 1000, folded, blocked: 0, badNames: 0, bytes: 5 * 1024 * 1024 },
        limits: {
          refused: { series: 0, keyBytes: 0, seriesPerName: 0 },
          fullName: undefined,
          gaveWay: 0,
          countByType: () => new Map([['gauge', 990] as const, ['counter', 1] as const]),
          culprits: () => [{ pattern: 'a.*', share: 0.5 }],
          ...state,
        },
      },
      limits,
    );
  return { told, window, statsd: log.statsd };
}

const bySeries = { series: 7, keyBytes: 0, seriesPerName: 0 };

describe('a limit that is reached', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is told at once and then once a minute, while keys are folded', () => {
    const { told, window } = open();
    window(0);
    expect(told).toEqual([]);
    window(7, { refused: bySeries });
    for (let seconds = 0; seconds < 60; seconds += 10) {
      window(7);
      vi.advanceTimersByTime(10_000);
    }
    expect(told).toEqual([
      '"limits.series" (1000000) is reached: keys of this window that share overflow series: 7; there are 990 gauges, 1 counter ' +
        'with 5 MiB of names and tags, the most of them of "a.*" (50 %); send fewer names and tags, let idle series go ' +
        '("expire": { "gauge": "1h" }), or raise it',
    ]);
    window(7);
    expect(told.length).toBe(2);
    vi.advanceTimersByTime(60_000);
    window(0);
    window(0);
    expect(told.length).toBe(2);
  });

  it('is told for those that gave way, by the limit that they gave way at', () => {
    const { told, window } = open();
    window(0, { gaveWay: 3 });
    expect(told.length).toBe(1);
    expect(told[0]).toMatch(/^"limits\.keyBytes" \(512 MiB\) is reached: idle series that gave way to new ones: 3; /);
  });

  it('is told with the name that has too many series', () => {
    const { told, window } = open();
    window(2, { refused: { ...bySeries, series: 0, seriesPerName: 2 }, fullName: 'http"x' });
    expect(told).toEqual([
      '"limits.seriesPerName" (100000) is reached by "http\\"x": its further series share one with the tag ' +
        '"statsdrain_overflow:true"; send fewer tags with it, or raise the limit',
    ]);
  });

  it('is told of the metrics of the original', () => {
    const { told, statsd } = open();
    statsd(0);
    statsd(4);
    statsd(4);
    expect(told.length).toBe(1);
    expect(told[0]).toContain('4 new keys share "statsdrain.overflow"');
  });
});
