import type { IncomingMessage } from 'node:http';
import { Readable, type TransformOptions } from 'node:stream';
import zlib, {
  type BrotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  type Gunzip,
  type Inflate,
  type InflateRaw,
  type ZlibOptions,
} from 'node:zlib';
import { bufferPassed, collectGarbage } from '../garbage.ts';
import { refusal } from './refusal.ts';
import { createTurns, type Turn } from './turns.ts';

export interface BodyLimits {
  /** Bytes, unpacked. */
  readonly maxBody: number;
  /** Bytes, as received, of a compressed body. */
  readonly maxPacked: number;
}

/** How much of the memory for bodies one request holds. */
export interface Lease {
  /** `bytes` are going to be used; those that `use` reports later are among them. Throws a refusal (503). */
  reserve(bytes: number): void;
  /** `bytes` more are in use. Throws a refusal (503). */
  use(bytes: number): void;
  release(): void;
}

/** Shares `capacity` bytes among the requests in flight. */
export function createBudget(capacity: number): { lease(): Lease } {
  let free = capacity;
  return {
    lease() {
      let held = 0;
      let used = 0;
      const hold = (bytes: number) => {
        const more = bytes - held;
        if (more <= 0) return;
        if (bytes > capacity) throw refusal(413, `All bodies together may take ${capacity} bytes ("maxInFlight").`);
        if (more > free) {
          throw refusal(503, 'Too many bodies are being received at this time; send this one again later.', {
            'retry-after': '1',
          });
        }
        free -= more;
        held = bytes;
      };
      return {
        reserve: (bytes) => hold(used + bytes),
        use: (bytes) => {
          used += bytes;
          hold(used);
        },
        release: () => {
          free += held;
          held = 0;
          used = 0;
        },
      };
    },
  };
}

/**
 * Bodies that unpack to more than this many times their length, which honest ones may do too (equal lines pack 171:1), are unpacked one
 * at a time, into memory that is used again: fifty bombs would else hold the whole limit each, and leave as much as garbage.
 */
const SUSPECT_RATIO = 100;
/** Bytes that a body may unpack to at such a ratio before it has to wait for its turn. */
const SUSPECT_FLOOR = 8 * 1024;
const SCRATCH = 8 * 1024 * 1024;
const suspects = createTurns(1, () => Buffer.allocUnsafeSlow(SCRATCH));

/**
 * The whole body, unpacked as it arrives. An encoding that nobody knows is taken for a mistake where the body is text all the same.
 * `verify` is given the body as it was received, before anything of it is unpacked. Rejects with a refusal (400, 413, 415, 503, or that
 * of `verify`), and leaves what still comes to `discard`.
 */
export async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  lease: Lease,
  verify?: (raw: Buffer) => void,
): Promise<Buffer> {
  // Whoever went away before this tells nobody any more: its `close` has been.
  if (request.destroyed && !request.complete) throw refusal(400, BROKEN);
  const encoding = encodingOf(request.headers['content-encoding']);
  const unpack = UNPACKERS.get(encoding);
  const isPlain = encoding === 'identity' || unpack === undefined;
  const limit = isPlain ? limits.maxBody : limits.maxPacked;
  const tooLong = `The body is longer than ${limit} bytes.`;
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) throw refusal(413, tooLong);
  if (!isPlain && verify === undefined) {
    return unpackBody(request, await unpack(request), limits, lease, tooLong);
  }
  lease.reserve(declared);
  const body = await receive(request, limit, lease, tooLong);
  verify?.(body);
  if (!isPlain) {
    const packed = Readable.from([body], { objectMode: false });
    return unpackBody(packed, await unpack(packed), limits, lease, tooLong);
  }
  if (encoding !== 'identity' && !isText(body)) {
    throw refusal(415, `Content-Encoding must be one of ${ENCODINGS}, and only one layer of it.`);
  }
  return body;
}

