import { gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gzipped, joined, pack } from '../../../backends/prometheus/packed.ts';

const text = fc.string({ unit: 'binary', maxLength: 50 });

it('packed text is unpacked whole, whatever its pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 8 }), text, async (pieces, end) => {
      const packed = await pack(pieces);
      const want = pieces.join('') + end;
      expect(gunzipSync(Buffer.concat([...gzipped(packed, Buffer.from(end))])).toString()).toBe(want);
      expect(inflateRawSync(Buffer.concat([...joined(packed, Buffer.from(end))])).toString()).toBe(want);
    }),
    { numRuns: 100 },
  );
});

it('is used again and again, with another end each time', async () => {
  const packed = await pack(['a'.repeat(100_000), 'b'.repeat(300_000)]);
  expect(packed.blocks.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(5000);
  for (const end of ['', 'first', 'second']) {
    const unpacked = gunzipSync(Buffer.concat([...gzipped(packed, Buffer.from(end))])).toString();
    expect(unpacked).toBe('a'.repeat(100_000) + 'b'.repeat(300_000) + end);
  }
});

it('an error in the text is passed on', async () => {
  function* broken(): Generator<string> {
    yield 'a';
    throw new Error('no more');
  }
  await expect(pack(broken())).rejects.toThrow('no more');
});
