import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLookup, hashNumber, hashText } from '../../src/kit/lookup.ts';

describe('a lookup', () => {
  it('finds what was added, whatever the hashes', () => {
    // Many share a hash, or the slot of another one.
    const hash = fc.oneof(fc.nat(3), fc.integer({ min: 2 ** 32 - 3, max: 2 ** 32 - 1 }), fc.nat(2 ** 32 - 1));
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 400 }), fc.nat(1000), (hashes, first) => {
        const lookup = createLookup();
        hashes.forEach((one, i) => {
          expect(lookup.find(one, (number) => number === first + i)).toBe(-1);
          lookup.add(first + i, one);
        });
        hashes.forEach((one, i) => {
          expect(lookup.find(one, (number) => number === first + i)).toBe(first + i);
          expect(lookup.hashOf(first + i)).toBe(one);
          expect(lookup.find(one, () => true)).toBe(first + hashes.indexOf(one));
        });
      }),
    );
  });

  it('grows', () => {
    const lookup = createLookup();
    for (let number = 0; number < 20_000; number++) lookup.add(number * 3, hashNumber(number * 3));
    for (let number = 0; number < 60_000; number++) {
      expect(lookup.find(hashNumber(number), (one) => one === number)).toBe(number % 3 === 0 ? number : -1);
    }
  });
});

describe('the hash of a text', () => {
  it('is that of its parts, one behind the other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(hashText(b, hashText(a))).toBe(hashText(a + b));
      }),
    );
  });

  it('spreads names that differ at their ends', () => {
    const slots = new Set(Array.from({ length: 10_000 }, (_, i) => hashText(`service.requests.${i}`) & 0xffff));
    // 10,000 random ones of 65,536 take 9,270.
    expect(slots.size).toBeGreaterThan(9000);
  });
});
