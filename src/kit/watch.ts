import { createHash } from 'node:crypto';
import { type FSWatcher, lstatSync, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Calls `notify` whenever the file may have changed, too often rather than too seldom, and gives what ends that. */
type Subscribe = (file: string, notify: () => void) => () => void;

export interface WatchOptions {
  readonly file: string;
  /** The content is another one and has been stable for a while. Never for a file that is not there. */
  changed(): void;
  /** The file has not been there for a while. Called once until it is back. */
  gone(): void;
  /** What is in the file; undefined when it cannot be read. */
  readonly read?: (file: string) => string | Buffer | undefined;
  readonly subscribe?: Subscribe;
}

/** Editors and deployments write in several steps: this long nothing must happen. */
export const SETTLE_MS = 200;
/** A file that is replaced may be away for a moment. */
export const GONE_MS = 2000;
/** Of the fallback where the system cannot tell of changes, and of symbolic links. */
const POLL_MS = 2000;

/**
 * Watches one file by its content: it may be written in place, replaced by a rename, deleted and created again, or be a
 * symbolic link that comes to point elsewhere. The content at the call counts as known. Gives what ends the watch.
 */
export function watchContent({
  file,
  changed,
  gone,
  read = readQuietly,
  subscribe = subscribeToFile,
}: WatchOptions): () => void {
  let known = digest(read(file));
  let missing = known === undefined;
  let timer: NodeJS.Timeout | undefined;

  function settle(delay: number, next: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(next, delay);
    timer.unref();
  }

  function look(): void {
    const content = read(file);
    if (content === undefined) {
      if (!missing) settle(GONE_MS - SETTLE_MS, lookAgain);
      return;
    }
    missing = false;
    // An empty file is one that is being written.
    if (content.length === 0) return;
    const now = digest(content);
    if (now === known) return;
    known = now;
    changed();
  }

  function lookAgain(): void {
    missing = read(file) === undefined;
    if (missing) gone();
    else look();
  }

  const end = subscribe(file, () => settle(SETTLE_MS, look));
  return () => {
    clearTimeout(timer);
    end();
  };
}

function readQuietly(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Not the content itself, which may hold secrets. */
function digest(content: string | Buffer | undefined): string | undefined {
  return content === undefined ? undefined : createHash('sha256').update(content).digest('base64');
}

/** By the events of its folder; by looking now and then where there are none, and for a link, whose target may change. */
const subscribeToFile: Subscribe = (file, notify) => {
  const name = basename(file);
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  function poll(): void {
    timer ??= setInterval(notify, POLL_MS).unref();
  }

  try {
    watcher = watch(dirname(file), { persistent: false }, (_event, changedName) => {
      if (changedName === null || changedName === name) notify();
    });
    watcher.on('error', () => {
      watcher?.close();
      poll();
    });
  } catch {
    poll();
  }
  if (isLink(file)) poll();
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
};

function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}
