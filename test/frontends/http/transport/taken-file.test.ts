import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { openTakenFile } from '../../../../frontends/http/transport/taken-file.ts';
import { frontendContext, waitFor } from '../../../helper/intake.ts';

const START = 1_700_000_000_000;
const TTL = 300_000;
let folder = '';
let now = START;
beforeEach(() => {
  now = START;
  folder = mkdtempSync(join(tmpdir(), 'statsdrain-taken-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const { log, logged } = frontendContext();
const open = (capacity = 1000) => openTakenFile(folder, { ttlMs: TTL, capacity, log, now: () => now });
const bytesIn = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

async function taken(ids: readonly string[], capacity?: number): Promise<void> {
  const file = await open(capacity);
  for (const id of ids) file.add(id);
  await file.close();
}

async function known(...ids: readonly string[]): Promise<boolean[]> {
  const file = await open();
  const found = ids.map((id) => file.has(id));
  await file.close();
  return found;
}

it('knows after a restart what was taken before it, and after a second one', async () => {
  await taken(['user drain\nlogplex\nd.1\nA', 'b']);
  expect(await known('user drain\nlogplex\nd.1\nA', 'b', 'c')).toEqual([true, true, false]);
  await taken(['c']);
  expect(await known('user drain\nlogplex\nd.1\nA', 'b', 'c')).toEqual([true, true, true]);
});

it('writes what nobody else can read, and no id', async () => {
  await taken(['secret-id']);
  const files = readdirSync(folder).sort();
  expect(files).toEqual(['taken', 'taken.old']);
  for (const name of files) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  // The first 132 bits of SHA-256("secret-id"), as openssl has it.
  expect(readFileSync(join(folder, 'taken'), 'latin1')).toBe(`LU4iOhgz04_4m6erv71B33 ${START}\n`);
});

it('is on the disk a little later without a stop, as before a kill', async () => {
  const file = await open();
  onTestFinished(() => file.close());
  file.add('a');
  await waitFor(() => bytesIn() > 0);
  expect(await known('a')).toEqual([true]);
});

it.each([
  [2 * TTL - 1, true],
  [2 * TTL, false],
  // A clock that was set back.
  [-TTL, true],
  [-2 * TTL, false],
])('after %i ms it knows what was taken: %s', async (ms, expected) => {
  await taken(['a']);
  now += ms;
  expect(await known('a')).toEqual([expected]);
});

it('forgets while it is open too', async () => {
  await taken(['a']);
  const file = await open();
  onTestFinished(() => file.close());
  now += 2 * TTL - 1;
  expect(file.has('a')).toBe(true);
  now++;
  expect(file.has('a')).toBe(false);
});

it('is bounded in bytes, and knows the latest half of its capacity for certain', async () => {
  await taken(
    Array.from({ length: 1000 }, (_, id) => String(id)),
    100,
  );
  expect(await known('949', '950', '999')).toEqual([false, true, true]);
  for (let start = 0; start < 10; start++) {
    await taken(
      Array.from({ length: 50 }, (_, id) => `${start} ${id}`),
      100,
    );
    expect(bytesIn()).toBeLessThanOrEqual(150 * 37);
  }
  expect(await known('9 0', '9 49', '8 49', '6 49')).toEqual([true, true, true, false]);
});

it('begins another file in the time that it remembers, and lets the older one go', async () => {
  const file = await open();
  file.add('a');
  await waitFor(() => statSync(join(folder, 'taken')).size === 37);
  now += TTL;
  file.add('b');
  const young = join(folder, 'taken');
  await waitFor(() => existsSync(young) && readFileSync(young, 'latin1').endsWith(` ${START + TTL}\n`));
  now += TTL;
  file.add('c');
  await file.close();
  const texts = ['taken.old', 'taken'].map((name) => readFileSync(join(folder, name), 'latin1'));
  expect(texts.map((text) => text.slice(23))).toEqual([`${START + TTL}\n`, `${START + 2 * TTL}\n`]);
});

it('leaves out what a kill cut off, without a word', async () => {
  await taken(['a', 'b']);
  const file = join(folder, 'taken');
  writeFileSync(file, readFileSync(file, 'latin1').slice(0, -20));
  logged.length = 0;
  expect(await known('a', 'b')).toEqual([true, false]);
  expect(logged).toEqual([]);
});

it.each([
  ['garbage', (text: string) => `\0\xff garbage\n${text}`, true],
  ['a wrong time', (text: string) => text.replace(/ \d+\n/, ' 12\n'), false],
  ['lines without an end', () => 'x'.repeat(500_000), false],
])('warns of %s, and goes on', async (_, damage, keeps) => {
  await taken(['a']);
  const file = join(folder, 'taken');
  writeFileSync(file, damage(readFileSync(file, 'latin1')), 'latin1');
  logged.length = 0;
  expect(await known('a')).toEqual([keeps]);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toMatchObject({ level: 'warn', message: expect.stringContaining(`"${file}"`) });
  await taken(['b']);
  expect(await known('b')).toEqual([true]);
});

it('rejects where nothing can be written', async () => {
  writeFileSync(join(folder, 'file'), '');
  folder = join(folder, 'file');
  await expect(open()).rejects.toThrow(/ENOTDIR/);
});
