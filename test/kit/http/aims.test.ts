import { describe, expect, it } from 'vitest';
import { createAims } from '../../../src/kit/http/aims.ts';

const SERIES = {
  lane: 'series',
  path: '/series',
  contentType: 'application/json',
  compressed: true,
  maxBytes: 500_000,
  maxRawBytes: 5_000_000,
  maxPoints: 10_000,
};
const SKETCHES = { ...SERIES, lane: 'sketches' };

describe('bodies are to become four fifths of a request once they are compressed', () => {
  it('at first as if by a factor of 4', () => {
    expect(createAims().of(SERIES)).toBe(1_600_000);
  });

  it('then by what the last one became, for each endpoint', () => {
    const aims = createAims();
    aims.learn(SERIES, 1_000_000, 500_000);
    expect([aims.of(SERIES), aims.of(SKETCHES)]).toEqual([800_000, 1_600_000]);
    aims.learn(SERIES, 800_000, 80_000);
    expect(aims.of(SERIES)).toBe(4_000_000);
    aims.learn(SERIES, 800_000, 40_000);
    expect(aims.of(SERIES), 'no more than the endpoint takes').toBe(5_000_000);
  });

  it('by no short one, which says nothing', () => {
    const aims = createAims();
    aims.learn(SERIES, 60_000, 59_000);
    expect(aims.of(SERIES)).toBe(1_600_000);
  });

  it('where they are compressed', () => {
    expect(createAims().of({ ...SERIES, compressed: false })).toBe(5_000_000);
  });
});
