import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, longestDuration, parseBytes, parseDuration } from '../../src/config/units.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['0.3s', 300],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0s', 0],
    [250, 250],
    [0, 0],
    [longestDuration, 2_147_483_647],
  ])('%j is %d ms', (input, expected) => {
    expect(parseDuration(input)).toBe(expected);
  });

  it.each(['', '10', 's', '10 s', '-1s', '1d', '10S', '1e3s', '.5s', '0.5ms', '596h32m', '10sec', ' 10s', '600h'])(
    '%j is none',
    (input) => {
      expect(parseDuration(input)).toBeUndefined();
    },
  );

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, longestDuration + 1, null, undefined, true, [], {}])(
    '%j is none',
    (input) => {
      expect(parseDuration(input)).toBeUndefined();
    },
  );

  it.each([
    [0, '0s'],
    [1, '1ms'],
    [1500, '1500ms'],
    [90_000, '90s'],
    [900_000, '15m'],
    [86_400_000, '24h'],
  ])('%d ms are written %s', (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected);
  });
});

describe('sizes', () => {
  it.each([
    ['8KiB', 8192],
    ['64MiB', 67_108_864],
    ['1GiB', 1_073_741_824],
    ['4MB', 4_000_000],
    ['10kB', 10_000],
    ['2GB', 2_000_000_000],
    ['512B', 512],
    ['8192', 8192],
    ['0.5KiB', 512],
    [1, 1],
  ])('%j is %d bytes', (input, expected) => {
    expect(parseBytes(input)).toBe(expected);
  });

  it.each(['', 'KiB', '8 KiB', '8kib', '8K', '-1', '0.3B', '1TiB', -1, 1.5, 2 ** 60, null, {}])(
    '%j is none',
    (input) => {
      expect(parseBytes(input)).toBeUndefined();
    },
  );

  it.each([
    [67_108_864, '64MiB'],
    [1000, '1000B'],
    [8192, '8KiB'],
  ])('%d bytes are written %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});
