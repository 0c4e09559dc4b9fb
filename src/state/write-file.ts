import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createByteWriter } from '../kit/byte-writer.ts';
import { makeFolder } from '../kit/make-folder.ts';
import { END, HASH, MAGIC, ORDERLY, RUNNING, VERSION } from './format.ts';

/** What stands before the pieces. */
export interface StateHead {
  /** Whose state it is: another file of the folder, put in its place, is not taken for it. */
  readonly owner: string;
  /** Unix milliseconds. */
  readonly writtenMs: number;
  /** Written at an orderly stop: nothing came after it. */
  readonly orderly: boolean;
}

/** Bytes of one write: so that a million small pieces are no million writes. */
const BLOCK = 65_536;

/**
 * Writes a file of state so that it is there as a whole or not at all: beside it first, and in its place once it is on the disk. Lets other
 * work in after each block. Rejects when it cannot be written; what was there before stays.
 */
export async function writeStateFile(
  file: string,
  head: StateHead,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const folder = dirname(file);
  await makeFolder(folder, 0o700);
  const unfinished = `${file}.new`;
  await rm(unfinished, { force: true });
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    await writeAll(handle, head, pieces);
    await handle.sync();
    await handle.close();
    await rename(unfinished, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

async function writeAll(
  handle: FileHandle,
  { owner, writtenMs, orderly }: StateHead,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = createHash(HASH);
  let waiting: Uint8Array[] = [];
  let bytes = 0;

  async function flush(): Promise<void> {
    const block = Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
    hash.update(block);
    for (let at = 0; at < block.length; ) at += (await handle.write(block, at)).bytesWritten;
    await setImmediate();
  }

  async function put(piece: Uint8Array): Promise<void> {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(piece.length);
    waiting.push(length, piece);
    bytes += piece.length + length.length;
    if (bytes >= BLOCK) await flush();
  }

  const start = Buffer.from([...MAGIC, VERSION]);
  hash.update(start);
  await handle.write(Buffer.concat([start, Buffer.of(orderly ? ORDERLY : RUNNING)]));
  const writer = createByteWriter();
  writer.text(owner);
  writer.number(writtenMs);
  await put(writer.take());
  for await (const piece of pieces) await put(piece);
  const end = Buffer.alloc(4);
  end.writeUInt32LE(END);
  waiting.push(end);
  await flush();
  await handle.write(hash.digest());
}

/** The new name is on the disk only with its folder. Not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}
