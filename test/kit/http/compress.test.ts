import { gunzipSync, inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compressor } from '../../../src/kit/http/compress.ts';

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
