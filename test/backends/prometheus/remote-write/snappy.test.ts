import fc from 'fast-check';
import snappyjs from 'snappyjs';
import { expect, it } from 'vitest';
import { compress, uncompress, versionOf } from '../../../../backends/prometheus/remote-write/snappy.ts';
import { wireV1 } from '../../../../backends/prometheus/remote-write/wire-v1.ts';
import { wireV2 } from '../../../../backends/prometheus/remote-write/wire-v2.ts';
import { anySeries } from './series.ts';

it('gives back what it has packed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(uncompress(compress(bytes))).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 50 },
  );
});

it('refuses what is no block', () => {
  expect(() => uncompress(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x01]))).toThrow();
});

it('tells the version of a packed request', () => {
  fc.assert(
    fc.property(fc.array(anySeries, { maxLength: 20 }), (all) => {
      const [first, second] = [wireV1(), wireV2()];
      for (const one of all) for (const wire of [first, second]) wire.add(one);
      expect([versionOf(compress(first.take().bytes)), versionOf(compress(second.take().bytes))]).toEqual([1, 2]);
    }),
    { numRuns: 40 },
  );
});

it('tells it where the first piece is so long that its length stands behind its tag', () => {
  // Noise cannot be packed: a piece is as long as the block, or 64 KiB.
  for (const length of [1, 60, 61, 256, 257, 65_536, 70_000]) {
    const noise = Buffer.from(Array.from({ length }, (_, at) => (at * 2_654_435_761) >>> 13));
    for (const [key, version] of [
      [0x0a, 1],
      [0x22, 2],
    ] as const) {
      noise[0] = key;
      expect(versionOf(snappyjs.compress(noise))).toBe(version);
    }
  }
});
