import { messageOf } from '../../../src/kit/error-text.ts';
import type { FrontendContext } from '../../../src/plugin.ts';
import { createTaken } from './dedup.ts';
import { openTakenFile } from './taken-file.ts';

/** Bodies that were taken, by whom and with which id: also before a reload, and before a restart where there is a spool. */
export interface Repeats {
  /** Those that are being read. */
  readonly underWay: Set<string>;
  has(key: string): boolean;
  add(key: string): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

const REMEMBER_MS = 300_000;
const REMEMBERED = 50_000;

export async function openRepeats({
  kept,
  folder,
  log,
}: Pick<FrontendContext, 'kept' | 'folder' | 'log'>): Promise<Repeats> {
  const { taken, underWay } = kept('repeats', () => ({
    taken: createTaken(REMEMBER_MS, REMEMBERED),
    underWay: new Set<string>(),
  }));
  const file = await openFile().catch((error: unknown) => {
    const what = 'what was taken cannot be kept in the folder of "spool"';
    log.warn(`${what}: ${messageOf(error)}; a body that is sent again after a restart counts twice`);
    return undefined;
  });

  async function openFile() {
    const path = await folder();
    return path === undefined ? undefined : openTakenFile(path, { ttlMs: REMEMBER_MS, capacity: REMEMBERED, log });
  }

  return {
    underWay,
    has: (key) => taken.has(key) || file?.has(key) === true,
    add(key) {
      taken.add(key);
      file?.add(key);
    },
    async close() {
      await file?.close();
    },
  };
}
