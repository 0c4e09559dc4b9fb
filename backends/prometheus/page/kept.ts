import { type ByteReader, createByteReader } from '../../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../../src/kit/byte-writer.ts';
import type { Steps } from '../../../src/kit/slices.ts';
import { sharedTagLists } from '../../../src/kit/tag-lists.ts';
import { type MetricType, type Observer, SELF_PREFIX } from '../../../src/plugin.ts';
import { type Observed, restoreObserved, saveObserved } from '../observers/observer.ts';
import { COUNTER, GAUGE, type Group, HISTOGRAM, isObserver, SET, SUMMARY } from './family.ts';
import type { KeptRow, State } from './state.ts';

/** At the start of each piece: what it is a piece of, and its form. */
const FORM = 'prometheus page 2';
/** What versions before wrote: counters, and the sums and counts of summaries, called as they were sent. */
const SUMS = 'prometheus sums 1';

/** Bytes of a piece, about: less than a millisecond of work. */
const PIECE = 16_384;

/** Written in place of no limit. */
const FOR_EVER = -1;

/** What of the page has to go on after a restart: all series but statsdrain's own. Nothing is added before the last step. */
export function* keptPage(state: State): Steps<Iterable<Uint8Array>> {
  const { rows, families } = state.table;
  const { length } = rows;
  // Copies, because windows are added before the last piece is asked for: some milliseconds each at a million rows.
  const names = rows.names.slice();
  yield;
  const tags = rows.tags.slice();
  yield;
  const groups = rows.groups.slice(0, length);
  const values = rows.values.slice(0, length);
  yield;
  const places = rows.places.slice(0, length);
  const counts = rows.counts.slice();
  const seenMs = rows.seenMs.slice(0, length);
  yield;
  const ttls = rows.ttls.slice(0, length);
  const createdMs = rows.createdMs.slice(0, length);
  const helps = Array.from(rows.families.subarray(0, length), (family) => families.helpOf(family));
  yield;
  const observed = rows.observed.slice();
  return pieces(state.ageMs, { names, tags, groups, values, places, counts, seenMs, ttls, createdMs, helps, observed });
}

type Copied = Pick<
  State['table']['rows'],
  'names' | 'tags' | 'groups' | 'values' | 'places' | 'counts' | 'seenMs' | 'ttls' | 'createdMs' | 'observed'
> & { readonly helps: readonly string[] };

function* pieces(ageMs: number, rows: Copied): Generator<Uint8Array, undefined, undefined> {
  const writer = createByteWriter();
  for (let row = 0; row < rows.names.length; row++) {
    const name = rows.names[row];
    if (name === undefined || name.startsWith(SELF_PREFIX)) continue;
    const group = rows.groups[row] as Group;
    const observed = isObserver(group) ? rows.observed[rows.places[row]!] : undefined;
    // It has left the page since.
    if (isObserver(group) && observed === undefined) continue;
    if (writer.length === 0) writer.text(FORM);
    writer.whole(group);
    writer.text(name);
    const tags = rows.tags[row]!;
    writer.whole(tags.length);
    for (const tag of tags) writer.text(tag);
    writer.text(rows.helps[row]!);
    writer.number(rows.values[row]!);
    writer.number(ageMs - rows.seenMs[row]!);
    writer.number(rows.ttls[row] === Number.POSITIVE_INFINITY ? FOR_EVER : rows.ttls[row]!);
    writer.number(rows.createdMs[row]!);
    if (observed !== undefined) {
      writer.number(rows.counts[rows.places[row]!]!);
      writeObserver(observed, writer);
      saveObserved(observed, writer, ageMs);
    }
    if (writer.length >= PIECE) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
  return undefined;
}

type ByteWriter = ReturnType<typeof createByteWriter>;

function writeObserver(observed: Observed, writer: ByteWriter): void {
  if (observed.kind === 'summary') {
    const { quantiles, maxAgeMs, ageBuckets } = observed.summary.options;
    writeNumbers(quantiles, writer);
    writer.number(maxAgeMs);
    writer.number(ageBuckets);
    return;
  }
  const { buckets, nativeFactor, nativeMaxBuckets } = observed.options;
  writeNumbers(buckets, writer);
  writer.number(nativeFactor);
  writer.number(nativeMaxBuckets);
}

function writeNumbers(numbers: readonly number[], writer: ByteWriter): void {
  writer.whole(numbers.length);
  for (const number of numbers) writer.number(number);
}

/**
 * Reads pieces, each on its own: the series as they were. `savedMs`: what the clock of the page would have been when they were saved. Throws on
 * what `keptPage` did not make.
 */
export function pageReader(savedMs: number): (piece: Uint8Array) => Generator<KeptRow, undefined, undefined> {
  const shared = sharedTagLists();
  const observers = new Map<string, Observer>();
  return function* read(piece) {
    const reader = createByteReader(piece);
    const form = reader.text();
    if (form !== FORM && form !== SUMS)
      throw new Error(`it holds ${JSON.stringify(form.slice(0, 128))}, not ${JSON.stringify(FORM)}`);
    while (!reader.atEnd) yield form === SUMS ? readSum(reader, shared) : readRow(reader, shared, observers, savedMs);
    return undefined;
  };
}

type Shared = ReturnType<typeof sharedTagLists>;

function readRow(reader: ByteReader, shared: Shared, observers: Map<string, Observer>, savedMs: number): KeptRow {
  const group = reader.whole() as Group;
  const type = typeOf(group);
  const row = {
    type,
    name: reader.text(),
    tags: shared(Array.from({ length: reader.whole() }, reader.text)),
    help: reader.text(),
    value: reader.number(),
    idleMs: reader.number(),
    ttlMs: limitOf(reader.number()),
    createdMs: reader.number(),
  };
  if (type !== 'timer') return { ...row, count: 0 };
  const count = reader.number();
  const observer = readObserver(group, reader, observers);
  return { ...row, count, observer, observed: restoreObserved(reader, observer, savedMs) };
}

function limitOf(written: number): number {
  return written === FOR_EVER ? Number.POSITIVE_INFINITY : written;
}

function readSum(reader: ByteReader, shared: Shared): KeptRow {
  const type = reader.whole() === COUNTER ? 'counter' : 'timer';
  const name = reader.text();
  const tags = shared(Array.from({ length: reader.whole() }, reader.text));
  const [value, count, idleMs] = [reader.number(), reader.number(), reader.number()];
  return { type, name, tags, value, count, idleMs, ttlMs: Number.POSITIVE_INFINITY, createdMs: undefined, help: '' };
}

/** Rows of one rule share what it says. */
function readObserver(group: Group, reader: ByteReader, known: Map<string, Observer>): Observer {
  const numbers = Array.from({ length: reader.whole() }, reader.number);
  const [first, second] = [reader.number(), reader.number()];
  const key = [group, ...numbers, first, second].join(' ');
  const made: Observer =
    group === SUMMARY
      ? { kind: 'summary', quantiles: numbers, maxAgeMs: first, ageBuckets: second }
      : { kind: 'histogram', buckets: numbers, nativeFactor: first, nativeMaxBuckets: second };
  const observer = known.get(key) ?? made;
  known.set(key, observer);
  return observer;
}

function typeOf(group: Group): MetricType {
  switch (group) {
    case COUNTER:
      return 'counter';
    case GAUGE:
      return 'gauge';
    case SET:
      return 'set';
    case SUMMARY:
    case HISTOGRAM:
      return 'timer';
    default:
      throw new RangeError(`${JSON.stringify(group satisfies never)} is no type of a series`);
  }
}
