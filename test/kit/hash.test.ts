import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { hashNumber, hashText } from '../../src/kit/hash.ts';

describe('the hash of a text', () => {
  it('is that of its parts, one behind the other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(hashText(b, hashText(a))).toBe(hashText(a + b));
      }),
    );
  });

  it('is a signed number of 32 bits', () => {
    const hashes = Array.from({ length: 1000 }, (_, i) => hashText(`requests.${i}`));
    expect(hashes.filter((hash) => hash !== (hash | 0))).toEqual([]);
    expect([hashes.some((hash) => hash < 0), hashes.some((hash) => hash > 0)]).toEqual([true, true]);
  });

  it('spreads names that differ at their ends', () => {
    const slots = new Set(Array.from({ length: 10_000 }, (_, i) => hashText(`service.requests.${i}`) & 0xffff));
    // 10,000 random ones of 65,536 take 9,270.
    expect(slots.size).toBeGreaterThan(9000);
  });

  it('differs by process', async () => {
    vi.resetModules();
    const other = await import('../../src/kit/hash.ts');
    const names = Array.from({ length: 10 }, (_, i) => `requests.${i}`);
    expect(names.map((name) => other.hashText(name))).not.toEqual(names.map((name) => hashText(name)));
  });
});

describe('the hash of a number', () => {
  it('is another for each, also in its low bits', () => {
    const slots = new Set(Array.from({ length: 0x1_0000 }, (_, i) => hashNumber(i) & 0xffff));
    expect(slots.size).toBe(0x1_0000);
  });

  it('of a hash begins another text', () => {
    expect(hashText('b', hashNumber(hashText('a')))).not.toBe(hashText('ab'));
  });
});
