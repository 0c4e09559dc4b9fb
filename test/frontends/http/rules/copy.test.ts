import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyOf } from '../../../../frontends/http/rules/copy.ts';

it('a copy is the same text, lone surrogates too', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
      (text) => copyOf(text) === text,
    ),
  );
  expect(copyOf('\ud800')).toBe('\ud800');
});
