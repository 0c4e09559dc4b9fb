import { describe, expect, it } from 'vitest';
import { createMeter } from '../../../../backends/live/status/meter.ts';
import { frontend } from '../server-status.ts';

const T = 1_700_000_000_000;

describe('rates', () => {
  it('are those of the last three seconds, where somebody looks each second', () => {
    const meter = createMeter();
    for (let second = 0; second <= 10; second++) {
      const received = second <= 7 ? second * 10 : 70 + (second - 7) * 100;
      meter.note(
        T + second * 1000,
        [frontend('a', { received, rejected: new Map([['x', second]]) }), frontend('b')],
        0,
      );
    }
    expect(meter.rates()).toEqual({
      totals: { received: 100, aggregated: 0, rejected: 1, dropped: 0, kernelDropped: 0 },
      received: new Map([
        ['a', 100],
        ['b', 0],
      ]),
    });
  });

  it('are those since the last window, or of that one, where nobody does', () => {
    const meter = createMeter();
    meter.note(T, [frontend('a', { received: 0 })], 0);
    meter.note(T + 10_000, [frontend('a', { received: 500 })], 0);
    expect(meter.rates().totals.received).toBe(50);
    meter.note(T + 12_000, [frontend('a', { received: 740 })], 0);
    expect(meter.rates().totals.received).toBe(740 / 12);
    meter.note(T + 14_000, [frontend('a', { received: 980 })], 0);
    expect(meter.rates().totals.received).toBe(120);
  });

  it('are none before two looks, nor of the same moment, nor below zero', () => {
    const meter = createMeter();
    expect(meter.rates().totals.received).toBe(0);
    meter.note(T, [frontend('a', { received: 100 })], 0);
    expect(meter.rates().totals.received).toBe(0);
    meter.note(T + 10, [frontend('a', { received: 200 })], 0);
    expect(meter.rates().totals.received).toBe(0);
    // The front-end was made anew.
    meter.note(T + 5000, [frontend('a', { received: 5 })], 0);
    expect(meter.rates().totals.received).toBe(0);
  });

  it('are those since the start at the first look', () => {
    const meter = createMeter();
    meter.begin(T);
    meter.note(T + 4000, [frontend('a', { received: 100 })], 0);
    expect(meter.rates()).toMatchObject({ totals: { received: 25 }, received: new Map([['a', 25]]) });
    meter.begin(T + 4000);
    expect(meter.period(T)).toMatchObject({ received: 100 });
  });

  it('leave out a clock that goes back', () => {
    const meter = createMeter();
    meter.note(T, [frontend('a', { received: 0 })], 0);
    meter.note(T + 4000, [frontend('a', { received: 400 })], 0);
    meter.note(T + 3000, [frontend('a', { received: 900 })], 0);
    expect(meter.rates().totals.received).toBe(100);
  });
});

describe('the period', () => {
  it('is all since the start of a young server', () => {
    const meter = createMeter();
    meter.note(
      T + 1000,
      [frontend('a', { received: 100, kernelDropped: 3, overflowed: 2, dropped: new Map([['y', 4]]) })],
      5,
    );
    expect(meter.period(T)).toEqual({
      received: 100,
      aggregated: 0,
      rejected: 0,
      dropped: 4,
      kernelDropped: 3,
      overflowed: 2,
      undelivered: 5,
    });
  });

  it('is the last ten minutes of an older one', () => {
    const meter = createMeter();
    for (let at = 0; at <= 3600; at += 10) {
      const rejected = new Map([['x', Math.min(at, 1800)]]);
      meter.note(T + at * 1000, [frontend('a', { received: at, rejected })], 7);
    }
    expect(meter.period(T)).toMatchObject({ received: 600, rejected: 0, undelivered: 0 });
    expect(createMeter().period(T)).toMatchObject({ received: 0, undelivered: 0 });
  });

  it('begins with the first look of one that is older', () => {
    const meter = createMeter();
    meter.note(T, [frontend('a', { kernelDropped: 50 })], 0);
    meter.note(T + 1000, [frontend('a', { kernelDropped: 51 })], 0);
    expect(meter.period(T - 3_600_000).kernelDropped).toBe(1);
  });
});
