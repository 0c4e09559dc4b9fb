import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldValue, Message } from '../../../../frontends/http/rules/fields.ts';
import { logfmtParser } from '../../../../frontends/http/rules/logfmt.ts';

const messageOf = (text: string): Message => ({ text: () => text, json: () => undefined, fields: undefined });

function read(text: string, names: readonly string[] = ['a', 'b']): readonly FieldValue[] | undefined {
  const values: FieldValue[] = names.map(() => undefined);
  return logfmtParser(names)(messageOf(text), values) ? values : undefined;
}

describe('logfmt', () => {
  it.each<[string, string, readonly FieldValue[] | undefined]>([
    ['fields', 'a=1 b=2', ['1', '2']],
    ['fields behind other text', 'I, [x] INFO -- : a=1 text b=2', ['1', '2']],
    ['quotes with quotes in them', 'a="x \\"y\\" \\\\" b=2', ['x "y" \\', '2']],
    ['no field in quotes', 'c="b=9" a=1', ['1', undefined]],
    ['no field in quotes without a key', 'a=1 "b=9 x" ', ['1', undefined]],
    ['no field behind a quote that is not closed', 'a=1 c="cut b=2', ['1', undefined]],
    ['no field behind a quote of its own that is not closed', 'a=1 b="cut', ['1', undefined]],
    ['a quote behind a word as text', '5" pipe a=1', ['1', undefined]],
    ['an empty value', 'a= b=2', ['', '2']],
    ['a value with the equals sign', 'a=x=y', ['x=y', undefined]],
    ['no longer key', 'aa=1 xa=2 b=3', [undefined, '3']],
    ['values with a comma or semicolon behind them', 'a=1, b=2;', ['1', '2']],
    ['a field twice alike', 'a=1 a=1', ['1', undefined]],
    ['no line with a field twice and not alike', 'a=1 b=2 a=3', undefined],
    ['no line without any of the fields', 'c=1', undefined],
    ['nothing of an empty line', '', undefined],
  ])('reads %s', (_what, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('takes every line where no field is asked for', () => {
    expect(read('text', [])).toEqual([]);
  });

  it('gives back what was quoted, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[^\s"=,;]+$/), (quoted, bare) => {
        const text = `a="${quoted.replace(/(["\\])/g, '\\$1')}" b=${bare}`;
        expect(read(text)).toEqual([quoted, bare]);
      }),
      { numRuns: 300 },
    );
  });
});
