import { describe, expect, it } from 'vitest';
import type { FieldValue } from '../../../../frontends/http/rules/fields.ts';
import { namesOf, PatternFault, parsePattern, patternParser } from '../../../../frontends/http/rules/pattern.ts';

function read(pattern: string, text: string): Record<string, FieldValue> | undefined {
  const parsed = parsePattern(pattern);
  const names = namesOf(parsed);
  const values: FieldValue[] = names.map(() => undefined);
  const message = { text: () => text, json: () => undefined, fields: undefined };
  if (!patternParser(parsed, names)(message, values)) return undefined;
  return Object.fromEntries(names.map((name, slot) => [name, values[slot]]));
}

describe('a pattern', () => {
  it.each<[string, string, Record<string, FieldValue> | undefined]>([
    ['job <job> took <ms>ms', 'job mail took 12ms today', { job: 'mail', ms: '12' }],
    ['job <job> took <ms>ms', 'a job mail took 12ms', undefined],
    ['<_> took <ms>ms', 'a job took 12ms', { ms: '12' }],
    ['<_> took <ms>ms', 'a job took 12s', undefined],
    ['<a> <rest>', 'x y z', { a: 'x', rest: 'y z' }],
    ['a < b <c>', 'a < b x', { c: 'x' }],
    ['<_> "<method> <_>" <status> ', 'h "GET /" 200 5', { method: 'GET', status: '200' }],
    ['<_> "<path>" <status> ', 'h "/\\" 500 " 200 5', { path: '/\\" 500 ', status: '200' }],
    ['<_> "<path>" <status> ', 'h "/\\\\" 200 5', { path: '/\\\\', status: '200' }],
  ])('%s of %j', (pattern, text, expected) => {
    expect(read(pattern, text)).toEqual(expected);
  });

  it.each([
    ['took', 'has no "<name>", which takes what stands there'],
    ['<a><b>', 'has "<a><b>", with nothing between the two'],
    ['<a> <a>', 'has "<a>" twice'],
  ])('%s %s', (pattern, message) => {
    expect(() => parsePattern(pattern)).toThrow(new PatternFault(message));
  });
});
