import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitObject, splitValues } from '../../../../frontends/http/json/split.ts';
import { atOnce } from '../../../../src/kit/slices.ts';

const never = () => false;

/** The values of a body, and the number of places that are none. */
function split(body: Buffer | string) {
  const bytes = Buffer.from(body as string);
  const values: unknown[] = [];
  const take = (start: number, end: number) => {
    try {
      values.push(JSON.parse(bytes.toString('utf8', start, end)));
      return true;
    } catch {
      return false;
    }
  };
  return { values, bad: atOnce(splitValues(bytes, { take, pause: never })) };
}

describe('the records of a body', () => {
  it.each<[what: string, body: string]>([
    ['lines', '{"n":1}\n{"n":2}\n{"n":3}'],
    [
      'lines that end with CR LF, with a byte order mark in front and blank lines between',
      '\ufeff{"n":1}\r\n\r\n{"n":2}\n \n{"n":3}\r\n',
    ],
    ['a list', '[{"n":1},{"n":2},{"n":3}]'],
    ['a list with an element a line', '[\n  {"n":1},\n  {"n":2},\n  {"n":3}\n]\n'],
    ['a list a line', '[{"n":1}]\n[{"n":2},{"n":3}]'],
    ['values one behind the other', '{"n":1}{"n":2} {"n":3}'],
    ['values with record separators', '\u001e{"n":1}\n\u001e{"n":2}\n\u001e{"n":3}\n'],
    ['values over many lines', '{\n  "n": 1\n}\n{\n  "n": 2\n}\n{"n":3}'],
    ['lists of lists', '[[{"n":1}],[{"n":2},[{"n":3}]]]'],
    ['lines with a comma behind', '{"n":1},\n{"n":2},\n{"n":3},'],
  ])('are %s', (_, body) => {
    expect(split(body)).toEqual({ values: [{ n: 1 }, { n: 2 }, { n: 3 }], bad: 0 });
  });

  it.each([
    ['', []],
    [' \n\r\n', []],
    ['[]', []],
    ['"a" 1 true null {}', ['a', 1, true, null, {}]],
    ['[1,"a"]', [1, 'a']],
  ])('may be few or of any kind: %j', (body, values) => {
    expect(split(body)).toEqual({ values, bad: 0 });
  });

  it.each<[what: string, body: string, bad: number]>([
    ['a text that is cut off', '{"n":1}\n{"a":"cut\n{"n":2}\n{"n":3}\n', 1],
    ['an object that is cut off behind a value', '{"n":1}\n{"a":1\n{"n":2}\n{"n":3}\n', 1],
    ['an object that is cut off behind a colon', '{"n":1}\n{"a":\n{"n":2}\n{"n":3}\n', 1],
    ['an object that is cut off at the end', '{"n":1}\n{"n":2}\n{"n":3}\n{"a":[{"b":1}', 1],
    ['a line of text', '{"n":1}\nhello, {world}\n{"n":2}\n{"n":3}\n', 1],
    ['bytes', '{"n":1}\n\u0000\u0001\n{"n":2}\n{"n":3}\n', 1],
    ['what only looks like an object', '{"n":1}{bad}{"n":2}\n{"a":1 2}\n{"n":3}', 2],
    ['an element that is none', '[{"n":1},{bad},{"n":2},oops,{"n":3}]', 2],
    ['an element that is cut off', '[{"n":1},{"a":"x,{"n":2},{"n":3}]', 1],
    ['a list that is cut off', '[{"n":1},{"n":2},{"n":3}', 1],
    ['a list that is cut off within an element', '[{"n":1},{"n":2},{"n":3},{"a":"x', 2],
    ['too many brackets', '[{"n":1}]]{"n":2}]{"n":3}', 0],
  ])('lose nothing by %s', (_, body, bad) => {
    const { values, ...rest } = split(body);
    expect(values).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }, { n: 3 }]));
    expect(rest).toEqual({ bad });
  });

  it('are not read when they are too long, or have too many parts, and cost nothing that follows', () => {
    const long = `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`;
    const many = `{"a":[${'1,'.repeat(40_000)}1]}`;
    expect(split(`{"n":1}\n${long}\n${many}\n{"n":2}`)).toEqual({ values: [{ n: 1 }, { n: 2 }], bad: 2 });
    expect(split(`[{"n":1},${long},${many},{"n":2}]`)).toEqual({ values: [{ n: 1 }, { n: 2 }], bad: 2 });
  });

  it('may have names that mean something to JavaScript', () => {
    const { values } = split('{"__proto__":{"a":1},"constructor":2}\n{"a":1,"a":2}');
    expect(Object.getPrototypeOf(values[0])).toBe(Object.prototype);
    expect(JSON.stringify(values)).toBe('[{"__proto__":{"a":1},"constructor":2},{"a":2}]');
  });

  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
  const written = fc
    .tuple(object, fc.constantFrom(undefined, 1, '\t'))
    .map(([value, blanks]) => JSON.stringify(value, null, blanks));

  it('are those of JSON.parse, whatever they hold and stand between', () => {
    fc.assert(
      fc.property(
        fc.array(written),
        fc.constantFrom('', '\n', '\r\n', ' ', ',', ',\n'),
        fc.boolean(),
        (texts, between, isList) => {
          const body = isList ? `[${texts.join(between === '' ? ',' : between)}]` : texts.join(between);
          expect(split(body)).toEqual({ values: texts.map((text) => JSON.parse(text)), bad: 0 });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('before and behind a place where lines were cut out are all there', () => {
    const line = object.map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.array(line), line, fc.array(line), fc.nat(), (before, cut, after, place) => {
        const rest = cut.slice(0, 1 + (place % (cut.length - 1)));
        const { values } = split([...before, rest, ...after].join('\n'));
        for (const text of [...before, ...after]) expect(values).toContainEqual(JSON.parse(text));
      }),
      { numRuns: 150 },
    );
  });

  it('are looked for in any bytes without an end, or an error', () => {
    const alphabet = fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '\n', ' ', 'a', '1', '{"n":1}');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 60 }), (pieces) => {
        expect(split(pieces.join('')).bad).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('are found in time that grows with the body only', () => {
    const looks = { count: 0 };
    for (const piece of ['{\n', '{"a":\n', '[', '{"a":{', '"', '[{"a":"b" x,', '{"a":[1,\n']) {
      const body = Buffer.from(piece.repeat(50_000));
      const steps = splitValues(body, {
        take: () => {
          looks.count++;
          return false;
        },
        pause: never,
      });
      atOnce(steps);
    }
    expect(looks.count).toBeLessThan(7 * 50_000 * 2);
  });

  it('are walked through about twice where none of them ends', () => {
    let pauses = 0;
    const pause = () => {
      pauses++;
      return false;
    };
    // Each line begins lists that go on in the next ones, and is as long as what is walked through between two pauses.
    atOnce(splitValues(Buffer.from(`{"x":[${'1,'.repeat(131_072)}\n`.repeat(40)), { take: never, pause }));
    expect(pauses).toBeLessThan(200);
  });

  it('are tried once as a line where several stand in it', () => {
    let takes = 0;
    const take = (start: number, end: number) => {
      takes++;
      return end - start === 7;
    };
    expect(atOnce(splitValues(Buffer.from('{"n":1}'.repeat(1000)), { take, pause: never }))).toBe(0);
    expect(takes).toBe(1001);
  });

  it('are waited for when the taker asks for it, between them and within a long one', () => {
    const pauses: number[] = [];
    const taker = {
      take: () => true,
      pause: (at: number) => {
        pauses.push(at);
        return true;
      },
    };
    let steps = 0;
    for (const _ of splitValues(Buffer.from(`{}\n{}\n{"a":"${'x'.repeat(600_000)}"}`), taker)) steps++;
    expect(steps).toBe(pauses.length);
    expect(pauses.slice(0, 3)).toEqual([0, 3, 6]);
    expect(pauses.length).toBeGreaterThan(5);
  });
});

describe('the elements of a list in an object', () => {
  function splitList(text: string, start = 0) {
    const bytes = Buffer.from(text);
    const fields: string[] = [];
    const elements: unknown[] = [];
    const result = atOnce(
      splitObject(bytes, start, {
        list: 'records',
        field: (key, from, to) => fields.push(`${key} ${bytes.toString('utf8', from, to)}`),
        take(from, to) {
          const element: unknown = JSON.parse(bytes.toString('utf8', from, to));
          elements.push(element);
          return element !== 0;
        },
        pause: never,
      }),
    );
    return { ...result, fields, elements };
  }

  it.each<[text: string, expected: object]>([
    ['{}', { end: 2, bad: 0, fields: [], elements: [] }],
    ['{"records":[]}', { end: 14, fields: [], elements: [] }],
    [
      ' { "a" : "b" , "records" : [ {"x":"]"} , 0 , [2] ] , "c" : {"records":[1]} } rest',
      { end: 76, bad: 1, fields: ['a "b"', 'c {"records":[1]}'], elements: [{ x: ']' }, 0, [2]] },
    ],
    ['{"records":{"a":1}}', { end: 19, fields: ['records {"a":1}'], elements: [] }],
  ])('are found: %s', (text, expected) => {
    expect(splitList(text)).toMatchObject(expected);
  });

  it.each(['', '[]', '{', '{"records":[1', '{"records":[1 2]}', '{"a"}', '{a:1}', '{"a":1 "b":2}', '{"records":[1],'])(
    'are those before the end of what is no whole object: %s',
    (text) => {
      expect(splitList(text).end).toBe(-1);
    },
  );

  it('are those of the object that begins at a place', () => {
    expect(splitList('{"a":1} {"records":[1]}', 7)).toMatchObject({ end: 23, elements: [1] });
  });
});
