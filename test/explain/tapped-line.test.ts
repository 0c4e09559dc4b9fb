import { expect, it } from 'vitest';
import type { LoadedFrontend } from '../../src/config/load.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { createTapReader } from '../../src/explain/tapped-line.ts';

const frontend = (name: string, dialect: LoadedFrontend['dialect']) =>
  ({ name, dialect, block: '' }) as unknown as LoadedFrontend;

const frontends = [frontend('udp', 'auto'), frontend('old', 'statsd')];

it.each([
  ['udp', 'a:1|c', { outcome: 'aggregated', names: ['a'] }],
  ['udp', 'a b:1|c', { outcome: 'aggregated', names: ['a b'] }],
  ['old', 'a b:1|c', { outcome: 'aggregated', names: ['a_b'] }],
  ['old', 'a:1|c:2|g', { outcome: 'aggregated', names: ['a'] }],
  ['udp', '_e{2,2}:up|ok', { outcome: 'event', names: [] }],
  ['udp', '_sc|db|1', { outcome: 'serviceCheck', names: ['db'] }],
  ['udp', '\r', { outcome: 'blank', names: [] }],
  ['udp', 'a:x|c', { outcome: 'rejected', reason: 'bad_value', names: [] }],
  ['udp', `${'x'.repeat(9000)}:1|c`, { outcome: 'rejected', reason: 'line_too_long', names: [] }],
  ['udp', `${'x'.repeat(2 ** 21)}:1|c`, { outcome: 'rejected', reason: 'line_too_long', names: [] }],
] as const)('at %s: %.20s', (name, line, expected) => {
  const read = createTapReader(() => ({ settings: defaultSettings, frontends }));
  expect(read(name, Buffer.from(line))).toMatchObject(expected);
});

it('tells lines apart that differ in a number', () => {
  const limits = { ...defaultSettings.limits, lineLength: 20 };
  const read = createTapReader(() => ({ settings: { ...defaultSettings, limits }, frontends }));
  const outcomes = (...lines: string[]) => lines.map((line) => read('udp', Buffer.from(line))?.outcome);
  expect(outcomes('a:1|c', 'a:12.5|c', 'a:x|c', 'a:1e999|c', 'a:1|c|@0.5', 'a:1|c|@7')).toEqual([
    'aggregated',
    'aggregated',
    'rejected',
    'rejected',
    'aggregated',
    'rejected',
  ]);
  expect(outcomes('_e{4,1}:1234|x', '_e{4,1}:1|x')).toEqual(['event', 'rejected']);
  expect(outcomes('abcdefgh:1|c|#a:b', 'abcdefgh:123456|c|#a:b')).toEqual(['aggregated', 'rejected']);
});

it('follows the configuration, and forgets names', () => {
  let config = { settings: defaultSettings, frontends };
  const read = createTapReader(() => config);
  for (let line = 0; line < 2500; line++) expect(read('udp', Buffer.from(`a${line}:1|c`))?.names).toEqual([`a${line}`]);
  expect(read('udp', Buffer.from('a1:1|c'))).toEqual({ outcome: 'aggregated', names: ['a1'] });
  config = { settings: { ...defaultSettings, limits: { ...defaultSettings.limits, nameLength: 1 } }, frontends };
  expect(read('udp', Buffer.from('ab:1|c'))).toMatchObject({ outcome: 'rejected', reason: 'name_too_long' });
  expect([1, 2].map(() => read('udp', Buffer.from('ab:1|c'))?.reason)).toEqual(['name_too_long', 'name_too_long']);
  config = { ...config, frontends: [] };
  expect(read('udp', Buffer.from('a:1|c'))).toBeUndefined();
});
