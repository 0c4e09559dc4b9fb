import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInParts } from '../../../../../frontends/http/senders/datadog/list-parts.ts';
import { atOnce } from '../../../../../src/kit/slices.ts';

const PART = 128 * 1024;
const parsed = (text: string) => atOnce(parseInParts(Buffer.from(text), 'series'));
/** Elements whose text is full of what divides elements, more than a part of them. */
const element = JSON.stringify({ metric: 'é]}"\\', points: [[1, 2], { a: [3, '[,]'] }], tags: ['a:"b",', '\\'] });
const elements = (bytes: number) => Array.from({ length: Math.ceil(bytes / element.length) }, () => element).join(', ');
const long = elements(3 * PART);

describe('a long list', () => {
  it.each([
    [`{"series":[${long}]}`],
    [` {"a" : "series", "b": {"series": [1]}, "series" : [ ${long} ] , "c":[[]], "d":"]" } \n`],
    [`{"__proto__":1,"series":[${long}],"a\\"series":2}`],
    [`{"series":[${long}],"series":[1]}`],
    [`{"series":{"a":[${long}]}}`],
    [`{"other":[${long}]}`],
    [`[{"series":[${long}]}]`],
    [`["series",[${long}]]`],
    [`{"series":[${' '.repeat(2 * PART)}]}`],
    [`{"series":[],"a":"${'x'.repeat(2 * PART)}"}`],
    [`{"series":["${'x'.repeat(2 * PART)}",1]}`],
  ])('is as JSON.parse gives it %#', (text) => {
    expect(parsed(text)).toEqual(JSON.parse(text));
  });

  it.each([
    [`{"series":[${long},]}`],
    [`{"series":[,${long}]}`],
    [`{"series":[${long},,${long}]}`],
    [`{"series":[${long}}`],
    [`{"series":[${long}]`],
    [`{"series":[${long}`],
    [`{"series":[${long}}]`],
    [`{"series" [${long}]}`],
    [`{"a":"series"[${long}]}`],
    [`{"series":[${long}]} x`],
    [`{"series":["${'x'.repeat(2 * PART)}`],
  ])('that is broken is none for JSON.parse either %#', (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(() => parsed(text)).toThrow(SyntaxError);
  });

  it('with damage anywhere is what JSON.parse says of it', () => {
    const text = `{"series":[${elements(1.2 * PART)}],"x":1}`;
    const outcome = (read: () => unknown) => {
      try {
        return JSON.stringify(read());
      } catch {
        return 'none';
      }
    };
    fc.assert(
      fc.property(
        fc.oneof(fc.nat(40), fc.nat(text.length), fc.integer({ min: text.length - 40, max: text.length })),
        fc.nat(2),
        fc.constantFrom('', ',', ']', '}', '[', '{', '"', '\\', ' ', '1'),
        (at, cut, piece) => {
          const damaged = text.slice(0, at) + piece + text.slice(at + cut);
          expect(outcome(() => parsed(damaged))).toBe(outcome(() => JSON.parse(damaged)));
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  it('is parsed with a pause at least every 128 KiB or so', () => {
    const steps = [...parseInParts(Buffer.from(`{"series":[${elements(20 * PART)}]}`), 'series')];
    expect(steps.length).toBeGreaterThanOrEqual(20);
    expect([...parseInParts(Buffer.from('{"series":[1]}'), 'series')]).toEqual([]);
  });
});
