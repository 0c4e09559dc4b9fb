import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNameCounts } from '../../src/window/name-counts.ts';

describe('counts by name', () => {
  it('are those of a Map', () => {
    // Hashes that begin with the same slots, so that chains are long, wrap around and are broken up.
    const hash = fc.oneof(fc.nat(3), fc.integer({ min: 2 ** 32 - 4, max: 2 ** 32 - 1 }), fc.nat(2 ** 32 - 1));
    const step = fc.record({ hash, remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const counts = createNameCounts();
        const model = new Map<number, number>();
        for (const { hash: one, remove } of steps) {
          const known = model.get(one) ?? 0;
          if (!remove) {
            counts.add(one);
            model.set(one, known + 1);
          } else if (known > 0) {
            counts.remove(one);
            model.set(one, known - 1);
          }
        }
        for (const [one, count] of model) expect(counts.count(one)).toBe(count);
        expect(counts.count(77_777)).toBe(model.get(77_777) ?? 0);
      }),
    );
  });

  it('grow', () => {
    const counts = createNameCounts();
    for (let hash = 0; hash < 10_000; hash++) for (let i = 0; i <= hash % 3; i++) counts.add(hash * 1024);
    for (let hash = 0; hash < 10_000; hash++) expect(counts.count(hash * 1024)).toBe((hash % 3) + 1);
    for (let hash = 0; hash < 10_000; hash += 2) counts.remove(hash * 1024);
    for (let hash = 0; hash < 10_000; hash++) {
      expect(counts.count(hash * 1024)).toBe((hash % 3) + (hash % 2 === 0 ? 0 : 1));
    }
  });

  it('say so when there is nothing to take back', () => {
    const counts = createNameCounts();
    counts.add(5);
    counts.remove(5);
    expect(() => counts.remove(5)).toThrow('there is no count of the hash 5');
  });
});
