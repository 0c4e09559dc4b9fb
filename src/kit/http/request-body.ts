import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { refusal } from './refusal.ts';

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

const RATIO = 100;
/** Bytes that any compressed body may unpack to: a few lines of zeros are no attack. */
const RATIO_FLOOR = 1024 * 1024;

/** The whole body, unpacked. Rejects with a refusal (400, 413, 415, 503); what the client still sends is discarded. */
export async function readBody(request: IncomingMessage, limits: BodyLimits, lease: Lease): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const unpack = UNPACKERS.get(encoding);
  if (unpack === undefined) {
    throw refusal(415, 'Content-Encoding must be one of gzip, deflate and identity, and only one layer of it.');
  }
  const limit = encoding === 'identity' ? limits.maxBody : limits.maxPacked;
  const tooLong = `The body is longer than ${limit} bytes.`;
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) throw refusal(413, tooLong);
  lease.reserve(declared);
  const received = await collect(request, limit, lease, tooLong).catch((error: unknown) => {
    request.resume();
    throw error;
  });
  const stream = unpack();
  if (stream === undefined || received.length === 0) return received;

  const most = Math.min(limits.maxBody, Math.max(RATIO_FLOOR, RATIO * received.length));
  stream.end(received);
  try {
    return await collect(stream, most, lease, `The body unpacks to more than ${most} bytes.`);
  } finally {
    stream.destroy();
  }
}

const UNPACKERS = new Map<string, () => Transform | undefined>([
  ['identity', () => undefined],
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
]);

/** Bytes are counted here because `maxOutputLength` of zlib does not hold for streams. */
function collect(stream: Readable, limit: number, lease: Lease, tooLong: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (outcome: () => void) => {
      stream.off('data', take).off('end', finish).off('close', fail);
      outcome();
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      try {
        if (length > limit) throw refusal(413, tooLong);
        lease.use(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const finish = () => settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
    const fail = () => settle(() => reject(refusal(400, 'The body is broken or incomplete.')));
    // `error` stays handled for good: a stream may fail once more after it was given up.
    stream.on('data', take).on('end', finish).on('close', fail).on('error', fail);
  });
}
