import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib, { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Coding, zstd } from '../../../../backends/prometheus/exposition/compress.ts';
import { coded, pack } from '../../../../backends/prometheus/exposition/packed.ts';

const { zstdDecompressSync } = zlib as typeof zlib & { zstdDecompressSync?(bytes: Uint8Array): Buffer };
const codings: readonly Coding[] = zstd === undefined ? ['gzip', 'identity'] : ['gzip', 'identity', 'zstd'];
const decoders: Readonly<Record<Coding, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gunzipSync(bytes),
  identity: (bytes) => bytes,
  zstd: (bytes) => zstdDecompressSync!(bytes),
};

async function sent(packed: Awaited<ReturnType<typeof pack>>, end: Uint8Array, coding: Coding): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const client = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  await pipeline([...(await coded(packed, end, coding)), client]);
  return Buffer.concat(chunks);
}

it('a page is unpacked whole, whatever its pieces', async () => {
  const bytes = fc.uint8Array({ maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), bytes, async (pieces, end) => {
      const want = Buffer.concat([...pieces, end]);
      for (const mostPlain of [0, 40, 1000]) {
        const packed = await pack(pieces, mostPlain);
        for (const coding of codings) {
          expect(want.equals(decoders[coding](await sent(packed, end, coding)))).toBe(true);
        }
      }
    }),
    { numRuns: 60 },
  );
});

it.each(codings)('is sent as %s again and again, with another end each time', async (coding) => {
  const packed = await pack([Buffer.alloc(100_000, 'a'), Buffer.alloc(700_000, 'b')], 500_000);
  if (packed.kind !== 'deflated') throw new Error('it is held as it is');
  expect(packed.length).toBe(800_000);
  expect(packed.blocks).toHaveLength(7);
  expect(packed.blocks.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(10_000);
  for (const end of ['', 'first', 'second']) {
    const unpacked = decoders[coding](await sent(packed, Buffer.from(end), coding));
    expect(Buffer.from(unpacked).equals(Buffer.from('a'.repeat(100_000) + 'b'.repeat(700_000) + end))).toBe(true);
  }
});

it('an error in a page is passed on', async () => {
  function* broken(): Generator<Uint8Array> {
    yield Buffer.from('a');
    throw new Error('no more');
  }
  await expect(pack(broken())).rejects.toThrow('no more');
});
