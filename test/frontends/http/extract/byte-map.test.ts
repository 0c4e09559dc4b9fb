import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteMap } from '../../../../frontends/http/extract/byte-map.ts';
import { createScan } from '../../../../frontends/http/records/scan.ts';

function scanOf(text: string) {
  const scan = createScan();
  scan.load(Buffer.from(text, 'latin1'));
  return scan;
}

it('finds what was added, and nothing else, also where hashes are equal', () => {
  // "Aa" and "BB" have one hash, and so has whatever is made of them.
  const part = fc.oneof(fc.constantFrom('Aa', 'BB', 'a', ''), fc.string({ maxLength: 4 }));
  const key = fc.array(part, { maxLength: 6 }).map((parts) => Buffer.from(parts.join('')).toString('latin1'));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), key, (keys, other) => {
      const map = new ByteMap<{ key: string }>(1000);
      const model = new Map<string, { key: string }>();
      for (const key of keys) {
        const scan = scanOf(`x${key}y`);
        const found = map.find(scan, 1, 1 + key.length);
        expect(found).toBe(model.get(key));
        if (found !== undefined) continue;
        const value = { key };
        map.add(scan, 1, 1 + key.length, value);
        model.set(key, value);
      }
      for (const key of [...keys, other]) expect(map.find(scanOf(key), 0, key.length)).toBe(model.get(key));
      expect(map.size).toBe(model.size);
    }),
  );
});

it('starts again when it is full', () => {
  const map = new ByteMap<{ key: number }>(10);
  for (let key = 0; key < 25; key++) map.add(scanOf(String(key)), 0, String(key).length, { key });
  expect(map.size).toBe(5);
  expect(map.find(scanOf('24'), 0, 2)).toEqual({ key: 24 });
  expect(map.find(scanOf('3'), 0, 1)).toBeUndefined();
});
