import { expect, it } from 'vitest';
import { canonicalNumber, goNumber, valueText } from '../../../../backends/prometheus/exposition/numbers.ts';

it.each([
  [0, '0'],
  [-0, '0'],
  [1.5, '1.5'],
  [-3, '-3'],
  [1e21, '1e+21'],
  [1e-7, '1e-7'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
])('the value %d', (value, text) => {
  expect(valueText(value)).toBe(text);
});

/** The second column was written by Go 1.26, `strconv.FormatFloat(value, 'g', -1, 64)`. */
it.each([
  [0, '0', '0.0'],
  [0.5, '0.5', '0.5'],
  [0.999, '0.999', '0.999'],
  [1, '1', '1.0'],
  [10, '10', '10.0'],
  [100_000, '100000', '100000.0'],
  [999_999, '999999', '999999.0'],
  [1e6, '1e+06', '1e+06'],
  [1_234_567.5, '1.2345675e+06', '1.2345675e+06'],
  [1e10, '1e+10', '1e+10'],
  [1e20, '1e+20', '1e+20'],
  [1.5e300, '1.5e+300', '1.5e+300'],
  [0.0001, '0.0001', '0.0001'],
  [0.000_12, '0.00012', '0.00012'],
  [0.000_01, '1e-05', '1e-05'],
  [1.5e-7, '1.5e-07', '1.5e-07'],
  [5e-324, '5e-324', '5e-324'],
  [-1e6, '-1e+06', '-1e+06'],
  [-1, '-1', '-1.0'],
  [123_456.789, '123456.789', '123456.789'],
  [Number.POSITIVE_INFINITY, '+Inf', '+Inf'],
])('%d in a label', (value, go, canonical) => {
  expect(goNumber(value)).toBe(go);
  expect(canonicalNumber(value)).toBe(canonical);
});
