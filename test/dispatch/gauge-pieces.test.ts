import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gaugePieceReader, gaugePieces } from '../../src/dispatch/gauge-pieces.ts';
import type { KeptStatsdGauge } from '../../src/statsd/ledger.ts';
import type { KeptGauge } from '../../src/window/kept-gauges.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString()),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '__proto__', 'a\0b', 'ü', '\u{1f600}', '\ufffd', 'x'.repeat(9000)),
);
const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324),
);
const anyGauge = fc.record({
  name: anyText,
  tags: fc.array(anyText, { maxLength: 4 }),
  value: anyNumber,
  idleMs: fc.double({ min: 0, noNaN: true }),
});
const anyStatsd = fc.record({ key: anyText, value: anyNumber, left: fc.nat(0xffff_ffff) });

function read(pieces: Iterable<Uint8Array>): [KeptGauge[], KeptStatsdGauge[]] {
  const gauges: KeptGauge[] = [];
  const statsd: KeptStatsdGauge[] = [];
  const take = gaugePieceReader({
    gauge: (gauge) => void gauges.push(gauge),
    statsdGauge: (gauge) => void statsd.push(gauge),
  });
  for (const piece of pieces) take(piece);
  return [gauges, statsd];
}

it('gives back the gauges that were written, whatever their names, tags and values', () => {
  fc.assert(
    fc.property(fc.array(anyGauge), fc.array(anyStatsd), (gauges, statsd) => {
      expect(read(gaugePieces(gauges, statsd))).toEqual([gauges, statsd]);
    }),
    { numRuns: 300 },
  );
});

it('gives back hosts, also as they were written when they were tags', () => {
  const gauges = [
    { name: 'a', tags: ['k', 'z'], host: 'h', value: 1, idleMs: 2 },
    { name: 'a', tags: [], host: '', value: 1, idleMs: 2 },
    { name: 'a', tags: ['k'], value: 1, idleMs: 2 },
  ];
  expect(read(gaugePieces(gauges, []))[0]).toStrictEqual(gauges);
  const before = [{ name: 'a', tags: ['host:g', 'host:h', 'k'], value: 1, idleMs: 2 }];
  expect(read(gaugePieces(before, []))[0]).toStrictEqual([{ name: 'a', tags: ['k'], host: 'h', value: 1, idleMs: 2 }]);
});

it('makes small pieces, and one list of equal tags', () => {
  const gauges = Array.from({ length: 5000 }, (_, at) => ({
    name: `g${at}`,
    tags: ['a:1', 'b'],
    value: at,
    idleMs: 0,
  }));
  const pieces = [...gaugePieces(gauges, [])];
  expect(pieces.length).toBeGreaterThan(5);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(20_000);
  const [back] = read(pieces);
  expect(back).toEqual(gauges);
  expect(new Set(back.map(({ tags }) => tags)).size).toBe(1);
});

it('refuses a piece of another kind', () => {
  expect(() => read([Uint8Array.of(9, 0, 0, 0)])).toThrow('a piece of it is of the kind "9"');
});
