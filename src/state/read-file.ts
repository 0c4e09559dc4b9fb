import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { createByteReader } from '../kit/byte-reader.ts';
import { END, HASH, HASH_BYTES, MAGIC, MARK_AT, ORDERLY, PIECES_AT, RUNNING, VERSION } from './format.ts';
import type { StateHead } from './write-file.ts';

/** A file of state that is open and whole. */
export interface StateFile extends StateHead {
  /** In the order and of the lengths in which they were written. To be walked once. */
  readonly pieces: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes that are read at once. */
const BLOCK = 65_536;

/**
 * Opens a file of state and reads it once to see that it is whole; its pieces are read again as they are walked, so that no more than one is
 * in memory. Undefined where there is none. Rejects, with half a sentence, when it is not to be used.
 */
export async function openStateFile(file: string, owner: string): Promise<StateFile | undefined> {
  const handle = await openIfThere(file);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const mark = await check(handle, size);
    const pieces = piecesOf(handle, size - HASH_BYTES);
    const first = await pieces.next();
    if (first.done === true) throw new Error('it has no head');
    const head = createByteReader(first.value);
    const given = head.text();
    if (given !== owner) throw new Error(`it is that of ${JSON.stringify(given)}, not of ${JSON.stringify(owner)}`);
    return {
      owner,
      writtenMs: head.number(),
      orderly: mark === ORDERLY,
      pieces,
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Says of a file of state whether it is that of an orderly stop. Rejects when it cannot be written. */
export async function markStateFile(file: string, orderly: boolean): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.write(Uint8Array.of(orderly ? ORDERLY : RUNNING), 0, 1, MARK_AT);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives the mark of a file that is whole. */
async function check(handle: FileHandle, size: number): Promise<number> {
  const start = await bytesAt(handle, 0, Math.min(PIECES_AT, size));
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('it is no file of state, or its start is broken');
  const version = start[MAGIC.length];
  if (version !== VERSION) throw new Error(`its format is "${version}", and this statsdrain reads "${VERSION}"`);
  if (size < PIECES_AT + HASH_BYTES) throw new Error('it was cut off');
  const mark = start[MARK_AT]!;
  if (mark !== ORDERLY && mark !== RUNNING) throw new Error('its start is broken');
  const hash = createHash(HASH).update(start.subarray(0, MARK_AT));
  const end = size - HASH_BYTES;
  for (let at = PIECES_AT; at < end; at += BLOCK) hash.update(await bytesAt(handle, at, Math.min(BLOCK, end - at)));
  const found = await bytesAt(handle, end, HASH_BYTES);
  if (!hash.digest().equals(found)) throw new Error('it was cut off, or some of its bytes are broken');
  return mark;
}

async function* piecesOf(handle: FileHandle, end: number): AsyncGenerator<Uint8Array, undefined, undefined> {
  let at = PIECES_AT;
  for (;;) {
    const length = (await bytesAt(handle, at, 4)).readUInt32LE();
    at += 4;
    if (length === END) return undefined;
    if (at + length > end) throw new Error('one of its pieces is longer than it is');
    yield await bytesAt(handle, at, length);
    at += length;
  }
}

async function bytesAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await handle.read(bytes, read, length - read, at + read);
    if (bytesRead === 0) throw new Error('it was cut off');
    read += bytesRead;
  }
  return bytes;
}
