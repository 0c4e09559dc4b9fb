import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/config/json.ts';

const noComments = 'JSON has no comments; remove it, or keep it as "_notes": ["…"] in the root';

describe('JSON of the configuration', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const pretty = JSON.stringify(JSON.parse(text), undefined, indent);
        expect(parseJson(pretty)).toEqual({ ok: true, value: JSON.parse(text), duplicates: [] });
      }),
    );
  });

  it('is refused where JSON.parse refuses it', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-0',
      '01',
      'true',
      'nul',
      ' ',
      '\n',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(parseJson(text).ok).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });

  it('may begin with a byte order mark', () => {
    expect(parseJson('\uFEFF{}')).toMatchObject({ ok: true });
  });

  it.each([
    ['', 1, 1, 'the file is empty'],
    ['  \n ', 2, 2, 'the file is empty'],
    ['{\n  "a": 1,\n}', 2, 9, 'a comma before "}"; remove it'],
    ['[1, 2,]', 1, 6, 'a comma before "]"; remove it'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'expected "," or "}", found a string'],
    ['{ "a" 1 }', 1, 7, 'expected ":" after the key, found "1"'],
    ['{ "a": }', 1, 8, 'expected a value, found "}"'],
    ['{ "a": udp }', 1, 8, 'expected a value, found "u"'],
    ['{ "a": 01 }', 1, 8, 'expected a value, found "0"'],
    ['{ a: 1 }', 1, 3, 'keys need double quotes (")'],
    ["{ 'a': 1 }", 1, 3, 'strings need double quotes (")'],
    ['{ "a": \'x\' }', 1, 8, 'strings need double quotes (")'],
    ['// mine\n{}', 1, 1, noComments],
    ['{\n  "a": 1, // one\n}', 2, 11, noComments],
    ['{\n  "a": [1,\n  2', 3, 4, 'the "[" of line 2 is never closed'],
    ['{ "a": "x', 1, 8, 'this string has no closing quote'],
    ['{ "a": "x\n" }', 1, 8, 'this string has no closing quote'],
    ['{ "a": "C:\\dir" }', 1, 11, 'an unknown escape in a string; a backslash itself is written "\\\\"'],
    ['{ "a": "\t" }', 1, 9, 'a control character in a string; write it as an escape such as "\\t"'],
    ['{} {}', 1, 4, 'expected the end of the file, found "{"'],
    ['['.repeat(200), 1, 102, 'nested more than 100 levels deep'],
  ])('%j is wrong in line %d, column %d: %s', (text, line, column, message) => {
    expect(parseJson(text)).toEqual({ ok: false, line, column, message });
  });

  it('tells of keys that are given twice', () => {
    const text =
      '{\n "a": { "b": 1,\n "b": 2 },\n "__proto__": 1,\n "list": [{ "\\u0061": 1, "a": 1 }],\n "__proto__": 2 }';
    expect(parseJson(text)).toMatchObject({
      ok: true,
      duplicates: [
        { path: ['a', 'b'], firstLine: 2, line: 3 },
        { path: ['list', 0, 'a'], firstLine: 5, line: 5 },
        { path: ['__proto__'], firstLine: 4, line: 6 },
      ],
    });
  });
});
