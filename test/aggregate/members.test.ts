import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemberTable, type MemberTable } from '../../src/aggregate/members.ts';

/** A hash that is as bad as a hash can be, and one that tells short members apart. */
const hashes: [string, (member: Buffer) => number][] = [
  ['the same hash for all', () => 0xffff_ffff],
  ['a hash of the length', (member) => member.length],
  ['a hash of the bytes', (member) => member.reduce((hash, byte) => (Math.imul(hash, 31) + byte) >>> 0, 7)],
];

/** Every member as `row:hexadecimal bytes`, in order. */
function swap(table: MemberTable): string[] {
  const { length, rows, ends, bytes } = table.swap();
  return Array.from({ length }, (_, index) => {
    const start = index === 0 ? 0 : ends[index - 1]!;
    return `${rows[index]}:${Buffer.from(bytes.subarray(start, ends[index])).toString('hex')}`;
  });
}

describe.each(hashes)('set members with %s', (_, hashOf) => {
  const member = fc.uint8Array({ maxLength: 3, max: 3 }).map((bytes) => Buffer.from(bytes));
  const additions = fc.array(fc.tuple(fc.nat(3), member), { maxLength: 120 });

  it('are those that were added, once for each row, in order', () => {
    fc.assert(
      fc.property(additions, additions, (first, second) => {
        const table = createMemberTable();
        for (const window of [first, second]) {
          const model = new Set<string>();
          for (const [row, bytes] of window) {
            const key = `${row}:${bytes.toString('hex')}`;
            const source = Buffer.concat([Buffer.from('<'), bytes, Buffer.from('>')]);
            const call = [row, source, 1, source.length - 1, hashOf(bytes)] as const;
            expect(table.has(...call)).toBe(model.has(key));
            expect(table.add(...call)).toBe(!model.has(key));
            model.add(key);
            expect(table.has(...call)).toBe(true);
            expect(table.length).toBe(model.size);
          }
          expect(swap(table)).toEqual([...model]);
          expect(table.length).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('many set members', () => {
  it('find room', () => {
    const table = createMemberTable();
    const texts = Array.from({ length: 20_000 }, (_, index) => `member-${index}`);
    for (let round = 0; round < 2; round++) {
      texts.forEach((text, index) => {
        const bytes = Buffer.from(text);
        expect(table.add(index % 7, bytes, 0, bytes.length, Math.imul(index, 0x9e3779b1) >>> 0)).toBe(round === 0);
      });
    }
    const expected = texts.map((text, index) => `${index % 7}:${Buffer.from(text).toString('hex')}`);
    expect(swap(table)).toEqual(expected);
    expect(swap(table)).toEqual([]);
  });

  it('are copied: the bytes that they came in may change', () => {
    const table = createMemberTable();
    const bytes = Buffer.from('abc');
    table.add(0, bytes, 0, 3, 1);
    bytes.fill('x');
    expect(swap(table)).toEqual([`0:${Buffer.from('abc').toString('hex')}`]);
  });
});
