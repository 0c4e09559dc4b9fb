import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS_OBJECT } from '../../../../../frontends/http/senders/otlp/json-metrics.ts';
import type { Fields } from '../../../../../frontends/http/senders/otlp/json-values.ts';
import { walkJson } from '../../../../../frontends/http/senders/otlp/json-walk.ts';
import { type Head, LONGEST_LEAF } from '../../../../../frontends/http/senders/otlp/model.ts';
import { isRefusal } from '../../../../../src/kit/http/refusal.ts';

/** What is told of a body: heads that say something, and points as they are. */
function told(body: string | Buffer, spent = () => false) {
  const heads: Head[] = [];
  const leaves: Fields[] = [];
  const refused: string[] = [];
  const walk = walkJson(
    Buffer.from(body),
    METRICS_OBJECT,
    (fields: Fields) => fields,
    {
      open: (head) => heads.push(head),
      leaf: (fields) => {
        leaves.push(fields);
        return false;
      },
      refuse: (why) => refused.push(why),
      *flush() {},
    },
    spent,
  );
  let turns = 0;
  while (walk.next().done !== true) turns++;
  return { heads, leaves, refused, turns };
}

const nest = (metric: string) => `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`;

describe('a walk through JSON', () => {
  it('tells of what holds a list before the list, wherever that stands', () => {
    const body = `\ufeff {
      "resource_metrics" : [ { "scopeMetrics": [ { "metrics": [
        { "sum": { "dataPoints": [ {"asInt":"1"} , {"asInt":2} ], "isMonotonic": true, "aggregation_temporality": 2 }, "unit": "s", "name": "a\\"]" }
      ], "scope": { "name": "lib", "version": "1" } } ], "resource": { "attributes": [ { "key": "k", "value": { "stringValue": "v" } } ] }, "x": [[{"}": "]"}]] } ]
    } `;
    expect(told(body)).toMatchObject({
      heads: [
        { level: 'request' },
        { level: 'resource', attributes: [{ key: 'k', value: 'v' }] },
        { level: 'scope', name: 'lib', version: '1', attributes: [] },
        { level: 'metric', name: 'a"]', unit: 's' },
        { level: 'data', kind: 'sum', temporality: 'cumulative', monotonic: true },
      ],
      leaves: [{ asInt: '1' }, { asInt: 2 }],
    });
  });

  it.each([
    '{}',
    '{"resourceMetrics":null}',
    '{"resourceMetrics":[]}',
    nest('{"sum":{}}'),
    nest('{"gauge":null,"name":null}'),
  ])('takes %s as empty', (body) => {
    expect(told(body)).toMatchObject({ leaves: [], refused: [] });
  });

  it.each([
    '',
    '[]',
    'null',
    '{',
    '{"resourceMetrics":[',
    '{"resourceMetrics":{}}',
    '{"resourceMetrics":[5]}',
    '{"resourceMetrics":[{}}',
    '{"a":1,}',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '{} x',
    '{"a":"',
    nest('{"name":nul}'),
    nest('{"gauge":{"dataPoints":[{"a":"}]}}'),
  ])('refuses %s, and has told of no point then', (body) => {
    const leaves: Fields[] = [];
    const sink = {
      open: () => undefined,
      leaf: (fields: Fields) => leaves.push(fields) < 0,
      refuse: () => undefined,
      *flush() {},
    };
    const read = () => {
      const walk = walkJson(
        Buffer.from(body),
        METRICS_OBJECT,
        (fields: Fields) => fields,
        sink,
        () => false,
      );
      while (walk.next().done !== true);
    };
    expect(read).toThrow(expect.objectContaining({ status: 400 }));
    expect(leaves).toEqual([]);
  });

  it('refuses a point that is too long or broken, and takes the others', () => {
    const long = JSON.stringify({ attributes: 'x'.repeat(LONGEST_LEAF) });
    const { leaves, refused } = told(nest(`{"gauge":{"dataPoints":[{"asInt":1},${long},{"asInt":tru},{"asInt":2}]}}`));
    expect(leaves).toEqual([{ asInt: 1 }, { asInt: 2 }]);
    expect(refused).toEqual([`one is longer than ${LONGEST_LEAF} bytes`, 'one is no object of JSON']);
  });

  it('gives way in long lists, long values and long points', () => {
    const points = Array(800).fill('{"asInt":1}').join();
    expect(told(nest(`{"gauge":{"dataPoints":[${points}]}}`), () => true).turns).toBeGreaterThanOrEqual(20);
    expect(told(`{"x":"${'y'.repeat(1_000_000)}"}`, () => true).turns).toBeGreaterThanOrEqual(25);
    expect(
      told(nest(`{"gauge":{"dataPoints":[${`{"x":"${'y'.repeat(500_000)}"}`}]}}`), () => true).turns,
    ).toBeGreaterThanOrEqual(12);
  });

  it('finds the points that JSON.parse finds, in whatever notation', () => {
    const points = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 });
    fc.assert(
      fc.property(points, fc.string(), fc.boolean(), (given, name, blanks) => {
        const body = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ gauge: { dataPoints: given }, name }] }] }] };
        const { leaves, heads } = told(JSON.stringify(body, undefined, blanks ? 2 : 0));
        expect(leaves).toEqual(JSON.parse(JSON.stringify(given)));
        expect(heads.find(({ level }) => level === 'metric')?.name).toBe(name);
      }),
      { numRuns: 100 },
    );
  });

  it('throws nothing but refusals, whatever is changed in a body', () => {
    const body = nest('{"name":"a","sum":{"dataPoints":[{"asInt":"1"},{"asInt":2}],"isMonotonic":true}}');
    const characters = fc.constantFrom(...'{}[]",:\\ nx1');
    fc.assert(
      fc.property(fc.nat(body.length), fc.nat(4), fc.array(characters, { maxLength: 3 }), (at, gone, more) => {
        try {
          told(body.slice(0, at) + more.join('') + body.slice(at + gone));
        } catch (error) {
          expect(isRefusal(error)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
