import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createByteReader } from '../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../src/kit/byte-writer.ts';

const anyPart = fc.oneof(
  fc.nat(0xffff_ffff).map((whole) => ({ whole })),
  fc
    .oneof(
      fc.double(),
      fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE),
    )
    .map((number) => ({ number })),
  // Of any UTF-16 units: pairs, lone surrogates, NUL.
  fc.array(fc.nat(0xffff)).map((units) => ({ text: String.fromCharCode(...units) })),
  fc.constantFrom('', 'plain', 'ÿ', '\ud800', 'x'.repeat(10_000), '€'.repeat(5000)).map((text) => ({ text })),
);

it('has any numbers and texts come back as they were', () => {
  fc.assert(
    fc.property(fc.array(anyPart), (parts) => {
      const writer = createByteWriter();
      for (const part of parts) {
        if ('whole' in part) writer.whole(part.whole);
        else if ('number' in part) writer.number(part.number);
        else writer.text(part.text);
      }
      const { length } = writer;
      const bytes = writer.take();
      expect([bytes.length, writer.length]).toEqual([length, 0]);
      const reader = createByteReader(bytes);
      for (const part of parts) {
        if ('whole' in part) expect(reader.whole()).toBe(part.whole);
        else if ('number' in part) expect(reader.number()).toBe(part.number);
        else expect(reader.text()).toBe(part.text);
      }
      expect(reader.atEnd).toBe(true);
    }),
  );
});

it('gives bytes that what is written later does not change', () => {
  const writer = createByteWriter();
  writer.text('first');
  const first = writer.take();
  writer.text('other');
  expect(createByteReader(first).text()).toBe('first');
});
