import { join } from 'node:path';
import { makeFolder } from '../kit/make-folder.ts';
import type { Logger } from '../plugin.ts';
import { Held, type Lock, lockFolder } from '../spool/lock.ts';

/** A folder for each front-end, see `folder` of its context. */
export interface OwnFolders {
  /** Undefined where there is none to make it in, and where another process has it, which is logged. Rejects where it cannot be made. */
  of(frontend: string, log: Logger): Promise<string | undefined>;
  /** Lets other processes have them. */
  release(): Promise<void>;
}

/** Below `folder`, which may be that of another process by mistake: then both would write to the same files. */
export function createOwnFolders(folder: string | undefined): OwnFolders {
  const locks = new Map<string, Lock>();
  return {
    async of(frontend, log) {
      if (folder === undefined) return undefined;
      const own = join(folder, `frontend-${frontend}`);
      if (locks.has(own)) return own;
      await makeFolder(own, 0o700);
      try {
        locks.set(own, await lockFolder(own));
        return own;
      } catch (error) {
        if (!(error instanceof Held)) throw error;
        log.warn(`${own}: ${error.message}; nothing is kept in it`);
        return undefined;
      }
    },
    async release() {
      await Promise.all([...locks.values()].map((lock) => lock.release()));
      locks.clear();
    },
  };
}
