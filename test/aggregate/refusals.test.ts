import { expect, it } from 'vitest';
import { createRefusals } from '../../src/aggregate/refusals.ts';
import { HyperLogLog } from '../../src/sketch/hyperloglog.ts';

it('counts samples by limit and estimates their keys, window by window', () => {
  const refusals = createRefusals();
  expect(refusals.take()).toEqual({ series: 0, keyBytes: 0, rows: 0, keys: undefined });
  for (let sample = 0; sample < 1000; sample++) refusals.add('series', Math.imul(sample % 10, 0x9e3779b1), 1);
  refusals.add('keyBytes', 0xffff_fff0, 2);
  expect(refusals.has('keyBytes')).toBe(true);
  const { keys, ...counts } = refusals.take();
  expect(counts).toEqual({ series: 1000, keyBytes: 1, rows: 2 });
  expect(Math.round(new HyperLogLog(keys).estimate())).toBe(11);
  expect([refusals.has('keyBytes'), refusals.take().keys]).toEqual([false, undefined]);
});
