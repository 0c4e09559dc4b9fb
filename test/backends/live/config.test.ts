import { describe, expect, it } from 'vitest';
import { liveConfig } from '../../../backends/live/config.ts';
import { kit } from '../../../src/config/kit.ts';

const judge = (block: object) => liveConfig(kit).safeParse(block);
const faults = (block: object) =>
  judge(block).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('configuration', () => {
  it('has defaults for all keys', () => {
    expect(judge({}).data).toEqual({
      host: '127.0.0.1',
      port: 8127,
      auth: { users: [], tokens: [] },
      hosts: [],
      maxSeries: 100_000,
    });
  });

  it.each(['127.0.0.1', '127.3.2.1', '::1', 'localhost'])('needs no credentials at %s', (host) => {
    expect(faults({ host })).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'stats.example'])('needs a credential at %s', (host) => {
    expect(faults({ host })).toEqual([
      `host: "${host}" is open to other machines and "auth" names no user or token; add one, or listen on "127.0.0.1"`,
    ]);
    expect(faults({ host, auth: { tokens: ['secret'] } })).toEqual([]);
    expect(faults({ host, auth: { users: [{ user: 'a', password: 'b' }] } })).toEqual([]);
  });

  it('takes names of hosts in small letters', () => {
    expect(judge({ hosts: ['Stats.Example.com'] }).data?.hosts).toEqual(['stats.example.com']);
    expect(faults({ hosts: ['http://stats'] })).toHaveLength(1);
  });

  it.each([0, -1, 1.5, 10_000_001, '5'])('refuses %j series', (maxSeries) => {
    expect(faults({ maxSeries })).toHaveLength(1);
  });
});
