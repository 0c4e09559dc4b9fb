import type { Steps } from '../../../src/kit/slices.ts';
import type { Json, LogRecord } from '../records/record.ts';
import type { Post } from '../senders/sender.ts';
import { anyRecord } from './record.ts';
import { type RecordTaker, splitObject, splitValues } from './split.ts';

/** Places, and bytes of the body, between two looks at the clock. */
const PLACES_BETWEEN = 16;
const BYTES_BETWEEN = 64 * 1024;
/** Records that are held at a time, and bytes of their JSON: what lives on costs several times as much as what does not. */
const MOST_HELD = 1024;
const MOST_BYTES_HELD = 1024 * 1024;

/** The line of one value, as whoever sent it writes it. Undefined: it has none, which is no fault. */
export type MakeRecord = (value: Json, written: string) => LogRecord | undefined;

interface Records extends RecordTaker {
  /** Does what was paused for. */
  settle(): Steps<void>;
}

function createRecords(body: Buffer, post: Post, make: MakeRecord): Records {
  const { logs } = post;
  let isFull = false;
  let held = 0;
  let bytesHeld = 0;
  let places = PLACES_BETWEEN;
  let looked = 0;

  return {
    take(start, end) {
      const written = body.toString('utf8', start, end);
      const value = parseJson(written);
      if (value === undefined) return false;
      const record = make(value, written);
      if (record === undefined) return true;
      bytesHeld += end - start;
      if (logs.record(record) || ++held > MOST_HELD || bytesHeld > MOST_BYTES_HELD) isFull = true;
      return true;
    },
    pause(at) {
      if (isFull) return true;
      if (--places > 0 && at - looked < BYTES_BETWEEN) return false;
      places = PLACES_BETWEEN;
      looked = at;
      return post.spent();
    },
    *settle() {
      if (!isFull) return yield;
      isFull = false;
      held = bytesHeld = 0;
      yield* logs.flush();
    },
  };
}

/** Does the steps of a splitter. */
function* settling<Result>(steps: Steps<Result>, records: Records): Steps<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    yield* records.settle();
  }
}

/** The records of a body of JSON, see {@link splitValues}. What is none is counted. */
export function* readRecords(body: Buffer, post: Post, make: MakeRecord = anyRecord): Steps<void> {
  const records = createRecords(body, post, make);
  countBad(post, yield* settling(splitValues(body, records), records));
}

export interface ListOf {
  readonly list: string;
  /** Any other field of the object that holds the list. */
  field(key: string, value: Json): void;
  readonly make: MakeRecord;
}

/** Bytes of such a field that may be of use. */
const LONGEST_FIELD = 1024;

/**
 * The elements of a list in the object that begins at `start` of a body, see {@link splitObject}. Gives where the object ends, or -1
 * where it does not: elements before that were taken.
 */
export function* readList(body: Buffer, start: number, post: Post, { list, field, make }: ListOf): Steps<number> {
  const records = createRecords(body, post, make);
  const taker = {
    ...records,
    list,
    field(key: string, from: number, to: number) {
      const value = to - from > LONGEST_FIELD ? undefined : parseJson(body.toString('utf8', from, to));
      if (value !== undefined) field(key, value);
    },
  };
  const { end, bad } = yield* settling(splitObject(body, start, taker), records);
  countBad(post, bad);
  return end;
}

/** Records that could not be read. */
export function countBad({ repeated, count }: Post, bad: number): void {
  if (!repeated && bad > 0) count('drain.bad_records', bad);
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
