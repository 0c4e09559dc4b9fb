import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK, createArena, offsetIn } from '../../src/aggregate/arena.ts';

describe('arena', () => {
  it('keeps what was written, whatever comes and goes around it', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ length: fc.integer({ min: 1, max: 40_000 }) }) },
      { weight: 2, arbitrary: fc.record({ release: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const arena = createArena();
        const live: { place: number; length: number; fill: number }[] = [];
        steps.forEach((one, index) => {
          if ('length' in one) {
            const { length } = one;
            const place = arena.reserve(length);
            const fill = index + 1;
            arena.chunkOf(place).fill(fill, offsetIn(place), offsetIn(place) + length);
            live.push({ place, length, fill });
          } else if (live.length > 0) {
            const [gone] = live.splice(one.release % live.length, 1);
            arena.release(gone!.place);
          }
        });
        for (const { place, length, fill } of live) {
          const entry = arena.chunkOf(place).subarray(offsetIn(place), offsetIn(place) + length);
          expect(entry.length).toBe(length);
          expect(entry.every((byte) => byte === fill)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds no more than is live, however often it fills and empties', () => {
    const arena = createArena();
    for (let round = 0; round < 100; round++) {
      const places = Array.from({ length: 9 }, () => arena.reserve(40_000));
      for (const place of places) arena.release(place);
    }
    expect(arena.byteLength()).toBeLessThanOrEqual(4 * CHUNK);
  });

  it('gives a chunk of its own to an entry that is larger than a chunk', () => {
    const arena = createArena();
    const small = arena.reserve(10);
    const large = arena.reserve(3 * CHUNK);
    const next = arena.reserve(10);
    arena.chunkOf(small).fill(1, offsetIn(small), offsetIn(small) + 10);
    arena.chunkOf(large).fill(2, offsetIn(large), offsetIn(large) + 3 * CHUNK);
    arena.chunkOf(next).fill(3, offsetIn(next), offsetIn(next) + 10);
    expect(offsetIn(large)).toBe(0);
    expect(arena.chunkOf(large).length).toBe(3 * CHUNK);
    expect(arena.chunkOf(large).every((byte) => byte === 2)).toBe(true);
    expect([arena.chunkOf(small)[offsetIn(small)], arena.chunkOf(next)[offsetIn(next)]]).toEqual([1, 3]);
    arena.release(large);
    expect(arena.byteLength()).toBe(2 * CHUNK);
  });
});
