import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../kit/error-text.ts';
import { oneByOne } from '../kit/one-by-one.ts';
import { seldom } from '../kit/seldom.ts';
import { within } from '../kit/within.ts';
import type { Logger } from '../plugin.ts';
import { markStateFile, openStateFile } from './read-file.ts';
import { type StateHead, writeStateFile } from './write-file.ts';

/** The folder with what is known again after a restart: a file for each owner. No call rejects or throws: what fails is logged. */
export interface StateStore {
  /** Undefined: nothing is kept. */
  setFolder(folder: string | undefined): void;
  readonly folder: string | undefined;
  /**
   * Writes the state of an owner; false where that failed. `orderly`: the owner has stopped, nothing comes after it, and somebody waits for
   * it: no longer than some seconds. `owner` is part of the name of its file: letters, digits and `_.-`.
   */
  write(owner: string, orderly: boolean, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<boolean>;
  /**
   * Has the state of an owner read. What is broken, or on which `read` rejects, is put aside; then and where there is none it gives undefined.
   */
  read<T>(owner: string, read: (kept: KeptPieces) => Promise<T>): Promise<T | undefined>;
  /** What was read of an owner, or of all, was not used after all: it is as it was before. */
  giveBack(owner?: string): Promise<void>;
  /** The process ends soon after `deadlineMs` (of `performance.now`): who waits for a write waits no longer. */
  end(deadlineMs: number): void;
}

/** The state of one owner. */
export interface KeptPieces extends Pick<StateHead, 'orderly'> {
  /** Milliseconds since it was written, by the clock of the system. */
  readonly ageMs: number;
  /** As they were written. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Milliseconds that an orderly write may take: at most, after the deadline of the process, and in any case. */
const MOST_MS = 10_000;
const GRACE_MS = 2500;
const LEAST_MS = 500;

export function createStateStore(log: Logger): StateStore {
  let folder: string | undefined;
  /** Files that were of an orderly stop, by owner: whoever read them goes on from there, so that they are no more. */
  const taken = new Map<string, string>();
  /** By owner: an older state never comes in place of a newer one. */
  const turns = new Map<string, ReturnType<typeof oneByOne>>();
  let endMs = Number.POSITIVE_INFINITY;

  const tellUnwritten = seldom((times, file: string, error: unknown) =>
    log.warn(
      `state cannot be written to "${file}": ${messageOf(error)}; after a restart it would be that of the last good write: ` +
        'let this user write in the folder of "state", or make room there',
      { times },
    ),
  );

  function turnOf(owner: string): ReturnType<typeof oneByOne> {
    const turn = turns.get(owner) ?? oneByOne();
    turns.set(owner, turn);
    return turn;
  }

  function patienceMs(): number {
    return Math.max(LEAST_MS, Math.min(MOST_MS, endMs + GRACE_MS - performance.now()));
  }

  function fileOf(owner: string): string {
    return join(folder!, `${owner}.state`);
  }

  async function putAside(file: string, error: unknown): Promise<void> {
    const aside = `${file}.broken`;
    const what = `state in "${file}" is not used: ${messageOf(error)}`;
    try {
      await rename(file, aside);
      log.warn(`${what}; it is put aside as "${aside}", going on without it`);
    } catch (failure) {
      log.warn(`${what}; it cannot be put aside (${messageOf(failure)}), going on without it`);
    }
  }

  /** False where the file cannot be changed: it would be taken for that of an orderly stop again and again. */
  async function take(owner: string, file: string): Promise<boolean> {
    try {
      await markStateFile(file, false);
      taken.set(owner, file);
      return true;
    } catch (error) {
      tellUnwritten(file, error);
      return false;
    }
  }

  return {
    get folder() {
      return folder;
    },
    setFolder(next) {
      folder = next;
    },
    async write(owner, orderly, pieces) {
      if (folder === undefined) return true;
      const file = fileOf(owner);
      try {
        const writing = turnOf(owner)(() => writeStateFile(file, { owner, orderly, writtenMs: Date.now() }, pieces));
        await (orderly ? within(patienceMs(), writing) : writing);
        taken.delete(owner);
        tellUnwritten.over();
        return true;
      } catch (error) {
        tellUnwritten(file, error);
        return false;
      }
    },
    async read(owner, read) {
      if (folder === undefined) return undefined;
      const file = fileOf(owner);
      try {
        const state = await openStateFile(file, owner);
        if (state === undefined) return undefined;
        try {
          const orderly = state.orderly && (await take(owner, file));
          // A clock that was set back makes nothing younger than it was.
          const ageMs = Math.max(0, Date.now() - state.writtenMs);
          return await read({ orderly, ageMs, pieces: state.pieces });
        } finally {
          await state.close();
        }
      } catch (error) {
        taken.delete(owner);
        await putAside(file, error);
        return undefined;
      }
    },
    end(deadlineMs) {
      endMs = deadlineMs;
    },
    async giveBack(owner) {
      for (const [name, file] of [...taken]) {
        if (owner !== undefined && owner !== name) continue;
        taken.delete(name);
        await markStateFile(file, true).catch((error: unknown) => tellUnwritten(file, error));
      }
    },
  };
}
