/** What a cumulative point means, seen from those that came before it. */
export type Step<Value> =
  /** Nothing is known of what was counted before it: it is only what the next one is compared with. */
  | { readonly kind: 'first' }
  /** All of it is new: its writer began when others were known already. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'since'; readonly before: Value }
  /** It is no newer than the one before it: sent again, or late. Its value is in that of another. */
  | { readonly kind: 'old' };

/** The last cumulative point of each stream. A stream is one set of attributes of one metric of one resource. */
export interface Streams<Value> {
  /**
   * `start` and `time` are nanoseconds; `start` is 0 where it is not known. `size`: numbers that are held with `value`.
   */
  advance(identity: string, start: number, time: number, value: Value, size: number): Step<Value>;
  /** How many streams were forgotten to make room since this was asked before. */
  forgotten(): number;
}

export interface StreamLimits {
  readonly streams: number;
  /** Numbers of all of them together. */
  readonly size: number;
  /** Milliseconds without a point after which a stream is forgotten. */
  readonly idleMs: number;
}

export interface StreamsOptions {
  readonly limits: StreamLimits;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What one process wrote, from its start on: several may write the same stream, and a restarted one is another. */
interface Writer<Value> {
  readonly start: number;
  time: number;
  value: Value;
}

/** One of a ring in the order of the last points: a `Map` alone, whose first key is asked for again and again, has to pass all those that were deleted. */
interface Stream<Value> {
  readonly identity: string;
  writers: Writer<Value>[];
  size: number;
  seenMs: number;
  /** Seen before it. */
  idler: Stream<Value>;
  later: Stream<Value>;
}

/** Of one stream. */
const MOST_WRITERS = 16;
const NANOSECONDS = 1e6;

export function createStreams<Value>({ limits, now }: StreamsOptions): Streams<Value> {
  const streams = new Map<string, Stream<Value>>();
  /** Stands between the latest and the idlest. */
  const ring = newStream<Value>('');
  let size = 0;
  let forgotten = 0;
  /** Whoever began before this may have been seen by a predecessor, or been forgotten: nanoseconds. */
  let known = now() * NANOSECONDS;

  function drop(stream: Stream<Value>): void {
    streams.delete(stream.identity);
    takeOut(stream);
    size -= stream.size;
    for (const { start } of stream.writers) known = Math.max(known, start);
  }

  function makeRoom(nowMs: number): void {
    for (let idlest = ring.later; idlest !== ring; idlest = ring.later) {
      if (nowMs - idlest.seenMs <= limits.idleMs) {
        if (streams.size <= limits.streams && size <= limits.size) break;
        forgotten++;
      }
      drop(idlest);
    }
  }

  function addWriter(stream: Stream<Value>, writer: Writer<Value>): void {
    stream.writers.push(writer);
    if (stream.writers.length <= MOST_WRITERS) return;
    const oldest = stream.writers.reduce((a, b) => (b.time < a.time ? b : a));
    stream.writers = stream.writers.filter((one) => one !== oldest);
    known = Math.max(known, oldest.start);
  }

  /** The first point of a writer: whether all of it is new. */
  function isWhole(stream: Stream<Value>, start: number, time: number): boolean {
    // A start of its own time stands for one that is not known.
    if (start === 0 || start === time) return false;
    if (start > known) return true;
    // One that began behind the last point of another, by the clock of both, is what became of that after a restart.
    return stream.writers.length > 0 && stream.writers.every((other) => start >= other.time);
  }

  return {
    forgotten() {
      const count = forgotten;
      forgotten = 0;
      return count;
    },
    advance(identity, start, time, value, held) {
      const nowMs = now();
      const stream = streams.get(identity) ?? newStream<Value>(identity);
      if (stream.writers.length === 0) streams.set(identity, stream);
      takeOut(stream);
      putBefore(ring, stream);
      stream.seenMs = nowMs;
      const writer = stream.writers.find((one) => one.start === start);
      let step: Step<Value>;
      if (writer === undefined) {
        step = { kind: isWhole(stream, start, time) ? 'whole' : 'first' };
        addWriter(stream, { start, time, value });
      } else if (time <= writer.time) return { kind: 'old' };
      else {
        step = { kind: 'since', before: writer.value };
        writer.time = time;
        writer.value = value;
      }
      const heldNow = held * stream.writers.length;
      size += heldNow - stream.size;
      stream.size = heldNow;
      makeRoom(nowMs);
      return step;
    },
  };
}

function newStream<Value>(identity: string): Stream<Value> {
  const stream: Omit<Stream<Value>, 'idler' | 'later'> = { identity, writers: [], size: 0, seenMs: 0 };
  // A ring of itself.
  const ring = stream as Stream<Value>;
  return Object.assign(ring, { idler: ring, later: ring });
}

function takeOut<Value>({ idler, later }: Stream<Value>): void {
  idler.later = later;
  later.idler = idler;
}

function putBefore<Value>(place: Stream<Value>, stream: Stream<Value>): void {
  stream.idler = place.idler;
  stream.later = place;
  place.idler.later = stream;
  place.idler = stream;
}
