import { describe, expect, it } from 'vitest';
import type { StatusLine } from '../../../src/plugin.ts';
import { type AdminSource, createCommands } from '../../../src/statsd/admin/commands.ts';

const now = () => Math.round(Date.now() / 1000);

function open(changes: Partial<AdminSource> = {}, health: 'up' | 'down' = 'up') {
  const hashes = {
    counters: new Map([
      ['a', 1],
      ['x.y.z', 2],
      ['x.y', 3],
      ['x.yy', 4],
      ['__proto__', 5],
      ['toString', 6],
      ['with-dash', 7],
    ]),
    gauges: new Map([['g', 1.5]]),
    timers: new Map([['t', [3, 1]]]),
  };
  let refreshed = 0;
  const commands = createCommands(
    {
      async refresh() {
        refreshed++;
      },
      ledger: {
        counters: () => hashes.counters,
        gauges: () => hashes.gauges,
        timers: () => hashes.timers,
        names: (kind) => [...hashes[kind].keys()],
        remove(kind, keys) {
          for (const key of keys) hashes[kind].delete(key);
        },
        badValues: 7,
      },
      startupTime: now() - 100,
      lastMessage: now() - 5,
      status: () => [],
      config: () => ({ a: 1 }),
      strictCompat: false,
      ...changes,
    },
    health,
  );
  return { commands, hashes, refreshed: () => refreshed, reply: (line: string) => commands.reply(line) };
}

describe('commands', () => {
  it.each([
    ['help', 'Commands: stats, counters, timers, gauges, delcounters, deltimers, delgauges, health, config, quit\n\n'],
    ['gauges', '{ g: 1.5 }\nEND\n\n'],
    ['timers', '{ t: [ 3, 1 ] }\nEND\n\n'],
    ['health', 'health: up\nEND\n\n'],
    ['config', '\na: 1\nEND\n\n'],
    ['  health\r', 'health: up\nEND\n\n'],
    ['', 'ERROR\n'],
    ['HEALTH', 'ERROR\n'],
    ['sets', 'ERROR\n'],
    ['health\tdown', 'ERROR\n'],
    ['constructor', 'ERROR\n'],
    ['delcounters', 'END\n\n'],
  ])('%j answers %j', async (line, expected) => {
    expect(await open().reply(line)).toBe(expected);
  });

  it('print keys of any name', async () => {
    const reply = await open().reply('counters');
    expect(reply).toContain("['__proto__']: 5");
    expect(reply).toContain('toString: 6');
    expect(reply).toContain("'with-dash': 7");
  });

  it.each([
    ['delcounters a', 'deleted: a\nEND\n\n', ['a']],
    ['delcounters a a', 'deleted: a\nmetric a not found\nEND\n\n', ['a']],
    ['delcounters x.y.*', 'deleted: x.y.z\nEND\n\n', ['x.y.z']],
    ['delcounters x.*', 'deleted: x.y.z\ndeleted: x.y\ndeleted: x.yy\nEND\n\n', ['x.y.z', 'x.y', 'x.yy']],
    ['delcounters *', 'metric * not found\nEND\n\n', []],
    ['delcounters .*', 'metric .* not found\nEND\n\n', []],
    ['delcounters valueOf', 'metric valueOf not found\nEND\n\n', []],
    ['delcounters __proto__', 'deleted: __proto__\nEND\n\n', ['__proto__']],
    ['delcounters  a', 'metric  not found\ndeleted: a\nEND\n\n', ['a']],
    ['delgauges g', 'deleted: g\nEND\n\n', []],
    ['deltimers t.* t', 'metric t.* not found\ndeleted: t\nEND\n\n', []],
  ])('%j answers %j', async (line, expected, gone) => {
    const { reply, hashes } = open();
    const before = [...hashes.counters.keys()];
    expect(await reply(line)).toBe(expected);
    expect(before.filter((key) => !hashes.counters.has(key)).sort()).toEqual([...gone].sort());
  });

  it('set the health, whatever the case of the word', async () => {
    const { reply } = open();
    const answers = [];
    for (const line of ['health DOWN', 'health', 'health other', 'health Up']) answers.push(await reply(line));
    expect(answers.map((answer) => answer?.split('\n')[0])).toEqual([
      'health: down',
      'health: down',
      'health: down',
      'health: up',
    ]);
    expect(await open({}, 'down').reply('health')).toBe('health: down\nEND\n\n');
  });

  it('leave out END where the original forgot it with strictCompat', async () => {
    const { reply } = open({ strictCompat: true });
    expect([await reply('health'), await reply('config')]).toEqual(['health: up\n', '\na: 1\n']);
    expect(await reply('counters')).toMatch(/END\n\n$/);
  });

  it('tell times as seconds ago, and what the back-ends add', async () => {
    const lines: StatusLine[] = [
      { group: 'graphite', name: 'last_flush', value: now() - 9 },
      { group: 'graphite', name: 'flush_time', value: 12 },
      { group: 'console', name: 'lastFlush', value: 77 },
      { group: 'other', name: 'last_error', value: 'none' },
    ];
    const reply = (await open({ status: () => lines }).reply('stats'))!;
    const [uptime, seen, ...rest] = reply.split('\n');
    expect(uptime).toMatch(/^uptime: 10[01]$/);
    expect(seen).toMatch(/^messages.last_msg_seen: [56]$/);
    expect(rest[1]).toMatch(/^graphite.last_flush: (9|10)$/);
    expect([rest[0], ...rest.slice(2)]).toEqual([
      'messages.bad_lines_seen: 7',
      'graphite.flush_time: 12',
      'console.lastFlush: 77',
      'other.last_error: none',
      'END',
      '',
      '',
    ]);
  });

  it('take in what the shards have before they show or change anything', async () => {
    const { reply, refreshed } = open();
    for (const line of ['counters', 'gauges', 'timers', 'stats', 'delcounters a', 'deltimers a', 'delgauges a']) {
      await reply(line);
    }
    expect(refreshed()).toBe(7);
    for (const line of ['help', 'health', 'config', 'quit', 'x']) await reply(line);
    expect(refreshed()).toBe(7);
  });

  it('without LF are answered where nothing can be changed by half of them', () => {
    const isAnswerable = (line: string, strictCompat: boolean) => open({ strictCompat }).commands.isAnswerable(line);
    for (const line of ['health', 'stats', ' counters ', 'health down', 'quit']) {
      expect([line, isAnswerable(line, false), isAnswerable(line, true)]).toEqual([line, true, true]);
    }
    for (const line of ['heal', 'delcounters a', 'x', '']) {
      expect([line, isAnswerable(line, false), isAnswerable(line, true)]).toEqual([line, false, true]);
    }
  });
});
