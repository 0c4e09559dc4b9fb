import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wireV2 } from '../../../../backends/prometheus/remote-write/wire-v2.ts';
import { readVersion2, symbolsOf } from '../../../helper/remote-write-messages.ts';
import { anySeries, asReceived2, remoteSeries } from './series.ts';

it('is read by protobufjs as it was written, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(anySeries, { maxLength: 6 }), (all) => {
      const wire = wireV2();
      for (const series of all) wire.add(series);
      expect(readVersion2(wire.take().bytes)).toEqual(all.map(asReceived2));
    }),
    { numRuns: 60 },
  );
});

it('writes each text once, the empty one first, and begins anew with the next request', () => {
  const wire = wireV2();
  wire.add(remoteSeries());
  wire.add(remoteSeries({ labels: ['__name__', 'requests', 'job', 'api'], help: '' }));
  const texts = ['', '__name__', 'requests', 'job', 'web', 'Requests.', 'api'];
  expect(symbolsOf(wire.take().bytes)).toEqual(texts);
  wire.add(remoteSeries({ labels: ['__name__', 'b'], help: '' }));
  expect(symbolsOf(wire.take().bytes)).toEqual(['', '__name__', 'b']);
  expect(symbolsOf(wire.take().bytes)).toEqual(['']);
});

it('says where each series begins and ends behind the texts', () => {
  const wire = wireV2();
  wire.add(remoteSeries());
  wire.add(remoteSeries({ name: 'b' }));
  const { bytes, ends, start, names } = wire.take();
  expect(names).toEqual(['requests', 'b']);
  expect(ends.at(-1)).toBe(bytes.length);
  // The key of the field 5, and of nothing in front of it.
  expect([bytes[start], bytes[ends[0]!]]).toEqual([0x2a, 0x2a]);
  expect(symbolsOf(bytes.subarray(0, start))).toEqual(symbolsOf(bytes));
});

it('says of a series without a sum nothing of its beginning', () => {
  const wire = wireV2();
  wire.add(remoteSeries({ type: 'gauge', createdMs: 0 }));
  expect(readVersion2(wire.take().bytes)[0]).toMatchObject({ created: 0, metadata: { type: 2 } });
});
