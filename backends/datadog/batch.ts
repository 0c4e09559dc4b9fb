import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import type { Compression } from './config.ts';
import type { Endpoint, Item } from './endpoint.ts';

const gzipped = promisify(gzip);
const deflated = promisify(deflate);

/** Items encoded between two pauses: some 2 ms. */
const SLICE = 500;

/** Items that go out in one request, and the body once it is made. */
export interface Batch {
  readonly items: readonly Item[];
  body?: Uint8Array;
}

/**
 * Groups items under the endpoint's limits for points and uncompressed bytes, and lets other work in between.
 * An item that is over the limit alone is given to `tooLarge`.
 */
export async function* batches(
  endpoint: Endpoint,
  items: Iterable<Item | undefined>,
  tooLarge: (item: Item) => void,
): AsyncGenerator<Batch, void, undefined> {
  const frame = endpoint.head.length + endpoint.tail.length;
  let batch: Item[] = [];
  let bytes = frame;
  let points = 0;
  let steps = 0;
  for (const item of items) {
    if (++steps % SLICE === 0) await setImmediate();
    if (item === undefined) continue;
    const added = item.bytes.length + endpoint.separator.length;
    if (frame + added > endpoint.maxRawBytes || item.points > endpoint.maxPoints) {
      tooLarge(item);
      continue;
    }
    if (batch.length > 0 && (bytes + added > endpoint.maxRawBytes || points + item.points > endpoint.maxPoints)) {
      yield { items: batch };
      batch = [];
      bytes = frame;
      points = 0;
    }
    batch.push(item);
    bytes += added;
    points += item.points;
  }
  if (batch.length > 0) yield { items: batch };
}

export type Compress = (raw: Uint8Array) => Promise<Uint8Array>;

export function compressor(compression: Compression, level: number): Compress | undefined {
  switch (compression) {
    case 'gzip':
      return (raw) => gzipped(raw, { level });
    case 'deflate':
      return (raw) => deflated(raw, { level });
    case 'none':
      return undefined;
    default:
      return compression satisfies never;
  }
}

/** The uncompressed body of one request. */
export function join(endpoint: Endpoint, items: readonly Item[]): Buffer {
  const head = Buffer.from(endpoint.head);
  const separator = Buffer.from(endpoint.separator);
  const parts: Uint8Array[] = [head];
  for (const [i, item] of items.entries()) {
    if (i > 0) parts.push(separator);
    parts.push(item.bytes);
  }
  parts.push(Buffer.from(endpoint.tail));
  return Buffer.concat(parts);
}

/** Two batches of half the items each; the batch has at least two. */
export function halves(batch: Batch): [Batch, Batch] {
  const middle = Math.ceil(batch.items.length / 2);
  return [{ items: batch.items.slice(0, middle) }, { items: batch.items.slice(middle) }];
}
