import { expect, it } from 'vitest';
import { amount, bytes, short, span } from '../../src/commands/amounts.ts';

it.each([
  [0, '0', '0'],
  [0.01, '<0.1', '<0.1'],
  [0.25, '0.3', '0.3'],
  [7, '7', '7'],
  [12_300.4, '12,300', '12,300'],
  [99_999, '99,999', '99,999'],
  [123_456, '123,456', '123k'],
  [4_200_000, '4,200,000', '4.2M'],
  [1_234_000_000_000, '1,234,000,000,000', '1.2T'],
])('%d is %s, in short %s', (value, long, brief) => {
  expect([amount(value), short(value)]).toEqual([long, brief]);
});

it.each([
  [-5, '0s'],
  [59_000, '59s'],
  [60_000, '1m'],
  [3_780_000, '1h 3m'],
  [187_200_000, '2d 4h'],
])('%d ms is %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

it('sizes are in MiB and GiB', () => {
  expect([bytes(104_857_600), bytes(1_610_612_736)]).toEqual(['100 MiB', '1.5 GiB']);
});
