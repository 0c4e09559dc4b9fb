import { describe, expect, it } from 'vitest';
import {
  ago,
  bytes,
  count,
  duration,
  number,
  plural,
  rate,
  reasons,
  words,
} from '../../../../backends/live/page/format.ts';

describe('number', () => {
  it.each([
    [0, '0'],
    [null, '–'],
    [Number.NaN, '–'],
    [7, '7'],
    [12.345, '12.3'],
    [0.05, '0.05'],
    [0.00004, '4.0e-5'],
    [999.6, '1,000'],
    [123_456, '123,456'],
    [1_234_567, '1.23 M'],
    [250_000_000, '250 M'],
    [3e9, '3.00 G'],
    [2.5e12, '2.50 T'],
    [4e20, '4.00e+20'],
    [-1234, '−1,234'],
    [-0.5, '−0.5'],
  ])('%s is %s', (value, expected) => {
    expect(number(value)).toBe(expected);
  });
});

it('accounts have all digits', () => {
  expect([count(0), count(1_234_567_890)]).toEqual(['0', '1,234,567,890']);
});

it('rates have a digit behind the point below ten', () => {
  expect([rate(0), rate(0.14), rate(9.96), rate(12.6), rate(12_300), rate(null)]).toEqual([
    ...['0', '0.1', '10.0', '13', '12,300', '–'],
  ]);
});

it.each([
  [512, '512 B'],
  [2048, '2.0 kB'],
  [129 * 1024 * 1024, '129 MB'],
  [5 * 1024 ** 5, '5120 TB'],
  [null, '–'],
])('%s bytes are %s', (value, expected) => {
  expect(bytes(value)).toBe(expected);
});

it.each([
  [0, '0 ms'],
  [450, '450 ms'],
  [1999, '1 s'],
  [59_999, '59 s'],
  [61_000, '1 min'],
  [3_600_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [260_000_000, '3 d'],
  [-5, '0 ms'],
])('%s ms are %s', (ms, expected) => {
  expect(duration(ms)).toBe(expected);
});

it('ages end at now, and at never', () => {
  expect([ago(null, 5000), ago(4000, 5000), ago(9000, 5000), ago(1000, 5000)]).toEqual(['never', 'now', 'now', '4 s']);
});

it('reasons are words, the most frequent first', () => {
  expect(words('too_many_series')).toBe('too many series');
  expect(reasons({ bad_value: 2, no_value: 1200 })).toBe('no value 1,200, bad value 2');
  expect([plural(1, 'line'), plural(0, 'line'), plural(2, 'series', 'series')]).toEqual([
    ...['1 line', '0 lines', '2 series'],
  ]);
});
