import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../../src/kit/error-text.ts';
import { seldom } from '../../../src/kit/seldom.ts';
import type { Logger } from '../../../src/plugin.ts';

/** What was taken, in a folder: it outlives the process. */
export interface TakenFile {
  /** Whether it was taken before the file was opened, not longer ago than twice its time. */
  has(id: string): boolean;
  /** Is on its way to the disk within a quarter of a second. */
  add(id: string): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface TakenFileOptions {
  /** As of {@link createTaken}. */
  readonly ttlMs: number;
  readonly capacity: number;
  readonly log: Logger;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** Of one line: a hash of the id, which may name what is nobody's business, and Unix milliseconds. */
const LINE = /^([\w-]{22}) (\d{13})$/;
const LINE_BYTES = 37;
const WRITE_MS = 250;
/** Lines between which other work has its turn. */
const SLICE = 2000;
const MODE = 0o600;

/**
 * Two files, of which one is written to and the older one goes as a whole, as the generations in memory do. What is in them is read
 * once. Rejects where nothing can be written; what cannot be read is logged and left out.
 */
export async function openTakenFile(folder: string, options: TakenFileOptions): Promise<TakenFile> {
  const { ttlMs, capacity, log, now = Date.now } = options;
  const [young, old, fresh] = ['taken', 'taken.old', 'taken.new'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const most = (capacity / 2) * LINE_BYTES;
  const earlier = new Map<string, number>();
  const openedMs = now();
  for (const file of [old, young]) await readInto(earlier, file, most, log);
  for (const [key, takenMs] of earlier) if (Math.abs(openedMs - takenMs) >= 2 * ttlMs) earlier.delete(key);

  const lines = [...earlier].slice(-capacity).map(([key, takenMs]) => `${key} ${takenMs}\n`);
  await writeFile(fresh, lines.join(''), { mode: MODE });
  await rename(fresh, old);
  await rm(young, { force: true });
  let handle: FileHandle = await open(young, 'a', MODE);
  let bytes = 0;
  let bornMs = openedMs;
  let isTorn = false;
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  const tellUnwritten = seldom((times, error: unknown) =>
    log.warn(
      `what was taken cannot be written to "${young}": ${messageOf(error)}; a body that is sent again after a restart counts twice`,
      { times },
    ),
  );

  async function write(): Promise<void> {
    const ids = waiting.slice(-capacity / 2);
    waiting = [];
    if (ids.length === 0) return;
    const time = now();
    const lines = ids.map((id) => `${keyOf(id)} ${time}\n`).join('');
    try {
      if (bytes > 0 && (bytes + lines.length > most || time - bornMs >= ttlMs)) await begin();
      // What a full disk left of a line is no part of the next one.
      await handle.appendFile(isTorn ? `\n${lines}` : lines);
      bytes += lines.length;
      isTorn = false;
      tellUnwritten.over();
    } catch (error) {
      isTorn = true;
      tellUnwritten(error);
    }
  }

  async function begin(): Promise<void> {
    await rename(young, old);
    const next = await open(young, 'a', MODE);
    await handle.close();
    handle = next;
    bytes = 0;
    bornMs = now();
  }

  function writeSoon(): void {
    timer = undefined;
    writing = writing.then(write);
  }

  return {
    has(id) {
      if (earlier.size === 0) return false;
      const nowMs = now();
      const takenMs = earlier.get(keyOf(id));
      if (nowMs - openedMs >= 2 * ttlMs) earlier.clear();
      return takenMs !== undefined && nowMs - takenMs < 2 * ttlMs;
    },
    add(id) {
      waiting.push(id);
      timer ??= setTimeout(writeSoon, WRITE_MS);
    },
    async close() {
      clearTimeout(timer);
      writeSoon();
      await writing;
      await handle.close();
    },
  };
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 22);
}

async function readInto(known: Map<string, number>, file: string, mostBytes: number, log: Logger): Promise<void> {
  const lines = await linesOf(file, mostBytes).catch((error: unknown) => {
    log.warn(`"${file}" cannot be read: ${messageOf(error)}; a body that it names counts again if it is sent again`);
    return [];
  });
  // A process that is killed leaves a part of a line.
  lines.pop();
  let bad = 0;
  for (const [index, line] of lines.entries()) {
    if (index % SLICE === SLICE - 1) await setImmediate();
    const [, key, takenMs] = LINE.exec(line) ?? [];
    if (key !== undefined) known.set(key, Number(takenMs));
    else if (line !== '') bad++;
  }
  if (bad > 0)
    log.warn(`"${file}" is damaged; what these lines of it name counts again if it is sent again`, { lines: bad });
}

async function linesOf(file: string, mostBytes: number): Promise<string[]> {
  try {
    const { size } = await stat(file);
    // Both generations are put together into one at a start.
    if (size > 2 * mostBytes) throw new Error(`it has ${size} bytes, and never more than ${2 * mostBytes} are written`);
    return (await readFile(file, 'latin1')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
