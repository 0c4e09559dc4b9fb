import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashNumber, hashText } from '../../src/kit/hash.ts';

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

it('the hash of a number is another one for each of 32 bits', () => {
  const hashes = new Set(Array.from({ length: 10_000 }, (_, number) => hashNumber(number)));
  expect(hashes.size).toBe(10_000);
});
