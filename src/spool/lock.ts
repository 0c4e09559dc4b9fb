import { readFileSync } from 'node:fs';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What keeps two processes out of one folder: a file with the process that has it. */
export interface Lock {
  release(): Promise<void>;
}

/** Another process has the folder. */
export class Held extends Error {
  override readonly name = 'Held';
}

const FILE = 'lock';

/**
 * Takes the folder for this process. A lock whose process is gone is taken over: a process is told from another of the same number by
 * when it began, because in a container each start has the same one. Rejects with {@link Held} where another one lives, and with the
 * error of the file system where there can be no lock.
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const file = join(folder, FILE);
  const own = describeProcess(process.pid);
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await create(file, own)) return { release: () => removeOwn(file, own) };
    let holder = await holderOf(folder);
    if (holder === '') {
      // Its process is just about to write its number, or ended right before.
      await sleep(100);
      holder = await holderOf(folder);
    }
    if (holder !== undefined && lives(holder)) throw new Held(`process ${pidOf(holder)} uses it`);
    if (holder !== undefined) await removeStale(file, holder, `${file}.${process.pid}`);
  }
  throw new Held('another process takes it at the same time');
}

/** The process that has the folder; undefined where none does that lives. */
export async function processHolding(folder: string): Promise<number | undefined> {
  const holder = await holderOf(folder);
  return holder !== undefined && lives(holder) ? pidOf(holder) : undefined;
}

async function holderOf(folder: string): Promise<string | undefined> {
  return readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two that take over one stale lock: the slower of them may have moved the lock of the faster, and gives it back. */
async function removeStale(file: string, stale: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== stale) await link(aside, file);
    await rm(aside, { force: true });
  } catch {
    // Another one was faster: the next attempt sees what it did.
  }
}

async function removeOwn(file: string, own: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === own) await rm(file, { force: true });
}

function pidOf(holder: string): number {
  return Number.parseInt(holder, 10);
}

function lives(holder: string): boolean {
  const pid = pidOf(holder);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return describeProcess(pid) === holder;
}

/** `<pid> <when it began>`; without the second where the system does not tell. */
function describeProcess(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    // Clock ticks after the boot, field 22 of proc(5): 20 behind the name.
    return `${pid} ${boot} ${fields[19]}`;
  } catch {
    return `${pid}`;
  }
}
