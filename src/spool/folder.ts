import type { FileHandle } from 'node:fs/promises';
import { chmod, open, rm } from 'node:fs/promises';
import { makeFolder as make } from '../kit/make-folder.ts';
import { sizeOf } from './record.ts';
import { type FolderContent, MAGIC, type QuarantineFile, segmentPath } from './segment.ts';

/** One segment of an open spool; `Item` is what waits in it. */
export interface Segment<Item> {
  readonly number: number;
  readonly path: string;
  bytes: number;
  readonly waiting: Set<Item>;
}

/** Owner-only folder and files. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Makes the folder where there is none. */
export async function makeFolder(path: string): Promise<void> {
  // Whatever the umask was.
  if (await make(path, FOLDER_MODE)) await chmod(path, FOLDER_MODE);
}

/** The files of an open spool: the newest is written to, and the oldest goes first. */
export interface Files<Item> {
  readonly segments: readonly Segment<Item>[];
  readonly bytes: number;
  /** Segments from before this process. */
  adopt(content: FolderContent): void;
  /** They were cut to so many sound bytes. `bad`: what was cut off, where it was kept. */
  cut(segment: Segment<Item>, sound: number, bad: QuarantineFile | undefined): void;
  /** A segment that nobody can read: its file stays. */
  leaveOut(segment: Segment<Item>): void;
  /** Writes behind the others, and gives where the parts begin. `segmentBytes`: from which size on a new file is begun. */
  append(parts: readonly Uint8Array[], segmentBytes: number): Promise<{ segment: Segment<Item>; offset: number }>;
  /** Removes the oldest file of what was quarantined. Gives whether there was one. */
  removeQuarantine(): Promise<boolean>;
  /** Removes the oldest segment, and gives it. */
  removeOldest(): Promise<Segment<Item> | undefined>;
  /** Ends the file that is written to, after an error: what the last write left there is cut off, or all of it where nothing else is in it. */
  abandon(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export function createFiles<Item>(folder: string): Files<Item> {
  const segments: Segment<Item>[] = [];
  const quarantine: QuarantineFile[] = [];
  let active: { readonly segment: Segment<Item>; readonly handle: FileHandle } | undefined;
  let next = 1;

  async function closeActive(): Promise<void> {
    const handle = active?.handle;
    active = undefined;
    await handle?.close();
  }

  async function begin(): Promise<{ readonly segment: Segment<Item>; readonly handle: FileHandle }> {
    const number = next++;
    const path = segmentPath(folder, number);
    const handle = await open(path, 'wx', FILE_MODE);
    const segment: Segment<Item> = { number, path, bytes: 0, waiting: new Set() };
    segments.push(segment);
    active = { segment, handle };
    await write(active, [MAGIC]);
    return active;
  }

  async function write({ segment, handle }: NonNullable<typeof active>, parts: readonly Uint8Array[]): Promise<void> {
    const bytes = sizeOf(parts);
    const { bytesWritten } = await handle.writev([...parts], segment.bytes);
    // A full disk may take a part.
    if (bytesWritten !== bytes)
      throw new Error(`only ${bytesWritten} of ${bytes} bytes were written: is the disk full?`);
    segment.bytes += bytes;
  }

  return {
    segments,
    get bytes() {
      return [...segments, ...quarantine].reduce((sum, { bytes }) => sum + bytes, 0);
    },
    adopt(content) {
      quarantine.push(...content.quarantine);
      for (const file of content.segments) segments.push({ ...file, waiting: new Set() });
      next = (segments.at(-1)?.number ?? 0) + 1;
    },
    cut(segment, sound, bad) {
      segment.bytes = sound;
      if (bad !== undefined) quarantine.push(bad);
    },
    leaveOut(segment) {
      segments.splice(segments.indexOf(segment), 1);
    },
    async append(parts, segmentBytes) {
      if (
        active !== undefined &&
        active.segment.bytes + sizeOf(parts) > segmentBytes &&
        active.segment.bytes > MAGIC.length
      ) {
        await active.handle.datasync();
        await closeActive();
      }
      const to = active ?? (await begin());
      const offset = to.segment.bytes;
      await write(to, parts);
      return { segment: to.segment, offset };
    },
    async removeQuarantine() {
      const [bad] = quarantine;
      if (bad === undefined) return false;
      await rm(bad.path, { force: true });
      quarantine.shift();
      return true;
    },
    async removeOldest() {
      const [oldest] = segments;
      if (oldest === undefined) return undefined;
      if (active?.segment === oldest) await closeActive();
      await rm(oldest.path, { force: true });
      segments.shift();
      return oldest;
    },
    async abandon() {
      const broken = active;
      active = undefined;
      if (broken === undefined) return;
      const { segment, handle } = broken;
      await handle.truncate(segment.bytes).catch(() => undefined);
      await handle.close().catch(() => undefined);
      // One for each attempt would be left of a disk that is full for days.
      if (segment.bytes <= MAGIC.length && (await rm(segment.path, { force: true }).then(done, failed)))
        segments.splice(segments.indexOf(segment), 1);
    },
    async sync() {
      await active?.handle.datasync();
    },
    async close() {
      await active?.handle.datasync();
      await closeActive();
    },
  };
}

const done = () => true;
const failed = () => false;
