import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Dialect, defaultSettings } from '../../src/config/settings.ts';
import { createLineReader, type ReadingRules } from '../../src/explain/line-reader.ts';
import { createVerdicts, type Verdict } from '../../src/explain/line-verdict.ts';

/** By a shard, which is how lines are read that are aggregated. */
function byShard(rules: ReadingRules, settings: typeof defaultSettings): (line: Uint8Array) => Verdict {
  const read = createLineReader(rules, settings);
  return (line) => {
    const reading = read(line);
    switch (reading.kind) {
      case 'rejected':
        return { outcome: 'rejected', reason: reading.reason, advice: reading.advice, names: [] };
      case 'dropped':
        return { outcome: 'dropped', reason: reading.reason, names: [] };
      case 'serviceCheck':
        return { outcome: 'serviceCheck', names: [reading.check.name] };
      case 'samples':
        return { outcome: 'aggregated', names: [...new Set(reading.series.map(({ identity }) => identity.name))] };
      default:
        return { outcome: reading.kind, names: [] };
    }
  };
}

const pick = (...texts: string[]) => fc.constantFrom(...texts);
const name = fc.oneof(
  pick(
    'a',
    '',
    '_x',
    'a b',
    'é',
    'a/b',
    'web,env=prod',
    'web#env=prod',
    'web[env=prod]',
    'x;k=v',
    'n'.repeat(40),
    'a\0',
    '_e{1,1}',
    '_sc|up',
  ),
  fc.string({ maxLength: 6 }),
);
const value = fc.oneof(
  pick('1', '-1', '+1', '1.5', '1e3', '0x1', '', 'x', '1:2', '1:x', 'é', ' 1'),
  fc.double().map(String),
);
const type = pick('c', 'g', 'ms', 'h', 'd', 's', 'm', 'x', '', 'c:2|ms', 'c ', 'ms|@0.1:3|c');
const field = pick(
  '',
  '|@0.5',
  '|@2',
  '|@x',
  '|#env:prod,b',
  '|#\u0001',
  `|#${'t:v,'.repeat(30)}`,
  '|T1700000000',
  '|Tx',
  '|c:id',
  '|e:it-false',
  '|',
  '\r',
  '\0',
);
const line = fc.oneof(
  fc.tuple(name, value, type, field, field).map(([a, b, c, d, e]) => `${a}:${b}|${c}${d}${e}`),
  pick('', '\r', '_e{2,2}:up|ok', '_e{2,2}:up', '_e{0,0}:|', '_sc|db|1', '_sc|db|9', '_sc|db|1|#a:b', 'a'.repeat(100)),
  fc.string({ maxLength: 12 }),
);

const rules: Record<string, ReadingRules['rules']> = {
  none: undefined,
  styles: { tagStyles: ['influxdb', 'librato', 'signalfx'] },
  tags: { tags: ['service:web'], originTags: true },
};
const limits = { ...defaultSettings.limits, lineLength: 80, nameLength: 30, tags: 8, tagLength: 12 };

it.each(['auto', 'dogstatsd', 'statsd'] as const satisfies readonly Dialect[])('%s: as a shard does it', (dialect) => {
  for (const given of Object.values(rules)) {
    const settings = { ...defaultSettings, limits };
    const front = { dialect, rules: given };
    const [fast, slow] = [createVerdicts(front, settings), byShard(front, settings)];
    fc.assert(
      fc.property(line, (text) => {
        const bytes = Buffer.from(text.replaceAll('\n', ''));
        expect([text, fast(bytes)]).toEqual([text, slow(bytes)]);
      }),
      { numRuns: 1500 },
    );
  }
});

it('drops what there is no room for at all', () => {
  const none = { ...defaultSettings, limits: { ...limits, points: 0, events: 0, serviceChecks: 0 } };
  const read = createVerdicts({ dialect: 'auto' }, none);
  expect(['a:1|c|T12', '_e{2,2}:up|ok', '_sc|db|1', 'a:1|c'].map((text) => read(Buffer.from(text)))).toEqual([
    { outcome: 'dropped', reason: 'points', names: [] },
    { outcome: 'dropped', reason: 'events', names: [] },
    { outcome: 'dropped', reason: 'service_checks', names: [] },
    { outcome: 'aggregated', names: ['a'] },
  ]);
});
