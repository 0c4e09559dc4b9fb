import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBackendState } from '../../src/dispatch/backend-state.ts';
import type { Backend, FoldingBackend, KeptState } from '../../src/plugin.ts';
import { createStateStore } from '../../src/state/store.ts';
import { folderWith } from '../config/temporary.ts';

function open(folder = folderWith({})) {
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (text: string) => void warned.push(text), error: () => undefined };
  const store = createStateStore(log);
  store.setFolder(folder);
  return { state: createBackendState(store), folder, warned, log };
}

const plain = (parts: Partial<FoldingBackend>): FoldingBackend => ({ send: async () => undefined, ...parts });

async function* piecesOf(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

/** Keeps `texts`, and remembers what it was given. */
function keeper(...texts: string[]) {
  const given: { texts: string[]; orderly: boolean }[] = [];
  const backend = plain({
    save: () => piecesOf(...texts),
    async restore({ pieces, orderly }: KeptState) {
      const found: string[] = [];
      for await (const piece of pieces) found.push(String(piece));
      given.push({ texts: found, orderly });
      return found.length;
    },
  });
  return { backend, given };
}

describe('a back-end that keeps something', () => {
  it('is given it before it starts, by its name, and whether it had stopped', async () => {
    const { state, log } = open();
    const [a, b] = [keeper('a1', 'a2'), keeper('b1')];
    expect(await state.keep('a', a.backend, log, true)).toBe(true);
    expect(await state.keep('b', b.backend, log, false)).toBe(true);
    expect(await state.restored('a', () => a.backend)).toBe(a.backend);
    await state.restored('b', () => b.backend);
    await state.restored('c', () => b.backend);
    expect(a.given).toEqual([{ texts: ['a1', 'a2'], orderly: true }]);
    expect(b.given).toEqual([{ texts: ['b1'], orderly: false }]);
    expect([state.takeSeries(), state.takeSeries()]).toEqual([3, 0]);
  });

  it('that cannot use it is made anew, and what was kept is put aside', async () => {
    const { state, folder, warned, log } = open();
    await state.keep('a', keeper('of', 'old').backend, log, true);
    const made: Backend[] = [];
    const create = () => {
      made.push(plain({ restore: () => Promise.reject(new Error('it is of another make')) }));
      return made.at(-1)!;
    };
    expect(await state.restored('a', create)).toBe(made[1]);
    expect(made).toHaveLength(2);
    expect(warned[0]).toContain('it is of another make');
    expect(existsSync(join(folder, 'backend-a.state.broken'))).toBe(true);
  });

  it('that did not start after all leaves it to the next', async () => {
    const { state, log } = open();
    const { backend, given } = keeper('a1');
    await state.keep('a', backend, log, true);
    await state.restored('a', () => backend);
    await state.giveBack('a');
    await state.restored('a', () => backend);
    expect(given.map(({ orderly }) => orderly)).toEqual([true, true]);
  });

  it('has nothing written where it has nothing, or no folder is named', async () => {
    const { state, folder, log } = open();
    expect(await state.keep('a', plain({ save: () => undefined }), log, true)).toBe(true);
    expect(await state.keep('a', plain({}), log, true)).toBe(true);
    expect(existsSync(join(folder, 'backend-a.state'))).toBe(false);
  });

  it('that throws, at once or later, costs its own state only', async () => {
    const { state, warned, log } = open();
    const save = () => {
      throw new Error('at once');
    };
    expect(await state.keep('a', plain({ save }), log, true)).toBe(false);
    async function* later(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new Error('later');
    }
    expect(await state.keep('a', plain({ save: later }), log, true)).toBe(false);
    expect(warned).toEqual(['has no state to be kept: at once', expect.stringContaining('later')]);
  });
});
