import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createMemories, ownFolder } from '../../src/ingest/memories.ts';

const drain = { name: 'drain', module: 'http' };

it('gives a successor what was made before it, by name and key', () => {
  const memories = createMemories();
  const first = memories.of(drain);
  const seen = first('seen', () => new Set(['a']));
  expect(first('seen', () => new Set())).toBe(seen);
  expect(memories.of(drain)('seen', () => new Set())).toBe(seen);
  expect(memories.of(drain)('other', () => 7)).toBe(7);
  expect(memories.of({ ...drain, name: 'second' })('seen', () => 'its own')).toBe('its own');
});

it('keeps undefined too: what was made once is not made again', () => {
  let made = 0;
  const kept = createMemories().of(drain);
  for (const _ of [1, 2]) kept('nothing', () => void made++);
  expect(made).toBe(1);
});

it('lets go of what no configured front-end kept, and of that of another plugin', () => {
  const memories = createMemories();
  const made = (owner: typeof drain, value: number) => memories.of(owner)('x', () => value);
  made(drain, 1);
  made({ name: 'gone', module: 'http' }, 1);
  memories.keepOnly([drain]);
  expect([made(drain, 2), made({ name: 'gone', module: 'http' }, 2)]).toEqual([1, 2]);
  memories.keepOnly([{ name: 'drain', module: 'tcp' }]);
  expect(made(drain, 3)).toBe(3);
  expect(made({ name: 'drain', module: 'tcp' }, 4)).toBe(4);
});

it('makes a folder for its owner only, once there is one to make it in', async () => {
  const spool = mkdtempSync(join(tmpdir(), 'statsdrain-memories-'));
  onTestFinished(() => rmSync(spool, { recursive: true }));
  expect(await ownFolder(undefined, 'drain')).toBeUndefined();
  const folder = await ownFolder(join(spool, 'deep'), 'drain');
  expect(folder).toBe(join(spool, 'deep', 'frontend-drain'));
  expect(statSync(folder!).mode & 0o777).toBe(0o700);
  expect(await ownFolder(join(spool, 'deep'), 'drain')).toBe(folder);
  writeFileSync(join(spool, 'file'), '');
  await expect(ownFolder(join(spool, 'file'), 'drain')).rejects.toThrow(/ENOTDIR/);
});
