import { expect, it } from 'vitest';
import { UsageError } from '../../src/commands/io.ts';
import { parseOptions } from '../../src/commands/options.ts';

const flags = { port: { type: 'string', says: 'the port' }, tcp: { type: 'boolean', says: 'over TCP' } } as const;

it('gives options and what stands beside them', () => {
  const { values, positionals } = parseOptions('send', flags, ['a:1|c', '--port', '1', '--tcp', 'b:1|c']);
  expect([values.port, values.tcp, positionals]).toEqual(['1', true, ['a:1|c', 'b:1|c']]);
});

it.each([
  [['--prot', '1'], `send: Unknown option '--prot'; see "statsdrain send --help"`],
  [['--port'], `send: Option '--port <value>' argument missing; see "statsdrain send --help"`],
])('says what is wrong with %j', (args, message) => {
  expect(() => parseOptions('send', flags, args)).toThrow(new UsageError(message));
});
