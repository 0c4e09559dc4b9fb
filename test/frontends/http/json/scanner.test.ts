import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScanner, DEEPEST } from '../../../../frontends/http/json/scanner.ts';

/** What a scanner says of the value at the start of `text`, in turns of `stride` bytes, and where it stands then. */
function scan(text: string, stride = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(text);
  const scanner = createScanner(bytes);
  scanner.begin(0);
  for (let limit = Math.min(stride, bytes.length); ; limit = Math.min(limit + stride, bytes.length)) {
    const state = scanner.run(limit);
    if (state !== 'more' || limit === bytes.length) return { state, at: scanner.at };
  }
}

describe('the end of a value', () => {
  it.each<[text: string, end: number]>([
    ['{}', 2],
    ['{} {}', 2],
    ['[1,[2],{"a":[]}]x', 16],
    ['{"a":"}"}\n', 9],
    ['{"a\\"}":1}', 10],
    ['"a\\\\"b', 5],
    ['""', 2],
    ['-1.5e3,', 6],
    ['true\n', 4],
    ['null', 4],
    [' {"é":"}"}', 11],
  ])('is found: %s', (text, at) => {
    for (const stride of [1, 3, Number.POSITIVE_INFINITY]) expect(scan(text, stride)).toEqual({ state: 'done', at });
  });

  it.each<[text: string, at: number]>([
    ['{"a":"cut\n{"b":1}', 9],
    ['{"a":1\n{"b":1}', 7],
    ['{"a":1,\n{"b":1}', 8],
    ['{"a":{"b":1\n{"c":1}', 12],
    ['{"a":[1}', 7],
    ['}', 0],
    [',', 0],
    ['{"a":"x\\\n"}', 8],
    ['{"a":\u0001}', 5],
    ['{"a" "b"}', 5],
    ['"a\\', 2],
  ])('is known not to come: %j', (text, at) => {
    expect(scan(text)).toEqual({ state: 'broken', at });
  });

  it.each(['{', '{"a":"b', '[1,', '"'])('may lie behind the body: %s', (text) => {
    expect(scan(text).state).toBe('more');
  });

  it(`is not looked for in more than ${DEEPEST} lists in each other`, () => {
    expect(scan('['.repeat(DEEPEST) + ']'.repeat(DEEPEST)).state).toBe('done');
    expect(scan('['.repeat(DEEPEST + 1) + ']'.repeat(DEEPEST + 1)).state).toBe('broken');
  });

  it('is that of any JSON, whatever follows and however often it pauses', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 5 }),
        fc.constantFrom('', '\n', ' {"a":1}', ',', ']'),
        fc.integer({ min: 1, max: 9 }),
        (json, rest, stride) => {
          expect(scan(json + rest, stride)).toEqual({ state: 'done', at: Buffer.byteLength(json) });
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('counts the parts of a value', () => {
  const scanner = createScanner(Buffer.from('{"a":[1,2],"b":{"c":",:[{"}}'));
  scanner.begin(0);
  scanner.run(28);
  expect(scanner.parts).toBe(8);
});
