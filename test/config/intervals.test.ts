import { describe, expect, it } from 'vitest';
import { commonTick, partOf, shardLimits, tickOf, ticksOf } from '../../src/config/intervals.ts';
import { defaultSettings } from '../../src/config/settings.ts';

describe('intervals', () => {
  it.each([
    [[10_000], 10_000],
    [[10_000, 1000], 1000],
    [[10_000, 60_000], 10_000],
    [[15_000, 10_000], 5000],
    [[250, 1000], 250],
    [[10, 1000], 10],
    [[50, 75], undefined],
    [[1000, 333], undefined],
    [[150, 100], undefined],
    [[300, 200], 100],
  ])('%j have the part %j', (intervals, tick) => {
    expect(commonTick(intervals)).toBe(tick);
  });

  it.each([
    [10_000, 1000],
    [1000, 1000],
    [250, 250],
    [1500, 750],
    [15_000, 1000],
    [1001, 143],
    [1009, 1009],
  ])('of %i ms the longest part of at most a second is %i ms', (interval, part) => {
    expect(partOf(interval, 1000)).toBe(part);
  });

  it('share what may be exact in one window among its parts', () => {
    const limits = { ...defaultSettings.limits, timerValues: 1001, setMembers: 50 };
    expect(shardLimits({ flushIntervalMs: 10_000, limits })).toBe(limits);
    expect(shardLimits({ flushIntervalMs: 10_000, tickMs: 1000, longestMs: 20_000, limits })).toEqual({
      ...limits,
      timerValues: 51,
      setMembers: 3,
    });
  });

  it('tell how often shards hand over', () => {
    expect([tickOf({ flushIntervalMs: 10_000 }), ticksOf({ flushIntervalMs: 10_000 })]).toEqual([10_000, 1]);
    const settings = { flushIntervalMs: 10_000, tickMs: 1000 };
    expect([tickOf(settings), ticksOf(settings)]).toEqual([1000, 10]);
  });
});
