import { describe, expect, test } from 'vitest';
import { open } from '../helper/send.ts';
import { valuesByName } from './compare.ts';
import { startNative, startOriginal } from './daemons.ts';
import { ruins } from './rules.ts';
import { send } from './send.ts';

const flushInterval = 500;

/** Each ends the original. What statsdrain makes of it: a bad value, or one value under this name. */
const fatal: readonly (readonly [line: string, name: string | undefined])[] = [
  ['a:1|c|@Infinity', undefined],
  ['a:1|c|@+1', undefined],
  ['a:1|c|@ 0.5', undefined],
  ['a:1|c|@\t1', undefined],
  ['constructor:1|ms', 'stats.timers.constructor.count'],
  ['toString:1|ms', 'stats.timers.toString.count'],
  ['__proto__:1|ms', 'stats.timers.__proto__.count'],
  ['constructor:1|s', 'stats.sets.constructor.count'],
  ['valueOf:1|s', 'stats.sets.valueOf.count'],
  ['__proto__:1|s', 'stats.sets.__proto__.count'],
];

test.for(fatal)('the original ends on %j', async ([line]) => {
  expect(ruins(line)).toBe(true);
  const original = await startOriginal({ flushInterval });
  try {
    await send([Buffer.from(line)], 'udp', original);
    expect(await original.program.ended).toMatch(/TypeError/);
  } finally {
    await original.stop();
  }
});

test('the original ends when a connection is reset', async () => {
  const original = await startOriginal({ flushInterval });
  try {
    (await open(original.tcp)).resetAndDestroy();
    expect(await original.program.ended).toContain('ECONNRESET');
  } finally {
    await original.stop();
  }
});

describe('statsdrain', () => {
  test('goes on after all of them', async () => {
    const ours = await startNative({ flushInterval });
    try {
      (await open(ours.tcp)).resetAndDestroy();
      await ours.carbon.flush(0, 10_000);
      const next = ours.carbon.flushes.length;
      await send(
        fatal.map(([line]) => Buffer.from(line)),
        'udp',
        ours,
      );
      // A slow machine may take them in two windows.
      const windows = [await ours.carbon.flush(next, 10_000), await ours.carbon.flush(next + 1, 10_000)].map(
        valuesByName,
      );
      const total = (name: string) => windows.reduce((sum, values) => sum + Number(values.get(name)?.[0] ?? 0), 0);
      const names = fatal.flatMap(([, name]) => name ?? []);
      expect(names.map((name) => [name, total(name)])).toEqual(names.map((name) => [name, 1]));
      expect(total('stats_counts.statsd.bad_lines_seen')).toBe(fatal.length - names.length);
      expect(windows.some((values) => values.has('stats_counts.a'))).toBe(false);
      expect(ours.program.running).toBe(true);
    } finally {
      await ours.stop();
    }
  });
});
