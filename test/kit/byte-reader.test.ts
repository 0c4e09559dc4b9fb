import { expect, it } from 'vitest';
import { createByteReader } from '../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../src/kit/byte-writer.ts';

it('throws where the bytes end before what is asked for', () => {
  const writer = createByteWriter();
  writer.text('größer als €');
  const bytes = writer.take();
  for (let length = 0; length < bytes.length; length++) {
    expect(() => createByteReader(bytes.subarray(0, length)).text()).toThrow(RangeError);
  }
  for (const read of ['whole', 'number'] as const) expect(() => createByteReader(new Uint8Array(3))[read]()).toThrow();
});

it('says when it is at the end', () => {
  const writer = createByteWriter();
  writer.whole(7);
  const reader = createByteReader(writer.take());
  expect(reader.atEnd).toBe(false);
  expect(reader.whole()).toBe(7);
  expect(reader.atEnd).toBe(true);
});
