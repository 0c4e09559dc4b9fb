import { setImmediate } from 'node:timers/promises';
import { type Body, createBodyWriter } from './body.ts';
import type { Endpoint, Item } from './endpoint.ts';

/** Items encoded between two pauses: 1 ms, or 2 where all are new. */
const SLICE = 1000;

/** Items that go out in one request. */
export interface Batch {
  readonly body: Body;
}

/** Batches of one endpoint. */
export interface Batches {
  /** Undefined after the last. */
  next(): Promise<Batch | undefined>;
  /** Nobody needs this batch any more. */
  recycle(batch: Batch): void;
}

/**
 * Groups items under the endpoint's limits for points and uncompressed bytes, and lets other work in between.
 * An item that is over the limit alone is given to `tooLarge`. `aim`: bytes that bodies should have at most, though one item may
 * have more.
 */
export function batches(
  endpoint: Endpoint,
  items: Iterable<Item | undefined>,
  tooLarge: (item: Item) => void,
  aim: () => number = () => endpoint.maxRawBytes,
): Batches {
  const writer = createBodyWriter(endpoint);
  const source = generate();

  async function* generate(): AsyncGenerator<Batch, undefined, undefined> {
    const frame = writer.size;
    let points = 0;
    let steps = 0;
    for (const item of items) {
      if (++steps % SLICE === 0) await setImmediate();
      if (item === undefined) continue;
      const size = writer.sizeOf(item);
      const { points: own = 1 } = item;
      if (frame + size > endpoint.maxRawBytes || own > endpoint.maxPoints) {
        tooLarge(item);
        continue;
      }
      const full = writer.size + size > aim() || points + own > endpoint.maxPoints;
      if (full && writer.length > 0) {
        yield { body: writer.finish() };
        points = 0;
      }
      writer.add(item, size);
      points += own;
    }
    if (writer.length > 0) yield { body: writer.finish() };
    return undefined;
  }

  return {
    next: async () => (await source.next()).value,
    recycle: ({ body }) => writer.recycle(body),
  };
}
