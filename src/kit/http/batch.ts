import { setImmediate } from 'node:timers/promises';
import { type Body, type BodyWriter, createBodyWriter } from './body.ts';
import type { Endpoint, Item } from './endpoint.ts';

/** Items encoded between two pauses: 1 ms, or 2 where all are new. */
const SLICE = 1000;

/** Items that go out in one request. */
export interface Batch {
  readonly body: Body;
  /** Of its items. */
  readonly only: number | undefined;
}

/** A body that is being written. */
interface Open {
  readonly writer: BodyWriter;
  readonly only: number | undefined;
  points: number;
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
  // One for each set of destinations.
  const open = new Map<number | undefined, Open>();
  const source = generate();

  function openFor(only: number | undefined): Open {
    let one = open.get(only);
    if (one === undefined) {
      one = { writer: createBodyWriter(endpoint), only, points: 0 };
      open.set(only, one);
    }
    return one;
  }

  async function* generate(): AsyncGenerator<Batch, undefined, undefined> {
    let one = openFor(undefined);
    const frame = one.writer.size;
    let steps = 0;
    for (const item of items) {
      if (++steps % SLICE === 0) await setImmediate();
      if (item === undefined) continue;
      if (item.only !== one.only) one = openFor(item.only);
      const { writer, only } = one;
      const size = writer.sizeOf(item);
      const { points: own = 1 } = item;
      if (frame + size > endpoint.maxRawBytes || own > endpoint.maxPoints) {
        tooLarge(item);
        continue;
      }
      const full = writer.size + size > aim() || one.points + own > endpoint.maxPoints;
      if (full && writer.length > 0) {
        yield { body: writer.finish(), only };
        one.points = 0;
      }
      writer.add(item, size);
      one.points += own;
    }
    for (const { writer, only } of open.values()) if (writer.length > 0) yield { body: writer.finish(), only };
    return undefined;
  }

  return {
    next: async () => (await source.next()).value,
    recycle: ({ body, only }) => openFor(only).writer.recycle(body),
  };
}
