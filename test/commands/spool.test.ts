import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Spool } from '../../src/spool/entry.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { folderWith } from '../config/temporary.ts';
import { runCommand as run } from '../helper/command.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const config = { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }], spool: { path: './waits' } };

/** A folder with a configuration and three payloads in its spool, which is still in use. */
async function filled(): Promise<{ readonly cwd: string; readonly path: string; readonly spool: Spool }> {
  const cwd = folderWith({ 'config.json': config, 'without.json': { ...config, spool: undefined } });
  const path = join(cwd, 'waits');
  const spool = createSpool({ path, bytes: 1e9, ageMs: 1e9 }, quiet);
  await spool.opened;
  for (const [lane, names] of [
    ['series', ['a', 'b\u001b']],
    ['series', ['c']],
    ['events', ['d']],
  ] as const) {
    spool.save(
      { backend: 'dd', lane },
      { lanes: [lane], bytes: Buffer.alloc(10), names, createdMs: 1_700_000_000_000 },
    );
  }
  await spool.flush();
  return { cwd, path, spool };
}

describe('statsdrain spool', () => {
  it('ls says what waits for whom, while a server uses the folder', async () => {
    const { cwd, path, spool } = await filled();
    const { code, out } = await run(['spool', 'ls'], { cwd });
    expect(code).toBe(0);
    const size = /(\d+) bytes on disk/.exec(out)?.[1];
    const rows = out.replaceAll(/\d+ bytes {2}/g, 'N bytes  ');
    expect(rows).toBe(`${path}: 3 payloads, ${size} bytes on disk; process ${process.pid} uses it
  dd/events  1 payload  1 item  N bytes  since 2023-11-14T22:13:20.000Z
  dd/series  2 payloads  3 items  N bytes  since 2023-11-14T22:13:20.000Z
`);
    expect((await run(['spool', 'ls', '--path', path, '--lane', 'dd/events'], { cwd })).out).toContain(': 1 payload,');
    await spool.close();
    expect((await run(['spool', 'ls', '--config', 'config.json'], { cwd })).out).toContain('nobody uses it');
  });

  it('show lists payloads, and the names in one of them', async () => {
    const { cwd, spool } = await filled();
    const { out } = await run(['spool', 'show'], { cwd });
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^1:8 {2}dd\/series {2}2023-11-14T22:13:20\.000Z {2}2 items {2}\d+ bytes$/);
    const one = await run(['spool', 'show', '1:8'], { cwd });
    expect(one.out.split('\n').slice(1)).toEqual(['  a', '  b\\u001b', '']);
    expect(await run(['spool', 'show', '9:9'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('no payload "9:9"'),
    });
    await spool.close();
  });

  it('drop gives up a lane or all, and nothing while a server uses the folder', async () => {
    const { cwd, path, spool } = await filled();
    expect(await run(['spool', 'drop', '--all'], { cwd })).toMatchObject({
      code: 1,
      err: `statsdrain: ${path}: process ${process.pid} uses it; stop it first\n`,
    });
    await spool.close();
    expect(await run(['spool', 'drop', '--lane', 'dd/series'], { cwd })).toMatchObject({
      code: 0,
      out: '2 payloads given up\n',
    });
    const next = createSpool({ path, bytes: 1e9, ageMs: 1e9 }, quiet);
    expect(await next.claim({ backend: 'dd', lane: 'series' })).toEqual([]);
    expect(await next.claim({ backend: 'dd', lane: 'events' })).toHaveLength(1);
    await next.close();
    expect((await run(['spool', 'drop', '--all'], { cwd })).out).toBe('1 payload given up\n');
    expect(readdirSync(path)).toEqual([]);
  });

  it.each<[readonly string[], number, string]>([
    [['spool'], 64, 'spool: "" is none of ls, show, drop'],
    [['spool', 'rm'], 64, 'spool: "rm" is none of ls, show, drop'],
    [['spool', 'ls', 'x'], 64, 'spool ls: unexpected argument "x"; see "statsdrain spool --help"'],
    [['spool', 'ls', '--all'], 64, 'spool ls: --all belongs to "drop"'],
    [['spool', 'drop'], 64, 'spool drop: needs one of --lane (a back-end or backend/lane) and --all'],
    [
      ['spool', 'drop', '--all', '--lane', 'x'],
      64,
      'spool drop: needs one of --lane (a back-end or backend/lane) and --all',
    ],
    [
      ['spool', 'ls', '--path', 'x', '--config', 'y'],
      64,
      'spool: --config and --path are two ways to name one folder: give one of them',
    ],
  ])('refuses %j', async (args, code, problem) => {
    expect(await run(args, { cwd: folderWith({ 'config.json': config }) })).toMatchObject({
      code,
      err: `statsdrain: ${problem}\n`,
    });
  });

  it('says where there is no spool, and none yet', async () => {
    const cwd = folderWith({ 'config.json': config, 'without.json': { ...config, spool: undefined } });
    expect(await run(['spool', 'ls', '--config', 'without.json'], { cwd })).toMatchObject({
      code: 1,
      err: `statsdrain: ${join(cwd, 'without.json')} has no "spool"; add "spool": { "path": "./spool" } to it, or give --path\n`,
    });
    expect(await run(['spool', 'ls'], { cwd })).toMatchObject({
      code: 0,
      out: `${join(cwd, 'waits')}: there is no such folder yet: nothing waits\n`,
    });
  });
});
