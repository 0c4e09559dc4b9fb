import { open, readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { recordAt, type SpoolRecord } from './record.ts';

/** A file of records, one behind the other. */
export interface SegmentFile {
  readonly number: number;
  readonly path: string;
  readonly bytes: number;
}

/** What was cut off a segment, and is kept for whoever wants to look at it. */
export interface QuarantineFile {
  readonly path: string;
  readonly bytes: number;
}

export interface FolderContent {
  /** Oldest first. */
  readonly segments: readonly SegmentFile[];
  readonly quarantine: readonly QuarantineFile[];
}

/** Begins each file; the last character is the version of the format. */
export const MAGIC = Buffer.from('SDSPOOL1');

/** Milliseconds of reading after which other work has its turn. */
const SLICE_MS = 4;

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}.spool`);
}

/** What is in the folder. Files of other names are none of ours. */
export async function contentOf(folder: string): Promise<FolderContent> {
  const segments: SegmentFile[] = [];
  const quarantine: QuarantineFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const [, digits, bad] = /^(\d{10})\.spool(\.\d+\.bad)?$/.exec(name) ?? [];
    if (digits === undefined) continue;
    const path = join(folder, name);
    const { size } = await stat(path);
    if (bad === undefined) segments.push({ number: Number(digits), path, bytes: size });
    else quarantine.push({ path, bytes: size });
  }
  return { segments, quarantine };
}

export interface Scanned {
  /** Bytes from the beginning that are sound. */
  readonly sound: number;
  readonly bytes: Buffer;
}

/** Tells of each sound record up to the first that is not. Gives way to other work. Rejects where the file cannot be read. */
export async function scanSegment(path: string, tell: (record: SpoolRecord, offset: number) => void): Promise<Scanned> {
  const bytes = await readFile(path);
  let at = bytes.subarray(0, MAGIC.length).equals(MAGIC) ? MAGIC.length : 0;
  let sinceMs = performance.now();
  while (at > 0) {
    const record = recordAt(bytes, at);
    if (record === undefined) break;
    tell(record, at);
    at += record.size;
    if (performance.now() - sinceMs < SLICE_MS) continue;
    await setImmediate();
    sinceMs = performance.now();
  }
  return { sound: at, bytes };
}

/** Cuts a segment behind its sound bytes, and keeps what followed in a file beside it. Gives that file. */
export async function quarantineTail(path: string, { sound, bytes }: Scanned): Promise<QuarantineFile> {
  const tail = bytes.subarray(sound);
  const bad = `${path}.${sound}.bad`;
  const handle = await open(bad, 'w', 0o600);
  try {
    await handle.writeFile(tail);
  } finally {
    await handle.close();
  }
  await truncate(path, sound);
  return { path: bad, bytes: tail.length };
}

/** The bytes of a file from an offset on. */
export async function readPart(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
