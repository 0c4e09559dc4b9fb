import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonChunks } from '../../../backends/console/json.ts';
import { makeWindow, type SeriesInput, type WindowInput } from '../../helper/window.ts';

function linesOf(input: WindowInput): readonly string[] {
  const text = [...jsonChunks(makeWindow(input), 7)].join('');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

const CLOSING =
  '{"window":1700000010,"id":7,"type":"window","interval":10,"series":1,"received":1,"rejected":{},"dropped":{}}';

describe('JSON lines', () => {
  it.each<[SeriesInput, string]>([
    [
      { type: 'counter', name: 'a', tags: ['env:prod'], value: 3 },
      '{"window":1700000010,"id":7,"name":"a","type":"counter","tags":["env:prod"],"value":3,"rate":0.3}',
    ],
    [
      { type: 'gauge', name: 'a', value: -1.5 },
      '{"window":1700000010,"id":7,"name":"a","type":"gauge","tags":[],"value":-1.5}',
    ],
    [{ type: 'set', name: 'a', value: 2 }, '{"window":1700000010,"id":7,"name":"a","type":"set","tags":[],"value":2}'],
    ...(['timer', 'histogram', 'distribution'] as const).map((type): [SeriesInput, string] => [
      { type, name: 'a', values: [1, 2, 3, 6] },
      `{"window":1700000010,"id":7,"name":"a","type":"${type}","tags":[],"count":4,"sum":12,"min":1,"max":6,"mean":3,` +
        '"median":2.5,"stddev":1.8708286933869707,"percentiles":{"90":6}}',
    ]),
    [
      { type: 'gauge', name: 'x\n"\u001b[0m\u009b\u202e\u{e0001}', value: Number.NaN },
      '{"window":1700000010,"id":7,"name":"x\\n\\"\\u001b[0m\\u009b\\u202e\\udb40\\udc01","type":"gauge","tags":[],"value":null}',
    ],
  ])('%j', (series, line) => {
    expect(linesOf({ series: [series] })).toEqual([line, CLOSING]);
  });

  it('names every percentile', () => {
    const [line] = linesOf({ series: [{ type: 'timer', name: 't', values: [1, 2] }], percentiles: [99.9, 50, 90] });
    expect(JSON.parse(line!).percentiles).toEqual({ '50': 1, '90': 2, '99.9': 2 });
  });

  it('has events and service checks', () => {
    const [event, check] = linesOf({
      events: [
        {
          title: 'Deploy',
          text: 'two\nlines',
          timestamp: 1_700_000_001,
          priority: 'low',
          alertType: 'success',
          host: 'web1',
          tags: ['a:b'],
        },
      ],
      serviceChecks: [{ name: 'db', status: 2, timestamp: 1_700_000_002, message: 'down', tags: [] }],
    });
    expect(event).toBe(
      '{"window":1700000010,"id":7,"type":"event","title":"Deploy","text":"two\\nlines","timestamp":1700000001,' +
        '"priority":"low","alertType":"success","host":"web1","tags":["a:b"]}',
    );
    expect(check).toBe(
      '{"window":1700000010,"id":7,"type":"service_check","name":"db","status":2,"timestamp":1700000002,"message":"down","tags":[]}',
    );
  });

  it('has points with a time of their own, which are of types of their own', () => {
    const [point, gauge, closing] = linesOf({
      points: [
        { type: 'counter', name: 'a', tags: ['k:v'], host: 'h', timestamp: 5, value: 3 },
        { type: 'gauge', name: 'g\n', tags: [], timestamp: 2 ** 53 - 1, value: 0.5 },
      ],
    });
    expect(point).toBe(
      '{"window":1700000010,"id":7,"name":"a","type":"timed_counter","tags":["host:h","k:v"],"timestamp":5,"value":3}',
    );
    expect(gauge).toBe(
      '{"window":1700000010,"id":7,"name":"g\\n","type":"timed_gauge","tags":[],"timestamp":9007199254740991,"value":0.5}',
    );
    expect(JSON.parse(closing!)).toMatchObject({ type: 'window', series: 0 });
  });

  it('has a host as a tag like others', () => {
    const [line] = linesOf({ series: [{ type: 'gauge', name: 'g', tags: ['a', 'z'], host: 'h', value: 1 }] });
    expect(JSON.parse(line!).tags).toEqual(['a', 'host:h', 'z']);
  });

  it('closes each window with its account', () => {
    const lines = linesOf({
      received: 20,
      rejected: [
        ['bad_value', 2],
        ['__proto__', 3],
      ],
      dropped: [['constructor', 4]],
    });
    expect(lines).toEqual([
      '{"window":1700000010,"id":7,"type":"window","interval":10,"series":0,"received":20,' +
        '"rejected":{"bad_value":2,"__proto__":3},"dropped":{"constructor":4}}',
    ]);
  });

  it('gives the ends of short windows to the millisecond', () => {
    const [line] = linesOf({ startMs: 1_700_000_010_000, endMs: 1_700_000_013_456 });
    expect(line).toMatch(/^\{"window":1700000013\.456,"id":7,"type":"window","interval":3\.456,/);
  });

  it('comes in chunks of whole lines', () => {
    const series: SeriesInput[] = [];
    for (let i = 0; i < 5000; i++) series.push({ type: 'gauge', name: `g${i}`, value: i });
    const chunks = [...jsonChunks(makeWindow({ series }), 1)];
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) expect(chunk.endsWith('}\n')).toBe(true);
  });

  it('gives back any name and tag, on a line without control characters', () => {
    const anyText = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 3 }), (name, tags) => {
        const [line, closing] = linesOf({ series: [{ type: 'gauge', name, tags, value: 1 }] });
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(line!)).toEqual({ window: 1_700_000_010, id: 7, name, type: 'gauge', tags, value: 1 });
        expect(closing).toBe(CLOSING);
      }),
    );
  });
});
