import { Readable, type Transform } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, crc32, createInflateRaw, deflateRaw, deflateRawSync } from 'node:zlib';
import { type Coding, zstd } from './compress.ts';

/** How a page is held: as deflate it can be sent as gzip and, unpacked again, as it is; as zstd only as zstd. */
export type Packing = 'deflate' | 'zstd';

/**
 * Bytes that are held compressed: a page of a million series takes 25 MB instead of 250. Each block is data that needs none of
 * the others and ends at a byte, so that they can be joined, and made at the same time.
 */
export interface Packed {
  readonly packing: Packing;
  readonly blocks: readonly Uint8Array[];
  readonly crc: number;
  /** Bytes of the page. */
  readonly length: number;
}

/** Blocks that are compressed at the same time, outside of this thread. */
const AT_ONCE = 2;

/** Bytes that become one block, at most, and bytes of an uncompressed page that are written at once. */
const CHUNK = 131_072;

/** 6 takes four times as long to make a page smaller by a third. */
const LEVEL = 1;

/** `ZSTD_c_compressionLevel` of zstd.h. */
const ZSTD_OPTIONS = { params: { 100: LEVEL } };

type Compress = (bytes: Uint8Array) => Promise<Uint8Array>;

const deflated = promisify(deflateRaw);
const compressors: Readonly<Record<Packing, Compress>> = {
  deflate: (bytes) => deflated(bytes, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH }),
  zstd:
    zstd === undefined
      ? () => Promise.reject(new Error('zstd needs Node.js 22.15 or later'))
      : (
          (compress) => (bytes: Uint8Array) =>
            compress(bytes, ZSTD_OPTIONS)
        )(promisify(zstd.zstdCompress)),
};

export function packingFor(coding: Coding): Packing {
  return coding === 'zstd' ? 'zstd' : 'deflate';
}

/** Packs pieces as they come, and lets other work in between. */
export async function pack(pieces: Iterable<Uint8Array>, packing: Packing): Promise<Packed> {
  const compress = compressors[packing];
  const blocks: Uint8Array[] = [];
  const underWay: Promise<void>[] = [];
  let failure: Error | undefined;
  let crc = 0;
  let length = 0;
  for (const bytes of chunks(pieces)) {
    crc = checksum(bytes, crc);
    length += bytes.length;
    const at = blocks.push(bytes) - 1;
    const done = (block: Uint8Array) => {
      blocks[at] = block;
    };
    const failed = (error: Error) => {
      failure ??= error;
    };
    underWay.push(compress(bytes).then(done, failed));
    if (underWay.length >= AT_ONCE) await underWay.shift();
    await setImmediate();
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return { packing, blocks, crc, length };
}

/** A family in protobuf is one piece, however large it is. */
function* chunks(pieces: Iterable<Uint8Array>): Generator<Uint8Array, undefined> {
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += CHUNK) yield piece.subarray(from, from + CHUNK);
  }
}

/**
 * The page with `end` behind it, coded: streams for a `pipeline` to whom it is sent to. The page must be held as
 * {@link packingFor} says.
 */
export function coded(packed: Packed, end: Uint8Array, coding: Coding): readonly [Readable, ...Transform[]] {
  if (packed.packing !== packingFor(coding))
    throw new Error(`a page that is held as ${packed.packing} cannot be sent as ${coding}`);
  switch (coding) {
    case 'identity':
      return [Readable.from(joined(packed, end)), createInflateRaw({ chunkSize: CHUNK })];
    case 'gzip':
      return [Readable.from(gzipped(packed, end))];
    case 'zstd':
      return [Readable.from(zstdFrames(packed, end))];
    default:
      return coding satisfies never;
  }
}

function* joined({ blocks }: Packed, end: Uint8Array): Generator<Uint8Array, undefined> {
  yield* blocks;
  yield deflateRawSync(end, { level: LEVEL });
}

/** https://www.rfc-editor.org/rfc/rfc1952 */
function* gzipped(packed: Packed, end: Uint8Array): Generator<Uint8Array, undefined> {
  // Magic, deflate, no flags, no time, fastest algorithm, unknown system.
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
  yield* joined(packed, end);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum(end, packed.crc), 0);
  trailer.writeUInt32LE((packed.length + end.length) % 2 ** 32, 4);
  yield trailer;
}

/** Frames after one another are one text: https://www.rfc-editor.org/rfc/rfc8878#section-3.1 */
function* zstdFrames({ blocks }: Packed, end: Uint8Array): Generator<Uint8Array, undefined> {
  yield* blocks;
  yield zstd!.zstdCompressSync(end, ZSTD_OPTIONS);
}

/** That of what has the checksum `before`, followed by `bytes`. */
function checksum(bytes: Uint8Array, before: number): number {
  // Of an empty buffer Node gives 0, whatever comes before it.
  return bytes.length === 0 ? before : crc32(bytes, before);
}
