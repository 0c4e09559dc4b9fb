import { Readable, type Transform } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, crc32, createInflateRaw, deflateRaw, deflateRawSync } from 'node:zlib';
import { type Coding, zstd } from './compress.ts';

/** A page as it is held. */
export type Packed = Plain | Deflated;

/** One that is small: as it is, and as deflate once somebody has asked for that. */
export interface Plain {
  readonly kind: 'plain';
  readonly chunks: readonly Uint8Array[];
  /** Bytes of the page. */
  readonly length: number;
  deflated?: Promise<Deflated>;
}

/**
 * A large one: a page of a million series takes 25 MB instead of 250. Each block is deflate that needs none of the others and ends at a byte, so
 * that they can be joined, and made at the same time.
 */
export interface Deflated {
  readonly kind: 'deflated';
  readonly blocks: readonly Uint8Array[];
  readonly crc: number;
  /** Bytes of the page. */
  readonly length: number;
}

/** Bytes of a page up to which it is held as it is: that of 100,000 series with three labels. */
const MOST_PLAIN = 16 * 1024 * 1024;

/** Blocks that are compressed at the same time, outside of this thread. */
const AT_ONCE = 2;

/** Bytes that become one block, about, and bytes of an uncompressed page that are written at once. */
const CHUNK = 131_072;

/** Level 1: 6 takes four times as long to make a page smaller by a third. */
const LEVEL = 1;
const OPTIONS = { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH };

const deflated = promisify(deflateRaw);

/** Packs pieces as they come, and lets other work in between. `mostPlain`: bytes up to which they are held as they are. */
export async function pack(pieces: Iterable<Uint8Array>, mostPlain: number = MOST_PLAIN): Promise<Packed> {
  const walk = chunks(pieces)[Symbol.iterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  for (let next = walk.next(); next.done !== true; next = walk.next()) {
    held.push(next.value);
    length += next.value.length;
    if (length > mostPlain) return deflate(all(held, walk));
    await setImmediate();
  }
  return { kind: 'plain', chunks: held, length };
}

function* all(first: readonly Uint8Array[], rest: Iterable<Uint8Array>): Generator<Uint8Array, undefined> {
  yield* first;
  yield* rest;
  return undefined;
}

async function deflate(pieces: Iterable<Uint8Array>): Promise<Deflated> {
  const blocks: Uint8Array[] = [];
  const underWay: Promise<void>[] = [];
  let failure: Error | undefined;
  let crc = 0;
  let length = 0;
  for (const bytes of pieces) {
    crc = checksum(bytes, crc);
    length += bytes.length;
    const at = blocks.push(bytes) - 1;
    const done = (block: Uint8Array) => {
      blocks[at] = block;
    };
    const failed = (error: Error) => {
      failure ??= error;
    };
    underWay.push(deflated(bytes, OPTIONS).then(done, failed));
    if (underWay.length >= AT_ONCE) await underWay.shift();
    await setImmediate();
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return { kind: 'deflated', blocks, crc, length };
}

/** A family in protobuf is one piece, however large it is. Pieces of about the right size are left whole. */
function* chunks(pieces: Iterable<Uint8Array>): Generator<Uint8Array, undefined> {
  for (const piece of pieces) {
    const size = piece.length < 2 * CHUNK ? piece.length : CHUNK;
    for (let from = 0; from < piece.length; from += size) yield piece.subarray(from, from + size);
  }
}

/**
 * The page with `end` behind it, coded: streams for a `pipeline` to whom it is sent to. For zstd a page is compressed anew each time: blocks of it
 * that need none of the others are frames, of which many readers, that of Node among them, take the first for all.
 */
export async function coded(
  packed: Packed,
  end: Uint8Array,
  coding: Coding,
): Promise<readonly [Readable, ...Transform[]]> {
  switch (coding) {
    case 'identity':
      if (packed.kind === 'plain') return [Readable.from(all(packed.chunks, [end]))];
      return [Readable.from(joined(packed, end)), createInflateRaw({ chunkSize: CHUNK })];
    case 'gzip':
      return [Readable.from(gzipped(await deflatedOf(packed), end))];
    case 'zstd':
      if (zstd === undefined) throw new Error('zstd needs Node.js 22.15 or later');
      return [...(await coded(packed, end, 'identity')), zstd()];
    default:
      return coding satisfies never;
  }
}

/** Made once for all who ask. */
async function deflatedOf(packed: Packed): Promise<Deflated> {
  if (packed.kind === 'deflated') return packed;
  packed.deflated ??= deflate(packed.chunks);
  return packed.deflated;
}

/** As raw deflate data. */
function* joined({ blocks }: Deflated, end: Uint8Array): Generator<Uint8Array, undefined> {
  yield* blocks;
  yield deflateRawSync(end, { level: LEVEL });
}

/** https://www.rfc-editor.org/rfc/rfc1952 */
function* gzipped(packed: Deflated, end: Uint8Array): Generator<Uint8Array, undefined> {
  // Magic, deflate, no flags, no time, fastest algorithm, unknown system.
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
  yield* joined(packed, end);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum(end, packed.crc), 0);
  trailer.writeUInt32LE((packed.length + end.length) % 2 ** 32, 4);
  yield trailer;
}

/** That of what has the checksum `before`, followed by `bytes`. */
function checksum(bytes: Uint8Array, before: number): number {
  // Of an empty buffer Node gives 0, whatever comes before it.
  return bytes.length === 0 ? before : crc32(bytes, before);
}
