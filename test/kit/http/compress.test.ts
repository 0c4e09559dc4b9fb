import { gunzipSync, inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type Compression, compressor, decompress, hasZstd } from '../../../src/kit/http/compress.ts';

const raw = Buffer.from('abc'.repeat(1000));

it.each([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
] as const)('%s', async (compression, inflate) => {
  const made = compressor(compression, 6);
  expect(made?.encoding).toBe(compression);
  expect(inflate((await made?.compress(raw)) ?? '')).toEqual(raw);
});

it('none is no compressor', () => {
  expect(compressor('none', 6)).toBeUndefined();
});

it.each(['gzip', 'deflate', 'none', ...(hasZstd ? (['zstd'] as const) : [])] satisfies Compression[])(
  'what %s made is what it was',
  async (compression) => {
    const made = compressor(compression, 6);
    const bytes = (await made?.compress(raw)) ?? raw;
    expect(await decompress(bytes, made?.encoding)).toEqual(raw);
    if (made !== undefined) expect(bytes.length).toBeLessThan(100);
  },
);

it('zstd is there with Node.js 22.15 and later, and refused before', () => {
  if (hasZstd) expect(compressor('zstd', 4)?.encoding).toBe('zstd');
  else expect(() => compressor('zstd', 4)).toThrow('"zstd" needs Node.js 22.15 or later; choose "gzip"');
});
