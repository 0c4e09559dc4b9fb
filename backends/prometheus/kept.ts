import { createByteReader } from '../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../src/kit/byte-writer.ts';
import type { Steps } from '../../src/kit/slices.ts';
import { sharedTagLists } from '../../src/kit/tag-lists.ts';
import { COUNTER, SUMMARY } from './family.ts';
import type { KeptSum, State } from './state.ts';

/** At the start of each piece: what it is a piece of, and its form. */
const FORM = 'prometheus sums 1';

/** Bytes of a piece, about: less than a millisecond of work. */
const PIECE = 16_384;

/** What of the page has to go on after a restart: the sums. Gauges come back with the first window. Nothing is added before the last step. */
export function* keptSums({ table, ageMs }: State): Steps<Iterable<Uint8Array>> {
  const { rows } = table;
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
  yield;
  return pieces(ageMs, { names, tags, groups, values, places, counts, seenMs: rows.seenMs.slice(0, length) });
}

type Copied = Pick<State['table']['rows'], 'names' | 'tags' | 'groups' | 'values' | 'places' | 'counts' | 'seenMs'>;

function* pieces(ageMs: number, rows: Copied): Generator<Uint8Array, undefined, undefined> {
  const writer = createByteWriter();
  for (let row = 0; row < rows.names.length; row++) {
    const name = rows.names[row];
    const group = rows.groups[row];
    if (name === undefined || (group !== COUNTER && group !== SUMMARY)) continue;
    if (writer.length === 0) writer.text(FORM);
    writer.whole(group);
    writer.text(name);
    const tags = rows.tags[row]!;
    writer.whole(tags.length);
    for (const tag of tags) writer.text(tag);
    writer.number(rows.values[row]!);
    writer.number(group === SUMMARY ? rows.counts[rows.places[row]!]! : 0);
    writer.number(ageMs - rows.seenMs[row]!);
    if (writer.length >= PIECE) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
  return undefined;
}

/** Reads pieces, each on its own: the sums as they were. Throws on what `keptSums` did not make. */
export function sumReader(): (piece: Uint8Array) => Generator<KeptSum, undefined, undefined> {
  const shared = sharedTagLists();
  return function* read(piece) {
    const reader = createByteReader(piece);
    const form = reader.text();
    if (form !== FORM) throw new Error(`it holds ${JSON.stringify(form.slice(0, 128))}, not ${JSON.stringify(FORM)}`);
    while (!reader.atEnd) {
      const type = reader.whole() === COUNTER ? 'counter' : 'timer';
      const name = reader.text();
      const tags = shared(Array.from({ length: reader.whole() }, reader.text));
      yield { type, name, tags, value: reader.number(), count: reader.number(), idleMs: reader.number() };
    }
    return undefined;
  };
}
