import { describe, expect, it } from 'vitest';
import { readValue } from '../../../../frontends/http/extract/value.ts';
import { createScan } from '../../../../frontends/http/records/scan.ts';

function read(text: string, lenient = false): [number: number, ms: number] | undefined {
  const scan = createScan();
  scan.load(Buffer.from(`=${text}`));
  const value = { number: 0, ms: 0 };
  return readValue(scan, 1, scan.bytes.length, value, lenient) ? [value.number, value.ms] : undefined;
}

describe('values', () => {
  it.each<[text: string, number: number, ms: number]>([
    ['12', 12, Number.NaN],
    ['12ms', 12, 12],
    ['12MS', 12, 12],
    ['-1.5s', -1.5, -1500],
    ['1.5S', 1.5, 1500],
    ['3sec', 3, 3000],
    ['3SECS', 3, 3000],
    ['2min', 2, 120_000],
    ['2mins', 2, 120_000],
    ['2m', 2, 120_000],
    ['2M', 2, Number.NaN],
    ['2hours', 2, 7_200_000],
    ['12.345us', 12.345, 0.012345],
    ['12345µs', 12345, 12.345],
    ['12345μs', 12345, 12.345],
    ['7ns', 7, 0.000007],
    ['5e3ms', 5000, 5000],
    ['1m30.5s', 90_500, 90_500],
    ['1h2m3.25s', 3_723_250, 3_723_250],
    ['-1m1s', -61_000, -61_000],
    ['2m0.5MS', 120_000.5, 120_000.5],
    ['512.00MB', 512, Number.NaN],
    ['0.5%', 0.5, Number.NaN],
    ['12,', 12, Number.NaN],
    ['12ms;', 12, 12],
    ['12ms),', 12, 12],
    ['3]', 3, Number.NaN],
    ['3}>', 3, Number.NaN],
    ['3, next', 3, Number.NaN],
    ['0\u001b[0m', 0, Number.NaN],
  ])('%s', (text, number, ms) => {
    expect(read(text)).toEqual([number, ms]);
  });

  it.each([
    '',
    'x',
    '-',
    '1.5.3',
    '1,2',
    '1m30',
    '1MB2s',
    '1m2MB',
    '1h1h1',
    '3)x',
    '1ninechars',
    '1e999',
    '--1',
    '"1"',
  ])('none: %s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each<[text: string, number: number]>([
    ['1.5.3', 1.5],
    ['12req/s', 12],
    ['1ninechars', 1],
    ['7|x', 7],
  ])('a number is enough where one is lenient: %s', (text, number) => {
    expect(read(text, true)?.[0]).toBe(number);
  });
});
