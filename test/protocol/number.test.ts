import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber } from '../../src/protocol/number.ts';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function expected(text: string): number {
  return DECIMAL.test(text) && Number.isFinite(Number(text)) ? Number(text) : Number.NaN;
}

/** The text lies between bytes that would go on with the number if they were read. */
function parse(text: string): number {
  const bytes = Buffer.from(`9${text}9`);
  return parseNumber(bytes, 1, bytes.length - 1);
}

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const sign = fc.constantFrom('', '+', '-');
const mantissa = fc.oneof(
  digits(1, 24),
  fc.tuple(digits(1, 24), digits(0, 24)).map((parts) => parts.join('.')),
  digits(1, 24).map((fraction) => `.${fraction}`),
);
const exponent = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  fc.tuple(fc.constantFrom('e', 'E'), sign, digits(1, 4)).map((parts) => parts.join('')),
);

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['-0', -0],
    ['+0', 0],
    ['0.0', 0],
    ['-0.0', -0],
    ['1', 1],
    ['+5', 5],
    ['-5', -5],
    ['007', 7],
    ['5.', 5],
    ['-5.', -5],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['+.5', 0.5],
    ['0.1', 0.1],
    ['0.30000000000000004', 0.30000000000000004],
    ['6.283185307179587', 6.283185307179587],
    ['1.7976931348623157', 1.7976931348623157],
    ['123456789.123456', 123456789.123456],
    ['999999999999999', 999999999999999],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['9007199254740993', 9007199254740992],
    ['9007199254740995', 9007199254740996],
    ['18446744073709551615', 18446744073709552000],
    ['0.000000000000001', 1e-15],
    ['0.00000000000000000000001', 1e-23],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1e+3', 1000],
    ['1e-3', 0.001],
    ['1.e3', 1000],
    ['.1e3', 100],
    ['-1.5e-7', -1.5e-7],
    ['1e0', 1],
    ['1e00000000000000000003', 1000],
    ['1e22', 1e22],
    ['1e23', 1e23],
    ['1e308', 1e308],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['-1.7976931348623157e308', -Number.MAX_VALUE],
    ['1.7976931348623158e308', Number.MAX_VALUE],
    ['2.2250738585072014e-308', 2.2250738585072014e-308],
    ['2.225073858507201e-308', 2.225073858507201e-308],
    ['5e-324', Number.MIN_VALUE],
    ['3e-324', Number.MIN_VALUE],
    ['2e-324', 0],
    ['-2e-324', -0],
    ['1e-400', 0],
    ['0e999', 0],
    ['0e-999', 0],
    [`1${'0'.repeat(300)}`, 1e300],
    [`0.${'0'.repeat(300)}1`, 1e-301],
    [`${'0'.repeat(400)}7`, 7],
    [`1${'0'.repeat(400)}e-400`, 1],
  ])('reads %s', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    '',
    '+',
    '-',
    '.',
    '-.',
    '+.',
    '..',
    '1.2.3',
    '1..2',
    '--1',
    '++1',
    '+-2',
    '-+2',
    '1-',
    '1+1',
    'e',
    'e3',
    '.e3',
    '-e3',
    '1e',
    '1e+',
    '1e-',
    '1e1.5',
    '1e1e1',
    '1ee3',
    '1e--3',
    ' 1',
    '1 ',
    ' ',
    '\t1',
    '1\r',
    '1\0',
    '1,5',
    '1_000',
    '0x10',
    '0X1p4',
    '0b11',
    '0o17',
    '1n',
    '1f',
    '1e400',
    '-1e400',
    '1.7976931348623159e308',
    `1${'0'.repeat(309)}`,
    'NaN',
    'nan',
    'inf',
    '+Inf',
    'Infinity',
    '-Infinity',
    '٣',
    '１',
    '1\u00a0',
    'abc',
    '1abc',
    '/',
    ':',
    '1/',
    '1:',
  ])('refuses %j', (text) => {
    expect(parse(text)).toBeNaN();
  });

  it('gives what Number() gives for whatever the grammar allows', () => {
    fc.assert(
      fc.property(sign, mantissa, exponent, (plus, number, power) => {
        const text = plus + number + power;
        expect(parse(text)).toBe(expected(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('gives what Number() gives for doubles of any size, however they are written', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const fraction = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(double, fraction, (value, decimals) => {
        const texts = [
          String(value),
          value.toExponential(),
          value.toExponential(decimals),
          value.toPrecision(decimals + 1),
          value.toFixed(decimals),
          String(value).toUpperCase(),
        ];
        for (const text of texts) expect(parse(text), text).toBe(expected(text));
        expect(parse(String(value))).toBe(Number(String(value)));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives what Number() gives where rounding is hardest: 14 to 20 digits with a point anywhere', () => {
    fc.assert(
      fc.property(sign, digits(14, 20), fc.nat({ max: 20 }), (plus, run, point) => {
        const at = Math.min(point, run.length);
        const text = `${plus}${run.slice(0, at)}.${run.slice(at)}`;
        expect(parse(text)).toBe(expected(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes nothing but the grammar', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'0123456789.+-eE_x ,'), maxLength: 12 });
    const ascii = fc.string({ unit: 'binary-ascii', maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: nearly }, ascii), (text) => {
        expect(parse(text)).toBe(expected(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('reads no byte outside of its range', () => {
    const bytes = Buffer.from('12345e678');
    expect(parseNumber(bytes, 1, 3)).toBe(23);
    expect(parseNumber(bytes, 4, 7)).toBe(5e6);
    expect(parseNumber(bytes, 4, 6)).toBeNaN();
    expect(parseNumber(bytes, 3, 3)).toBeNaN();
    expect(parseNumber(bytes, 5, 4)).toBeNaN();
  });
});
