import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreams, type StreamLimits } from '../../../../../frontends/http/senders/otlp/streams.ts';

const STARTED = 1_000_000;
const limits: StreamLimits = { streams: 10, size: 1000, idleMs: 60_000 };

/** Times in milliseconds since the start of the server. */
function open(given: Partial<StreamLimits> = {}) {
  let now = STARTED;
  const streams = createStreams<number>({
    limits: { ...limits, ...given },
    now: () => now,
  });
  const ns = (ms: number) => (STARTED + ms) * 1e6;
  return {
    step: (identity: string, start: number | undefined, time: number, value: number, size = 1) =>
      streams.advance(identity, start === undefined ? 0 : ns(start), ns(time), value, size),
    pass(ms: number) {
      now += ms;
    },
    gone: streams.forgotten,
  };
}

describe('the streams of cumulative points', () => {
  it('take the first point of a writer that began after the server as new', () => {
    const { step } = open();
    expect(step('a', 5, 10, 7)).toEqual({ kind: 'whole' });
    expect(step('a', 5, 20, 9)).toEqual({ kind: 'since', before: 7 });
  });

  it.each<[what: string, start: number | undefined, time: number]>([
    ['began before the server', -5, 10],
    ['does not say when it began', undefined, 10],
    ['says that it began with this point, which stands for not known', 10, 10],
  ])('only compare with the first point of a writer that %s', (_, start, time) => {
    const { step } = open();
    expect(step('a', start, time, 7)).toEqual({ kind: 'first' });
    expect(step('a', start, time + 1, 9)).toEqual({ kind: 'since', before: 7 });
  });

  it('know a point that comes again, or too late', () => {
    const { step } = open();
    step('a', 5, 10, 7);
    expect(step('a', 5, 10, 7)).toEqual({ kind: 'old' });
    expect(step('a', 5, 9, 6)).toEqual({ kind: 'old' });
    expect(step('a', 5, 11, 8)).toEqual({ kind: 'since', before: 7 });
  });

  it('tell several writers of one stream apart by when they began', () => {
    const { step } = open();
    step('a', 5, 10, 7);
    expect(step('a', 6, 10, 100)).toEqual({ kind: 'whole' });
    expect(step('a', 5, 20, 9)).toEqual({ kind: 'since', before: 7 });
    expect(step('a', 6, 20, 101)).toEqual({ kind: 'since', before: 100 });
  });

  it('take two writers that began before the server for two, not for one that began anew', () => {
    const { step } = open();
    step('a', -50, 10, 1000);
    expect(step('a', -40, 10, 2000)).toEqual({ kind: 'first' });
  });

  it('know what was begun anew by the clock of the writer, though that is slow', () => {
    const { step } = open();
    step('a', -5000, -1000, 1000);
    expect(step('a', -900, -800, 3)).toEqual({ kind: 'whole' });
  });

  it('forget the idlest for want of room, and never count what they had a second time', () => {
    const { step, gone } = open({ streams: 2 });
    step('a', 5, 10, 7);
    step('b', 6, 10, 7);
    step('a', 5, 11, 8);
    step('c', 7, 12, 1);
    expect(gone()).toBe(1);
    expect(step('a', 5, 13, 9)).toEqual({ kind: 'since', before: 8 });
    expect(step('b', 6, 13, 9)).toEqual({ kind: 'first' });
    expect(step('d', 8, 14, 1)).toEqual({ kind: 'whole' });
  });

  it('hold a bounded number of numbers', () => {
    const { step, gone } = open({ size: 100 });
    step('a', 5, 10, 7, 60);
    step('b', 5, 10, 7, 60);
    expect(gone()).toBe(1);
    expect(step('a', 5, 11, 8, 60)).toEqual({ kind: 'first' });
  });

  it('forget what nobody writes any more', () => {
    const { step, pass, gone } = open();
    step('a', 5, 10, 7);
    pass(60_001);
    step('b', 6, 20, 1);
    expect(step('a', 5, 30, 8)).toEqual({ kind: 'first' });
    expect(gone()).toBe(0);
  });

  it('hold a bounded number of writers of each', () => {
    const { step } = open();
    for (let writer = 1; writer <= 17; writer++) step('a', writer, 100 + writer, 1);
    expect(step('a', 1, 200, 9)).toEqual({ kind: 'first' });
    expect(step('a', 17, 200, 9)).toEqual({ kind: 'since', before: 1 });
  });

  it('give, in sum, the last value of each writer', () => {
    const increments = fc.array(
      fc.record({ writer: fc.integer({ min: 1, max: 3 }), by: fc.nat(100), again: fc.boolean() }),
    );
    fc.assert(
      fc.property(increments, (given) => {
        const { step } = open();
        const values = new Map<number, number>();
        let sum = 0;
        for (const [index, { writer, by, again }] of given.entries()) {
          const value = (values.get(writer) ?? 0) + by;
          values.set(writer, value);
          for (let times = again ? 2 : 1; times > 0; times--) {
            const found = step('a', writer, 100 + index, value);
            if (found.kind === 'whole') sum += value;
            if (found.kind === 'since') sum += value - found.before;
          }
        }
        expect(sum).toBe([...values.values()].reduce((all, value) => all + value, 0));
      }),
      { numRuns: 200 },
    );
  });
});
