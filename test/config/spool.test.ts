import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { folderWith } from './temporary.ts';

async function load(spool: unknown) {
  const cwd = folderWith({ 'config.json': { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }], spool } });
  const { settings } = await loadConfig(join(cwd, 'config.json'), {});
  return { cwd, spool: settings.spool };
}

describe('the block "spool"', () => {
  it('is absent unless it is asked for', async () => {
    expect((await load(undefined)).spool).toBeUndefined();
  });

  it('has defaults, and a path from the folder of the file', async () => {
    const { cwd, spool } = await load({ path: './waits' });
    expect(spool).toEqual({ path: join(cwd, 'waits'), bytes: 2 * 1024 ** 3, ageMs: 10 * 86_400_000 });
    expect((await load({ path: '/var/spool/x', bytes: '64MiB', age: '1h' })).spool).toEqual({
      path: '/var/spool/x',
      bytes: 64 * 1024 ** 2,
      ageMs: 3_600_000,
    });
  });

  it.each<[unknown, RegExp]>([
    [{}, /spool\.path: required key is missing/],
    [{ path: './a', bytes: '1MiB' }, /spool\.bytes: .*must be at least 64MiB/],
    [{ path: './a', age: '500h' }, /spool\.age: .*is out of range \(1ms to 480h\)/],
    [{ path: './a', size: 1 }, /spool\.size: unknown key/],
  ])('refuses %j', async (spool, problem) => {
    await expect(load(spool)).rejects.toMatchObject({ problems: [expect.stringMatching(problem)] });
  });
});