async function receive(request: IncomingMessage, limit: number, lease: Lease, tooLong: string): Promise<Buffer> {
  // A small body came with its headers, and has been parsed when this goes on: its events would cost 2 µs.
  await undefined;
  if (request.complete && request.readableLength <= limit) {
    const body: Buffer | null = request.read();
    if (body === null) return Buffer.alloc(0);
    bufferPassed(body.length);
    lease.use(body.length);
    return body;
  }
  const kept = createKept();
  await take(request, (chunk) => {
    if (kept.length() + chunk.length > limit) throw refusal(413, tooLong);
    lease.use(chunk.length);
    kept.add(chunk);
  });
  return kept.all();
}

/** Layers that change nothing are left out: `identity, gzip` is gzip. */
function encodingOf(header: string | undefined): string {
  if (header === undefined) return 'identity';
  const layers = header
    .toLowerCase()
    .split(',')
    .map((layer) => layer.trim());
  return layers.filter((layer) => layer !== '' && layer !== 'identity').join(', ') || 'identity';
}

/** Bytes at its start by which a body is told. */
const LOOKED_AT = 1024;

/** True for UTF-8 or latin1 without control characters but tab, LF, FF, CR and ESC. */
function isText(body: Buffer): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what text has not.
  return !/[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(body.toString('latin1', 0, LOOKED_AT));
}

/** Bytes of a refused body that are read so that its sender, which may first look for an answer when all is sent, gets it. */
const MOST_DISCARDED = 64 * 1024 * 1024;

/** Reads on and throws away, until the body ends, is cut off, or is too long for that too. */
export async function discard(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return;
  await new Promise<void>((resolve) => {
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      bufferPassed(chunk.length);
      if (length > MOST_DISCARDED) settle();
    };
    const settle = () => {
      request.off('data', take).off('end', settle).off('close', settle);
      resolve();
    };
    request.on('data', take).on('end', settle).on('close', settle).on('error', settle);
    request.resume();
  });
}

type Unpacker = Gunzip | Inflate | InflateRaw | BrotliDecompress;

