import { columnsOf, cutMiddle, printable } from './escape.ts';
import type { Row } from './tables.ts';

/** What a row is about: a name and its tags. */
export interface Label {
  readonly name: string;
  /** With the blank before it; empty without tags. */
  readonly tags: string;
}

/** Columns of a tag, below which it is not cut but left out. */
const TAG_LEAST = 6;
/** Columns of a name, below which it is not cut for its tags. */
const NAME_LEAST = 12;

/** All of it, in printable characters. */
export function wholeLabel({ name, tags }: Pick<Row, 'name' | 'tags'>): Label {
  return labelOf([name, ...tags].map(printable));
}

/**
 * Cut to fit into `columns`, if it does not. Tags that do not tell the row from others of its name go first, and are counted: `+3`.
 * Then what is long is cut in its middle, since a name or a tag is known by its ends.
 */
export function fittingLabel(row: Row, columns: number, shared: ReadonlySet<string> | undefined): Label {
  const whole = wholeLabel(row);
  if (labelColumns(whole) <= columns) return whole;
  const name = printable(row.name);
  const tags = [...row.tags];
  const more = () => (tags.length < row.tags.length ? [`+${row.tags.length - tags.length}`] : []);
  const parts = () => [name, ...tags.map(printable)];
  const long = () => widthOf([...parts(), ...more()]) > columns;
  const crowded = () => leastWidth(parts()) + widthOf(['', ...more()]) > columns;
  for (const tag of shared ?? []) if (long()) tags.splice(tags.indexOf(tag), 1);
  while (tags.length > 0 && crowded()) tags.pop();
  return labelOf([...cut(parts(), columns - widthOf(['', ...more()])), ...more()]);
}

/** The tags that all rows of a name have, where there are several. */
export function sharedTags(rows: readonly Row[]): ReadonlyMap<string, ReadonlySet<string>> {
  const shared = new Map<string, ReadonlySet<string>>();
  const single = new Set<string>();
  for (const { name, tags } of rows) {
    const before = shared.get(name);
    if (before === undefined) single.add(name);
    else single.delete(name);
    shared.set(name, new Set(tags.filter((tag) => before?.has(tag) ?? true)));
  }
  for (const name of single) shared.delete(name);
  return shared;
}

export function labelColumns({ name, tags }: Label): number {
  return columnsOf(name) + columnsOf(tags);
}

function labelOf([name = '', ...tags]: readonly string[]): Label {
  return { name, tags: tags.map((tag) => ` ${tag}`).join('') };
}

function widthOf(parts: readonly string[]): number {
  return columnsOf(parts.join(' '));
}

/** Columns below which the parts are not cut. */
function leastWidth([name = '', ...tags]: readonly string[]): number {
  const tagColumns = tags.map((tag) => 1 + Math.min(columnsOf(tag), TAG_LEAST));
  return tagColumns.reduce((sum, columns) => sum + columns, Math.min(columnsOf(name), NAME_LEAST));
}

function cut(parts: readonly string[], columns: number): readonly string[] {
  const [name = '', ...tags] = parts;
  const room = columns - tags.length;
  const [share = 0] = shares(parts, room);
  const cutName = cutMiddle(name, Math.min(room, Math.max(share, NAME_LEAST)));
  const others = shares(tags, room - columnsOf(cutName));
  return [cutName, ...tags.map((tag, index) => cutMiddle(tag, others[index]!))];
}

/** Columns for each part: the same for all, but for those that need less. */
function shares(parts: readonly string[], room: number): readonly number[] {
  const given: number[] = [];
  let left = room;
  const smallestFirst = [...parts.entries()].sort(([, a], [, b]) => columnsOf(a) - columnsOf(b));
  for (const [at, [index, part]] of smallestFirst.entries()) {
    const share = Math.min(columnsOf(part), Math.floor(left / (parts.length - at)));
    given[index] = share;
    left -= share;
  }
  return given;
}
