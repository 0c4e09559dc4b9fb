import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Payload } from '../plugin.ts';
import { crc32c } from './crc32c.ts';

/**
 * One record of a segment file, all numbers little-endian:
 *
 *     u32 bytes that follow the checksum · u32 CRC-32C of that length and of what follows · u8 kind · …
 *     payload (1):  u32 length of the head · head, JSON · names and ends, deflated JSON · bytes as they are sent
 *     done (2):     u32 segment · u32 offset: the payload there is not waiting any more
 *     doubt (3):    u32 segment · u32 offset: an attempt to send the payload there may have been taken
 *
 * The checksum of a length of 0 is not 0, so that a tail of zeros, which a file system may leave behind, is no record.
 */
export type SpoolRecord = PayloadRecord | NoteRecord;

export interface PayloadRecord {
  readonly kind: 'payload';
  readonly head: Head;
  /** Bytes of the whole record in its file. */
  readonly size: number;
}

/** What became of a payload after it was written. */
export interface NoteRecord {
  readonly kind: 'done' | 'doubt';
  readonly place: Place;
  readonly size: number;
}

/** Where a payload stands: the number of its segment, and the offset there. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** What is known of a payload without reading it. Nothing in it, nor in what follows it, is a credential. */
export interface Head {
  readonly backend: string;
  readonly lane: string;
  /** Unix milliseconds. */
  readonly createdMs: number;
  /** Series, events and checks. */
  readonly items: number;
  readonly encoding?: string;
  readonly priority?: number;
  readonly maxAgeMs?: number;
  readonly start?: number;
  /** An attempt without an answer may have been taken, and twice is not as good as once. */
  readonly ambiguous?: boolean;
  /** Bytes of the deflated names and ends. */
  readonly nameBytes: number;
}

const PREFIX = 8;
const PAYLOAD = 1;
const DONE = 2;
const DOUBT = 3;
const NOTE_BYTES = 9;
/** Of names and ends, inflated: a payload has no more than some ten thousand. */
const MOST_NAME_BYTES = 256 * 1024 * 1024;

const deflated = promisify(deflateRaw);
const inflated = promisify(inflateRaw);

export interface Address {
  readonly backend: string;
  readonly lane: string;
}

/** A payload for one lane, as a record. */
export async function encodePayload(
  { backend, lane, ambiguous }: Address & Pick<Head, 'ambiguous'>,
  payload: Payload,
): Promise<readonly Uint8Array[]> {
  const { bytes, names, ends, createdMs, encoding, priority, maxAgeMs, start: first } = payload;
  // Fast: names are so much alike that more effort gains little.
  const packed = await deflated(JSON.stringify({ names, ends: ends && steps(ends) }), { level: 1 });
  const head: Head = {
    backend,
    lane,
    createdMs,
    items: names.length,
    ...(encoding === undefined ? {} : { encoding }),
    ...(priority === undefined ? {} : { priority }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    ...(first === undefined ? {} : { start: first }),
    ...(ambiguous === true ? { ambiguous } : {}),
    nameBytes: packed.length,
  };
  const text = Buffer.from(JSON.stringify(head));
  const start = Buffer.alloc(5);
  start[0] = PAYLOAD;
  start.writeUInt32LE(text.length, 1);
  return framed([start, text, packed, bytes]);
}

export function encodeNote(kind: NoteRecord['kind'], { segment, offset }: Place): readonly Uint8Array[] {
  const body = Buffer.alloc(NOTE_BYTES);
  body[0] = kind === 'done' ? DONE : DOUBT;
  body.writeUInt32LE(segment, 1);
  body.writeUInt32LE(offset, 5);
  return framed([body]);
}

function framed(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32LE(sizeOf(parts), 0);
  let crc = crc32c(prefix.subarray(0, 4));
  for (const part of parts) crc = crc32c(part, crc);
  prefix.writeUInt32LE(crc, 4);
  return [prefix, ...parts];
}

export function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** The record that begins there; undefined where there is no whole and sound one. Never throws. */
export function recordAt(file: Buffer, at: number): SpoolRecord | undefined {
  const body = bodyAt(file, at);
  if (body === undefined) return undefined;
  const size = PREFIX + body.length;
  if ((body[0] === DONE || body[0] === DOUBT) && body.length === NOTE_BYTES) {
    const place = { segment: body.readUInt32LE(1), offset: body.readUInt32LE(5) };
    return { kind: body[0] === DONE ? 'done' : 'doubt', place, size };
  }
  const parts = partsOf(body);
  return parts && { kind: 'payload', head: parts.head, size };
}

/** The payload in the record that begins there. Rejects where there is none. */
export async function payloadAt(file: Buffer, at: number): Promise<Payload> {
  const body = bodyAt(file, at);
  const parts = body && partsOf(body);
  if (parts === undefined) throw new Error('the record is damaged');
  const { head, packed, bytes } = parts;
  const text = await inflated(packed, { maxOutputLength: MOST_NAME_BYTES });
  const { names, ends } = JSON.parse(text.toString()) as { names: string[]; ends?: number[] };
  const { backend: _, items: __, nameBytes: ___, ambiguous: ____, lane, ...rest } = head;
  return { ...rest, lanes: [lane], bytes, names, ...(ends === undefined ? {} : { ends: sums(ends) }) };
}

function bodyAt(file: Buffer, at: number): Buffer | undefined {
  if (at + PREFIX > file.length) return undefined;
  const length = file.readUInt32LE(at);
  const end = at + PREFIX + length;
  if (end > file.length) return undefined;
  const body = file.subarray(at + PREFIX, end);
  const crc = crc32c(body, crc32c(file.subarray(at, at + 4)));
  return crc === file.readUInt32LE(at + 4) ? body : undefined;
}

function partsOf(body: Buffer): { head: Head; packed: Buffer; bytes: Buffer } | undefined {
  if (body[0] !== PAYLOAD || body.length < 5) return undefined;
  const names = 5 + body.readUInt32LE(1);
  if (names > body.length) return undefined;
  try {
    const head = JSON.parse(body.toString('utf8', 5, names)) as Head;
    const bytes = names + head.nameBytes;
    return bytes > body.length ? undefined : { head, packed: body.subarray(names, bytes), bytes: body.subarray(bytes) };
  } catch {
    return undefined;
  }
}

/** Differences deflate to a fraction of what growing numbers do. */
function steps(ends: readonly number[]): number[] {
  return ends.map((end, index) => end - (ends[index - 1] ?? 0));
}

function sums(differences: readonly number[]): number[] {
  let sum = 0;
  return differences.map((difference) => {
    sum += difference;
    return sum;
  });
}
