import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createOwnFolders } from '../../src/ingest/own-folders.ts';
import { frontendContext } from '../helper/intake.ts';

const { log, logged } = frontendContext();

function spool(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statsdrain-folders-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'spool');
}

it('makes a folder for its owner only, once there is one to make it in', async () => {
  expect(await createOwnFolders(undefined).of('drain', log)).toBeUndefined();
  const at = spool();
  const folders = createOwnFolders(at);
  const own = join(at, 'frontend-drain');
  expect(await folders.of('drain', log)).toBe(own);
  expect(statSync(own).mode & 0o777).toBe(0o700);
  // A successor is of the same process.
  expect(await folders.of('drain', log)).toBe(own);
  expect(await folders.of('other', log)).toBe(join(at, 'frontend-other'));
  await folders.release();
  expect(readdirSync(own)).toEqual([]);
});

it('gives none that another one has, and says so', async () => {
  const at = spool();
  const first = createOwnFolders(at);
  await first.of('drain', log);
  logged.length = 0;
  const second = createOwnFolders(at);
  expect(await second.of('drain', log)).toBeUndefined();
  expect(logged).toEqual([
    {
      level: 'warn',
      message: `${join(at, 'frontend-drain')}: process ${process.pid} uses it; nothing is kept in it`,
      fields: {},
    },
  ]);
  await first.release();
  expect(await second.of('drain', log)).toBe(join(at, 'frontend-drain'));
  await second.release();
});

it('rejects where none can be made', async () => {
  const at = spool();
  writeFileSync(at, '');
  await expect(createOwnFolders(at).of('drain', log)).rejects.toThrow(/ENOTDIR/);
});
