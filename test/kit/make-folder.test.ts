import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from '../../src/kit/make-folder.ts';
import { temporaryFolder } from '../helper/process.ts';

const modeOf = (path: string) => statSync(path).mode & 0o777;

it('makes a folder with those above it, and says whether there was none', async () => {
  const folder = join(temporaryFolder(), 'a', 'b', 'c');
  expect(await makeFolder(folder, 0o700)).toBe(true);
  expect([modeOf(folder), modeOf(join(folder, '..'))]).toEqual([0o700, 0o700]);
  expect(await makeFolder(folder, 0o700)).toBe(false);
});

it('leaves one alone that is there', async () => {
  const folder = join(temporaryFolder(), 'a');
  mkdirSync(folder, { mode: 0o755 });
  expect(await makeFolder(folder, 0o700)).toBe(false);
  expect(modeOf(folder)).toBe(0o755);
});

it('is told from a file, also above it', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(makeFolder(file, 0o700)).rejects.toThrow('EEXIST');
  await expect(makeFolder(join(file, 'a'), 0o700)).rejects.toThrow('ENOTDIR');
});

// Node.js itself goes on for ever there, and the process could not end.
it.runIf(process.platform === 'linux')('ends where no folder can be made', async () => {
  await expect(makeFolder('/proc/nowhere/spool', 0o700)).rejects.toThrow('ENOENT');
});
