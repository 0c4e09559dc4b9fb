import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { createLineReader, type LineReading } from '../../src/explain/line-reader.ts';

const auto = createLineReader({ dialect: 'auto' }, defaultSettings);

/** `type name tags`, and the amount. */
const series = (reading: LineReading) =>
  reading.kind === 'samples'
    ? reading.series.map(({ type, identity: { name, tags, host }, amount }) => [
        [type, name, ...tags, ...(host === undefined ? [] : [`@${host}`])].join(' '),
        amount,
      ])
    : reading;

describe('a line', () => {
  it.each([
    ['a:1|c|@0.1', [['counter a', { adds: 10 }]]],
    ['a:5|g', [['gauge a', { set: 5 }]]],
    ['a:+5|g', [['gauge a', { changes: 5 }]]],
    ['a:-5:-2|g', [['gauge a', { changes: -7 }]]],
    ['a:5|g:+2|g', [['gauge a', { set: 7 }]]],
    [
      'a:1:2|ms|@0.5|#b:1',
      [
        [
          'timer a b:1',
          {
            values: [
              { value: 1, weight: 2 },
              { value: 2, weight: 2 },
            ],
          },
        ],
      ],
    ],
    ['a:3|d', [['distribution a', { values: [{ value: 3, weight: 1 }] }]]],
    ['a:x:y|s', [['set a', { members: ['x:y'] }]]],
    ['a;k=v:1|h|#b,host:web', [['histogram a b k:v @web', { values: [{ value: 1, weight: 1 }] }]]],
    [
      'a:1|c:2|g',
      [
        ['counter a', { adds: 1 }],
        ['gauge a', { set: 2 }],
      ],
    ],
    ['a:7|g|T1700000000', [['gauge a', { value: 7, timestamp: 1_700_000_000 }]]],
  ])('%s', (line, expected) => {
    expect(series(auto(line))).toEqual(expected);
    // The second time its key is known.
    expect(series(auto(line))).toEqual(expected);
  });

  it.each([
    ['a', 'no_value', 'a line is name:value|type, such as page.views:1|c'],
    ['a:1|x', 'unknown_type', 'the type must be c, m, g, ms, h, d or s'],
    ['a:b:c|g', 'bad_value', expect.stringMatching(/no ":" is part of a name or a number$/)],
    ['statsdrain.up:1|c', 'reserved_name', expect.anything()],
    ['_sc|', 'bad_service_check', expect.anything()],
    [`${'x'.repeat(70_000)}:1|c`, 'line_too_long', expect.anything()],
  ])('%s is rejected', (line, reason, advice) => {
    expect(auto(line)).toEqual({ kind: 'rejected', reason, advice });
  });

  it('may be an event, a check, or none', () => {
    expect(auto('_e{1,1}:a|b|#x')).toMatchObject({ kind: 'event', event: { title: 'a', tags: ['x'] } });
    expect(auto('_sc|db|2')).toMatchObject({ kind: 'serviceCheck', check: { name: 'db', status: 2 } });
    expect(auto('\r')).toEqual({ kind: 'blank' });
  });

  it('is read in the dialect of its front-end', () => {
    const statsd = createLineReader({ dialect: 'statsd' }, defaultSettings);
    const agent = createLineReader({ dialect: 'dogstatsd' }, defaultSettings);
    expect(series(statsd('a b,c:1|c'))).toEqual([['counter a_bc', { adds: 1 }]]);
    expect(series(agent('g:+5|g'))).toEqual([['gauge g', { set: 5 }]]);
    expect(agent('a:1|m')).toMatchObject({ kind: 'rejected', reason: 'unknown_type' });
    const tags = Array.from({ length: 70 }, (_, tag) => `t${tag + 10}`);
    const clipped = agent(`a:1|c|#${tags.join(',')}`);
    expect(clipped).toMatchObject({ clipped: true, series: [{ identity: { tags: tags.slice(0, 64) } }] });
    expect(auto(`a:1|c|#${tags.join(',')}`)).toMatchObject({ kind: 'rejected', reason: 'too_many_tags' });
  });

  it('is read by the rules of its front-end', () => {
    const rules = { prefix: 'p.', tags: ['z'], tagStyles: ['dogstatsd', 'influxdb', 'librato', 'signalfx'] as const };
    const read = createLineReader({ dialect: 'auto', rules }, defaultSettings);
    // Micrometer's TELEGRAF and SYSDIG, SignalFx, smira's Influx style.
    expect(series(read('a,k=v:1|c'))).toEqual([['counter p.a k:v z', { adds: 1 }]]);
    expect(series(read('a#k=v:1|c'))).toEqual([['counter p.a k:v z', { adds: 1 }]]);
    expect(series(read('a[k=v]b:1|c'))).toEqual([['counter p.ab k:v z', { adds: 1 }]]);
    expect(series(read('req.count,env=prod,status=200:1|c'))).toEqual([
      ['counter p.req.count env:prod status:200 z', { adds: 1 }],
    ]);
    expect(series(read('a:1|c|#k:v'))).toEqual([['counter p.a k:v z', { adds: 1 }]]);
    expect(read('a,k=v:1|c|#b')).toEqual({
      kind: 'rejected',
      reason: 'mixed_tag_styles',
      advice: 'tags are either part of the name or behind "|#", not both',
    });
  });

  it('may be dropped', () => {
    const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, events: 0 } };
    expect(createLineReader({ dialect: 'auto' }, settings)('_e{1,1}:a|b')).toEqual({
      kind: 'dropped',
      reason: 'events',
    });
  });
});
