import fc from 'fast-check';
import { expect, it } from 'vitest';
import { downgraded } from '../../../../backends/prometheus/remote-write/downgrade.ts';
import { wireV1 } from '../../../../backends/prometheus/remote-write/wire-v1.ts';
import { wireV2 } from '../../../../backends/prometheus/remote-write/wire-v2.ts';
import { readVersion1 } from '../../../helper/remote-write-messages.ts';
import { anySeries, asReceived, remoteSeries } from './series.ts';

it('says the same in version 1', () => {
  fc.assert(
    fc.property(fc.array(anySeries, { maxLength: 6 }), (all) => {
      const wire = wireV2();
      for (const one of all) wire.add(one);
      const { bytes, ends, start } = downgraded(wire.take().bytes);
      expect(readVersion1(bytes)).toEqual(all.map(asReceived));
      expect([ends.length, ends.at(-1) ?? 0, start]).toEqual([all.length, bytes.length, 0]);
    }),
    { numRuns: 60 },
  );
});

it('keeps native histograms', () => {
  const histogram = { schema: 1, zeroThreshold: 0, zeroCount: 1, positive: [[2, 3]] as const, negative: [] };
  const series = remoteSeries({ points: [], native: { histogram, count: 4, sum: 9, timestampMs: 5 } });
  const [first, second] = [wireV1(), wireV2()];
  for (const wire of [first, second]) wire.add(series);
  expect(readVersion1(downgraded(second.take().bytes).bytes)).toEqual(readVersion1(first.take().bytes));
});

it('refuses a request that is cut off', () => {
  const wire = wireV2();
  wire.add(remoteSeries());
  const { bytes } = wire.take();
  expect(() => downgraded(bytes.subarray(0, -1))).toThrow('cut off');
  expect(() => downgraded(Buffer.from([0x2b]))).toThrow('wire type');
});
