import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../frontends/http/records/record.ts';
import type { FieldValue } from '../../../../frontends/http/rules/fields.ts';
import { jsonParser, objectIn } from '../../../../frontends/http/rules/json-fields.ts';

function read(names: readonly string[], own: JsonObject | undefined, fields?: JsonObject) {
  const values: FieldValue[] = names.map(() => undefined);
  return jsonParser(names)({ text: () => '', json: () => own, fields }, values) ? values : undefined;
}

describe('fields of JSON', () => {
  it('are found by dotted paths, and by keys with dots', () => {
    const own = { a: { b: 1, 'c.d': 2 }, 'a.x': 'flat', list: [{ n: 'first' }], t: true, none: null };
    const names = ['a.b', 'a.x', 'list.0.n', 't', 'none', 'a', 'a.b.c', 'constructor', '__proto__.x', 'list.length'];
    expect(read(names, own)).toEqual([
      1,
      'flat',
      'first',
      'true',
      undefined,
      undefined,
      ...Array(3).fill(undefined),
      1,
    ]);
  });

  it('of the text count before those of the record around it', () => {
    expect(read(['a', 'b', 'c'], { a: 1 }, { a: 2, b: 3 })).toEqual([1, 3, undefined]);
    expect(read(['a'], undefined, { a: 2 })).toEqual([2]);
    expect(read(['a'], undefined)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['{"a":1}', { a: 1 }],
    ['<13>Oct 11 host app[7]: {"a":1}\n', { a: 1 }],
    ['[x] {y} {"a":{"b":2}} tail', { a: { b: 2 } }],
    ['{"a":', undefined],
    ['[{"a":1}', { a: 1 }],
    ['text', undefined],
    ['}{', undefined],
  ])('%j holds %j', (text, expected) => {
    expect(objectIn(text)).toEqual(expected);
  });
});
