import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { createProtobufWriter } from '../../../../backends/prometheus/exposition/protobuf-writer.ts';

it('writes what protobufjs writes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ minLength: 120, maxLength: 400 }),
    fc.constant('x'.repeat(20_000)),
  );
  const whole = fc.oneof(fc.nat(300), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.array(fc.tuple(text, whole, fc.maxSafeInteger(), fc.double()), { maxLength: 5 }), (parts) => {
      const writer = createProtobufWriter();
      const other = protobuf.Writer.create();
      for (const [text, whole, integer, double] of parts) {
        const signed = Math.trunc(integer / 4);
        const outer = writer.message(16);
        writer.string(1, text);
        const inner = writer.message(2);
        writer.whole(3, whole);
        writer.signed(4, signed);
        writer.double(5, double);
        writer.end(inner);
        writer.end(outer);
        other.uint32(16 * 8 + 2).fork();
        other.uint32(1 * 8 + 2).string(text);
        other.uint32(2 * 8 + 2).fork();
        other.uint32(3 * 8).uint64(whole);
        other.uint32(4 * 8).sint64(signed);
        other.uint32(5 * 8 + 1).double(double);
        other.ldelim().ldelim();
      }
      expect(Buffer.from(writer.take(writer.length)).equals(other.finish())).toBe(true);
    }),
    { numRuns: 100 },
  );
});

it('writes a part of a text, and gives the first bytes away', () => {
  const writer = createProtobufWriter();
  writer.string(1, 'name:value', 5);
  const { length } = writer;
  writer.string(2, 'näme:value', 0, 4);
  expect(Buffer.from(writer.take(length)).toString('latin1')).toBe('\x0a\x05value');
  expect(Buffer.from(writer.take(writer.length)).toString()).toBe('\x12\x05näme');
  expect(writer.length).toBe(0);
});

it('writes packed fields, bytes, times far ahead and the bits of a NaN', () => {
  const writer = createProtobufWriter();
  const packed = writer.message(1);
  for (const value of [0, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER]) writer.packedWhole(value);
  writer.end(packed);
  const doubles = writer.message(2);
  for (const value of [0.5, Number.NEGATIVE_INFINITY]) writer.packedDouble(value);
  writer.end(doubles);
  writer.bytes(3, Buffer.alloc(5000, 7));
  writer.whole(4, 2 ** 62);
  writer.bits(5, 0x7ff00000, 2);
  const reader = protobuf.Reader.create(writer.take(writer.length));
  const { root } = protobuf.parse(`
    syntax = "proto3";
    message All { repeated uint64 a = 1; repeated double b = 2; bytes c = 3; uint64 d = 4; fixed64 e = 5; }
  `);
  const type = root.lookupType('All');
  expect(type.toObject(type.decode(reader), { longs: String, bytes: Array })).toEqual({
    a: ['0', '127', '128', '4294967296', '9007199254740991'],
    b: [0.5, Number.NEGATIVE_INFINITY],
    c: Array.from({ length: 5000 }, () => 7),
    d: '4611686018427387904',
    e: '9218868437227405314',
  });
});
