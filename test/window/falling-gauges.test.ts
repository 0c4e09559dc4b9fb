import { describe, expect, it } from 'vitest';
import { createFallingGauges } from '../../src/window/falling-gauges.ts';
import { NO_SERIES } from '../../src/window/series-table.ts';

describe('a gauge that falls', () => {
  it.each([
    { what: 'by negative changes only', changes: [-5, -5, -5, -5], told: [false, false, true, true] },
    { what: 'and rose before', changes: [1, -5, -5, -5, -5], told: [false, false, false, false, false] },
    { what: 'and rises later', changes: [-5, -5, -5, 2, -5], told: [false, false, true, false, false] },
    { what: 'by nothing in between', changes: [-5, -0, 0, -5, -5], told: [false, false, false, false, true] },
  ])('$what', ({ changes, told }) => {
    const gauges = createFallingGauges();
    expect(changes.map((change) => gauges.changed(3, change, false))).toEqual(told);
  });

  it('is none once it was set', () => {
    const gauges = createFallingGauges();
    for (const wasSet of [false, false, true, false, false]) expect(gauges.changed(0, -1, wasSet)).toBe(false);
  });

  it('is known by its number', () => {
    const gauges = createFallingGauges();
    gauges.fit(5000);
    for (const series of [7, 4000]) for (let times = 0; times < 2; times++) gauges.changed(series, -1, false);
    const renumbered = new Uint32Array(5000).fill(NO_SERIES);
    renumbered[4000] = 1;
    gauges.renumber(renumbered, 1024);
    expect(gauges.changed(7, -1, false)).toBe(false);
    expect(gauges.changed(1, -1, false)).toBe(true);
    gauges.forget(1);
    expect(gauges.changed(1, -1, false)).toBe(false);
  });
});
