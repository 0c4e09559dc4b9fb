import fc from 'fast-check';
import { expect, it } from 'vitest';
import { STALE } from '../../../../backends/prometheus/remote-write/wire.ts';
import { wireV1 } from '../../../../backends/prometheus/remote-write/wire-v1.ts';
import { readVersion1 } from '../../../helper/remote-write-messages.ts';
import { anySeries, asReceived, remoteSeries } from './series.ts';

it('writes the bytes of the specification', () => {
  const wire = wireV1();
  wire.add(remoteSeries({ labels: ['__name__', 'up'], points: [{ value: 1, timestampMs: 300 }] }));
  // Field 1: a series of 29 bytes; its label, 14 bytes; its sample, 12 bytes: the double 1 and the varint 300.
  const label = `0a0e${'0a08'}${hex('__name__')}${'1202'}${hex('up')}`;
  const sample = `120c${'09'}000000000000f03f${'10'}ac02`;
  expect(wire.take().bytes.toString('hex')).toBe(`0a1e${label}${sample}`);
});

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}

it('is read by protobufjs as it was written, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(anySeries, { maxLength: 6 }), (all) => {
      const wire = wireV1();
      for (const series of all) wire.add(series);
      expect(readVersion1(wire.take().bytes)).toEqual(all.map(asReceived));
    }),
    { numRuns: 60 },
  );
});

it('ends a series with the one NaN that means so', () => {
  const wire = wireV1();
  wire.add(remoteSeries({ points: [{ value: STALE, timestampMs: 1 }] }));
  wire.add(remoteSeries({ points: [{ value: Number.NaN, timestampMs: 1 }] }));
  const samples = readVersion1(wire.take().bytes).flatMap((one) => one.samples);
  expect(samples.map(({ value, isStale }) => [value, isStale])).toEqual([
    [Number.NaN, true],
    [Number.NaN, false],
  ]);
});

it('counts series and samples until they are taken, and says where each ends', () => {
  const wire = wireV1();
  const two = [1, 2].map((timestampMs) => ({ value: 1, timestampMs }));
  wire.add(remoteSeries());
  const first = wire.length;
  wire.add(remoteSeries({ name: 'b', points: two }));
  expect([wire.count, wire.samples]).toEqual([2, 3]);
  const { bytes, ends, names, start } = wire.take();
  expect([ends, names, start]).toEqual([[first, bytes.length], ['requests', 'b'], 0]);
  expect([wire.count, wire.samples, wire.length, wire.take().bytes.length]).toEqual([0, 0, 0, 0]);
});

it('writes a label that is longer than what its length was given room for', () => {
  for (const length of [0, 127, 128, 16_383, 16_384, 200_000]) {
    const wire = wireV1();
    const series = remoteSeries({ labels: ['__name__', 'é'.repeat(length)] });
    wire.add(series);
    expect(readVersion1(wire.take().bytes)).toEqual([asReceived(series)]);
  }
});
