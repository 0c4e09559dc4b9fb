import { describe, expect, it } from 'vitest';
import { createSlots } from '../../../../backends/live/store/slots.ts';

/** Current and finished slot after each window. */
function run(intervalMs: number, windows: readonly (readonly [startMs: number, endMs: number])[]) {
  const slots = createSlots(intervalMs);
  const seen = windows.map(([startMs, endMs]) => {
    slots.enter(startMs, endMs);
    const isComplete = slots.leave();
    return [slots.current, slots.finished, isComplete] as const;
  });
  return { slots, seen };
}

describe('slots', () => {
  it('are one for each window of a whole interval', () => {
    const { slots, seen } = run(10_000, [
      [3000, 10_000],
      [10_000, 20_000],
      [20_000, 30_000],
    ]);
    expect(seen).toEqual([
      [1, 1, true],
      [2, 2, true],
      [3, 3, true],
    ]);
    expect([1, 2, 3].map((slot) => [slots.endMs(slot), slots.lengthMs(slot)])).toEqual([
      [10_000, 7000],
      [20_000, 10_000],
      [30_000, 10_000],
    ]);
  });

  it('take all windows that end in one interval', () => {
    const { slots, seen } = run(10_000, [
      [0, 4000],
      [4000, 7000],
      [7000, 10_000],
      [10_000, 11_000],
    ]);
    expect(seen).toEqual([
      [1, 0, false],
      [1, 0, false],
      [1, 1, true],
      [2, 1, false],
    ]);
    expect([slots.lengthMs(1), slots.endMs(2)]).toEqual([10_000, 11_000]);
  });

  it('last a second at least', () => {
    expect(createSlots(100).slotMs).toBe(1000);
    const { seen } = run(100, [
      [900, 1000],
      [1000, 1100],
      [1100, 1200],
      [1200, 2000],
    ]);
    expect(seen.map(([current]) => current)).toEqual([1, 2, 2, 2]);
    expect(seen.at(-1)).toEqual([2, 2, true]);
  });

  it('go on when the clock is set back or forward; one that was not complete then is over', () => {
    const { seen } = run(10_000, [
      [0, 10_000],
      [10_000, 12_000],
      [1_000_000, 1_000_100],
      [0, 5000],
      [5000, 10_000],
    ]);
    expect(seen).toEqual([
      [1, 1, true],
      [2, 1, false],
      [3, 2, false],
      [4, 3, false],
      [4, 4, true],
    ]);
  });
});
