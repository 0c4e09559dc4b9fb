import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { protobufReader } from '../../../frontends/http/protobuf.ts';
import { isRefusal } from '../../../src/kit/http/refusal.ts';

/** Encoded by protobufjs. */
const { Writer } = protobuf;

function first(body: Uint8Array) {
  const reader = protobufReader(Buffer.from(body));
  expect(reader.next(body.length)).toBe(true);
  return reader;
}

describe('a reader of Protocol Buffers', () => {
  it.each([0, 1, 127, 128, 300, 1_700_000_000, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER, -1, -5e9])(
    'reads %d as a signed integer',
    (value) => {
      expect(first(Writer.create().uint32(8).int64(value).finish()).int64()).toBe(value);
    },
  );

  it.each([0, -0, 1.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY])('reads %d as a double', (value) => {
    expect(first(Writer.create().uint32(9).double(value).finish()).double()).toBe(value);
  });

  it('reads text, also such that is no UTF-8', () => {
    expect(first(Writer.create().uint32(10).string('größe ♬').finish()).string()).toBe('größe ♬');
    expect(first(Buffer.from([10, 1, 0xff])).string()).toBe('\ufffd');
  });

  it('reads lists, packed or not', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (values) => {
        const writer = Writer.create().uint32(10).fork();
        for (const value of values) writer.sint32(value);
        const into: number[] = [];
        first(writer.ldelim().finish()).packedSint32(into);
        expect(into).toEqual(values);
      }),
    );
    const into: number[] = [];
    first(Writer.create().uint32(8).uint32(4_000_000_000).finish()).packedUint32(into);
    expect(into).toEqual([4_000_000_000]);
  });

  it.each([0, 1, 2 ** 32, 2 ** 53 - 1, 2 ** 60])('reads %d in 64 bits of fixed length', (value) => {
    const written = Writer.create().uint32(9).fixed64(value).finish();
    expect(first(written).fixed64()).toBe(value);
    const list: number[] = [];
    first(Writer.create().uint32(10).fork().fixed64(value).fixed64(7).ldelim().finish()).packedFixed64(list);
    expect(list).toEqual([value, 7]);
  });

  it.each([0, 5, -1, -(2 ** 40)])('reads %d as a signed number of fixed length, and in zigzag', (value) => {
    expect(first(Writer.create().uint32(9).sfixed64(value).finish()).sfixed64()).toBe(value);
    if (Math.abs(value) < 2 ** 31) expect(first(Writer.create().uint32(8).sint32(value).finish()).sint32()).toBe(value);
  });

  it('reads lists of doubles and of unsigned integers', () => {
    const doubles: number[] = [];
    first(Writer.create().uint32(10).fork().double(1.5).double(-0.25).ldelim().finish()).packedDouble(doubles);
    expect(doubles).toEqual([1.5, -0.25]);
    const integers: number[] = [];
    first(
      Writer.create()
        .uint32(10)
        .fork()
        .uint64(1)
        .uint64(2 ** 50)
        .ldelim()
        .finish(),
    ).packedUint64(integers);
    expect(integers).toEqual([1, 2 ** 50]);
  });

  it('tells the length of a field without reading it, and goes back', () => {
    const body = Writer.create().uint32(10).string('abc').uint32(16).uint32(9).finish();
    const reader = first(body);
    expect(reader.length()).toBe(3);
    expect(reader.bytes().toString()).toBe('abc');
    expect(reader.next(body.length)).toBe(true);
    expect([reader.length(), reader.uint32()]).toEqual([0, 9]);
    reader.seek(5);
    expect(reader.next(body.length)).toBe(true);
    expect(reader.uint32()).toBe(9);
  });

  it('skips what it does not know', () => {
    const writer = Writer.create();
    writer.uint32(8).int64(-1).uint32(17).double(1).uint32(26).string('xyz').uint32(37).fixed32(7);
    const body = Buffer.from(writer.uint32(40).uint32(9).finish());
    const reader = protobufReader(body);
    while (reader.next(body.length) && reader.field !== 5) reader.skip();
    expect(reader.uint32()).toBe(9);
    expect(reader.next(body.length)).toBe(false);
  });

  it.each([
    ['a length over the end', [10, 5, 1]],
    ['a length of 64 bits', [10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]],
    ['a varint without an end', [8, 0xff]],
    ['a varint of eleven bytes', [8, ...Array(11).fill(0xff), 1]],
    ['half a double', [9, 1, 2]],
    ['field 0', [0, 1]],
    ['a group', [11, 12]],
    ['a list that ends within a number', [10, 1, 0x80, 1]],
  ])('refuses %s', (_, bytes) => {
    const body = Buffer.from(bytes);
    const read = () => {
      const reader = protobufReader(body);
      while (reader.next(body.length)) {
        if (reader.wire === 2) reader.packedUint32([]);
        else reader.skip();
      }
    };
    expect(read).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('throws nothing but refusals, whatever the bytes, and ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const reader = protobufReader(Buffer.from(bytes));
        try {
          while (reader.next(bytes.length)) {
            if (reader.field % 2 === 0 && reader.wire === 2) {
              const end = reader.end();
              while (reader.next(end)) reader.skip();
            } else reader.skip();
          }
        } catch (error) {
          expect(isRefusal(error)).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
