import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStateStore, type KeptPieces } from '../../src/state/store.ts';
import { folderWith } from '../config/temporary.ts';

function open(folder: string | undefined = join(folderWith({}), 'state')) {
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (text: string) => void warned.push(text), error: () => undefined };
  const store = createStateStore(log);
  store.setFolder(folder);
  return { store, folder: folder ?? '', warned };
}

const pieces = (...texts: string[]) => texts.map((text) => Buffer.from(text));

async function texts(kept: KeptPieces): Promise<string[]> {
  const found = [];
  for await (const piece of kept.pieces) found.push(String(piece));
  return found;
}

const orderly = async (kept: KeptPieces) => kept.orderly;

describe('the state of an owner', () => {
  it('comes back, with its age', async () => {
    const { store, warned } = open();
    expect(await store.write('a', false, pieces('one', 'two'))).toBe(true);
    expect(await store.write('b', false, pieces('other'))).toBe(true);
    expect(await store.read('a', texts)).toEqual(['one', 'two']);
    expect(await store.read('b', texts)).toEqual(['other']);
    expect(await store.read('a', async ({ ageMs }) => ageMs >= 0 && ageMs < 60_000)).toBe(true);
    expect(warned).toEqual([]);
  });

  it('that was never written is undefined, and nothing is said', async () => {
    const { store, warned } = open();
    expect(await store.read('a', texts)).toBeUndefined();
    expect(warned).toEqual([]);
  });

  it('is neither written nor read without a folder', async () => {
    const { store } = open();
    await store.write('a', false, pieces('one'));
    store.setFolder(undefined);
    expect(await store.write('a', false, pieces('two'))).toBe(true);
    expect(await store.read('a', texts)).toBeUndefined();
  });

  it('is written one after the other: what was asked for last is what stays', async () => {
    const { store } = open();
    async function* slow() {
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield Buffer.from('older');
    }
    const written = [store.write('a', false, slow()), store.write('a', false, pieces('newer'))];
    expect(await Promise.all(written)).toEqual([true, true]);
    expect(await store.read('a', texts)).toEqual(['newer']);
  });
});

describe('an orderly stop', () => {
  it('is told to one reader: from there on the state is older than what others have seen', async () => {
    const { store, folder } = open();
    await store.write('a', true, pieces('one'));
    expect(await store.read('a', orderly)).toBe(true);
    expect(await store.read('a', orderly)).toBe(false);
    expect(await open(folder).store.read('a', orderly)).toBe(false);
  });

  it('is told again after what was read has been given back', async () => {
    const { store, folder } = open();
    await store.write('a', true, pieces('one'));
    await store.write('b', true, pieces('two'));
    for (const owner of ['a', 'b']) await store.read(owner, orderly);
    await store.giveBack('a');
    const next = open(folder).store;
    expect([await next.read('a', orderly), await next.read('b', orderly)]).toEqual([true, false]);
    await next.giveBack();
    expect(await store.read('a', orderly)).toBe(true);
  });

  it('is not given back once the state was written again', async () => {
    const { store } = open();
    await store.write('a', true, pieces('one'));
    await store.read('a', orderly);
    await store.write('a', false, pieces('two'));
    await store.giveBack();
    expect(await store.read('a', orderly)).toBe(false);
  });

  it('waits no longer for a disk than there is time', async () => {
    const { store, warned } = open();
    store.end(performance.now() - 60_000);
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    expect(await store.write('a', true, never)).toBe(false);
    expect(warned[0]).toContain('not done within 500 ms');
  });
});

describe('what goes wrong', () => {
  it('a broken file is put aside, said, and there is none', async () => {
    const { store, folder, warned } = open();
    await store.write('a', false, pieces('one'));
    const file = join(folder, 'a.state');
    const broken = readFileSync(file);
    broken[20]! ^= 1;
    writeFileSync(file, broken);
    expect(await store.read('a', texts)).toBeUndefined();
    expect(readFileSync(`${file}.broken`)).toEqual(broken);
    expect(existsSync(file)).toBe(false);
    expect(warned).toEqual([
      `state in "${file}" is not used: it was cut off, or some of its bytes are broken; it is put aside as "${file}.broken", going on without it`,
    ]);
    expect(await store.write('a', false, pieces('two'))).toBe(true);
    expect(await store.read('a', texts)).toEqual(['two']);
  });

  it('so is one on which its reader throws', async () => {
    const { store, folder, warned } = open();
    await store.write('a', true, pieces('one'));
    expect(await store.read('a', () => Promise.reject(new Error('of another make')))).toBeUndefined();
    expect(existsSync(join(folder, 'a.state.broken'))).toBe(true);
    expect(warned[0]).toContain('of another make');
  });

  it('a folder that cannot be is told once a minute, and when it was good in between', async () => {
    const file = join(folderWith({ file: 'no folder' }), 'file');
    const { store, folder, warned } = open(join(file, 'state'));
    expect(await store.read('a', texts)).toBeUndefined();
    expect(warned.splice(0)[0]).toContain('it cannot be put aside');
    for (let times = 0; times < 3; times++) expect(await store.write('a', false, pieces('one'))).toBe(false);
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain(`state cannot be written to "${join(folder, 'a.state')}": ENOTDIR`);
    expect(warned[0]).toContain('let this user write in the folder of "state"');
    store.setFolder(join(folderWith({}), 'state'));
    expect(await store.write('a', false, pieces('one'))).toBe(true);
    store.setFolder(folder);
    expect(await store.write('a', false, pieces('one'))).toBe(false);
    expect(warned).toHaveLength(2);
  });
});