/** What Node.js has since 22.15. */
interface Zstd {
  createZstdDecompress(options: TransformOptions & { readonly params: Readonly<Record<number, number>> }): Unpacker;
}
const { createZstdDecompress } = zlib as typeof zlib & Partial<Zstd>;
/** A stream may ask for 16 MiB of memory anyway; `BROTLI_DECODER_PARAM_LARGE_WINDOW` would let it ask for a GiB. */
const BROTLI_WINDOW = { [zlib.constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 0 };
/** `ZSTD_d_windowLogMax` of zstd.h, and 8 MiB: a frame may ask for 128 MiB of memory before it unpacks to anything. */
const ZSTD_WINDOW = { 100: 23 };

/** Bytes of a body that wait before its decompressor, and behind it. Node 22 and later would take 64 KiB. */
const HELD = 16 * 1024;
const UNPACKING: ZlibOptions & TransformOptions = { highWaterMark: HELD };

type CreateUnpacker = (packed: Readable) => Unpacker | Promise<Unpacker>;

const UNPACKERS = new Map<string, CreateUnpacker>([
  ['gzip', () => createGunzip(UNPACKING)],
  ['x-gzip', () => createGunzip(UNPACKING)],
  ['deflate', inflaterOf],
  ['br', () => createBrotliDecompress({ ...UNPACKING, params: BROTLI_WINDOW })],
  ...(createZstdDecompress === undefined
    ? []
    : [['zstd', () => createZstdDecompress({ ...UNPACKING, params: ZSTD_WINDOW })] as const]),
]);
const ENCODINGS = `gzip, deflate, br, ${createZstdDecompress === undefined ? '' : 'zstd '}and identity`;

/** By RFC 9110 `deflate` has the head of zlib (RFC 1950), but some leave it out. */
async function inflaterOf(packed: Readable): Promise<Unpacker> {
  const [first = 0, second = 0] = (await peek(packed)) ?? [];
  const hasHead = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
  return hasHead ? createInflate(UNPACKING) : createInflateRaw(UNPACKING);
}

/** What came first; it is still there to be read. Undefined where nothing comes. */
async function peek(packed: Readable): Promise<Buffer | undefined> {
  if (packed.readableLength === 0 && !packed.readableEnded && !packed.destroyed) {
    await new Promise<void>((resolve) => {
      const settle = () => {
        packed.off('readable', settle).off('end', settle).off('close', settle).off('error', settle);
        resolve();
      };
      packed.on('readable', settle).on('end', settle).on('close', settle).on('error', settle);
    });
  }
  const chunk: Buffer | null = packed.read();
  if (chunk === null) return undefined;
  packed.unshift(chunk);
  return chunk;
}

async function unpackBody(
  packed: Readable,
  unpacker: Unpacker,
  limits: BodyLimits,
  lease: Lease,
  tooLong: string,
): Promise<Buffer> {
  let turn: Turn | undefined;
  const kept = createKept();
  const feeding = feed(packed, unpacker, limits.maxPacked, tooLong);
  const collecting = take(unpacker, (chunk) => {
    const length = kept.length() + chunk.length;
    // What the decompressor has read, not what has arrived: the ratio is known after the first KiB of a bomb.
    const fair = SUSPECT_RATIO * unpacker.bytesWritten;
    if (length > limits.maxBody) throw refusal(413, `The body unpacks to more than ${limits.maxBody} bytes.`);
    lease.use(chunk.length);
    kept.add(chunk);
    if (turn !== undefined || length <= SUSPECT_FLOOR || length <= fair) return;
    unpacker.pause();
    turn = suspects.take((scratch) => {
      kept.useScratch(scratch);
      unpacker.resume();
    });
  });
  try {
    await Promise.all([collecting, feeding.done]);
    return kept.all();
  } finally {
    feeding.stop();
    unpacker.destroy();
    if (turn !== undefined) collectGarbage(true);
    turn?.end();
  }
}

/** Writes what arrives to `unpacker`, at its pace and by little: fifty bombs hold 64 KiB each of what has arrived, not twice that. */
function feed(request: Readable, unpacker: Unpacker, limit: number, tooLong: string) {
  let packed = 0;
  let stop: () => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    const more = () => {
      for (let wanted = true; wanted; ) {
        const chunk: Buffer | null = request.read(Math.min(request.readableLength, HELD) || undefined);
        if (chunk === null) return;
        packed += chunk.length;
        bufferPassed(chunk.length);
        if (packed > limit) return reject(refusal(413, tooLong));
        wanted = unpacker.write(chunk);
      }
    };
    const ended = () => {
      unpacker.end();
      resolve();
    };
    const failed = () => reject(refusal(400, BROKEN));
    stop = () => {
      request.off('readable', more).off('end', ended).off('close', failed);
      unpacker.off('drain', more);
    };
    unpacker.on('drain', more);
    request.on('readable', more).on('end', ended).on('close', failed).on('error', failed);
    // Whoever looked at its first bytes may have seen its end.
    if (request.readableEnded) ended();
    else if (request.destroyed) failed();
  });
  return { done, stop: () => stop() };
}

const BROKEN = 'The body is broken or incomplete.';

/** Pieces of a body; with `scratch`, those that fit are copied to it instead of being held. */
function createKept() {
  const chunks: Buffer[] = [];
  let scratch: Buffer = Buffer.alloc(0);
  let used = 0;
  let length = 0;
  return {
    length: () => length,
    add(chunk: Buffer) {
      length += chunk.length;
      if (chunk.length <= scratch.length - used) {
        scratch.set(chunk, used);
        used += chunk.length;
        return;
      }
      if (used > 0) {
        chunks.push(Buffer.from(scratch.subarray(0, used)));
        used = 0;
        scratch = Buffer.alloc(0);
      }
      chunks.push(chunk);
    },
    useScratch(memory: Buffer) {
      scratch = memory;
    },
    all() {
      if (used === 0 && chunks.length === 1) return chunks[0]!;
      return Buffer.concat([...chunks, scratch.subarray(0, used)], length);
    },
  };
}

/** Gives each piece of `stream` to `add`, which throws where it is too much. */
function take(stream: Readable, add: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      stream.off('data', next).off('end', finish).off('close', fail);
      outcome();
    };
    const next = (chunk: Buffer) => {
      bufferPassed(chunk.length);
      try {
        add(chunk);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const finish = () => settle(resolve);
    const fail = () => settle(() => reject(refusal(400, BROKEN)));
    // `error` stays handled for good: a stream may fail once more after it was given up.
    stream.on('data', next).on('end', finish).on('close', fail).on('error', fail);
  });
}
