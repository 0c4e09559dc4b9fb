import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openShard } from '../../helper/shard.ts';

/** What the plane reads of a gauge's value, and whether it did so by itself. */
function reader() {
  const { shard } = openShard();
  const intake = shard.intake('numbers', 'auto');
  return (text: string) => {
    intake.lines(Buffer.from('a:1|g'));
    const { plane, input, bytes } = intake.store();
    const line = Buffer.from(`a:${text}|g\n`);
    bytes().set(line, input);
    // The dialect dogstatsd, in which a sign makes no change.
    plane.setGrammar(8192, 0, 0, 0, 0);
    const isTaken = plane.readLines(input, input + line.length) === input + line.length;
    plane.takeAdded();
    return { isTaken, value: shard.handOver(0, false).gauges.values[0] };
  };
}

it.each([
  '0',
  '-0',
  '.5',
  '5.',
  '123456789012345',
  '1234567890123456',
  '9007199254740993',
  '9999999999999999999',
  '0.1',
  '0.0002338886260986328',
  '0.12345678901234567',
  '0.00000000000000000000000001',
  '1e3',
  '1E-5',
  '1.5e+10',
  '1e22',
  '1e23',
  '8.41e21',
  '9.5e-24',
  '4503599627370496.5',
  '4503599627370497.5',
  '00000000000000000000000012.5',
  '0e999',
  '-7.2057594037927933e16',
])('reads %s as Number() does', (text) => {
  const { isTaken, value } = reader()(text);
  expect([isTaken, value]).toEqual([true, Number(text)]);
});

it.each(['12345678901234567890', '1e28', '1e-28', '1e1000', '1e', '1e+', '.', 'e5', '+-1', '0x10', '1_0', ' 1', '1 '])(
  'leaves %j to the host',
  (text) => expect(reader()(text).isTaken).toBe(false),
);

it('reads any number as Number() does, or not at all', () => {
  const read = reader();
  const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
  const sign = fc.constantFrom('', '-', '+');
  const text = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc
      .double({ min: 1e-6, max: 1e6, noNaN: true })
      .chain((value) => fc.integer({ min: 15, max: 20 }).map((length) => value.toPrecision(length))),
    fc.tuple(sign, digits(19), digits(20)).map(([before, whole, decimals]) => `${before}${whole}.${decimals}`),
    fc
      .tuple(sign, digits(20), fc.integer({ min: -30, max: 30 }))
      .map(([before, whole, power]) => `${before}${whole}e${power}`),
    // Halfway between two doubles, and beside it.
    fc
      .tuple(fc.bigInt({ min: 2n ** 53n, max: 2n ** 54n }), fc.integer({ min: 0, max: 5 }))
      .map(([odd, zeros]) => `${odd}.${'0'.repeat(zeros)}`),
  );
  fc.assert(
    fc.property(text, (given) => {
      const { isTaken, value } = read(given);
      if (isTaken) expect([given, value]).toEqual([given, Number(given)]);
    }),
    { numRuns: 20_000 },
  );
});

it('agrees with Number() on halves of all lengths', () => {
  const read = reader();
  for (let power = -27; power <= 27; power++) {
    for (const digits of [
      '4503599627370497',
      '9007199254740993',
      '18014398509481987',
      '9223372036854775807',
      '1',
      '15',
      '5000000000000000001',
    ]) {
      const text = `${digits}e${power}`;
      const { isTaken, value } = read(text);
      expect([text, isTaken, value]).toEqual([text, true, Number(text)]);
    }
  }
});
