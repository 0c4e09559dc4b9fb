/** What a counter is called. Texts and lists are kept as they are given: the window has them too. */
export interface Counter {
  readonly name: string;
  readonly tags: readonly string[];
  readonly host?: string;
}

/**
 * Counters that are sent as 0 when they are idle, for as long as the Datadog Agent does: until so many seconds after their
 * last sample. A million of them take 45 MB beside what windows hold of them, and some 50 ms of each window, in turns.
 */
export interface IdleCounters {
  /** A window begins, in whole Unix seconds. */
  begin(start: number): void;
  /** A counter with samples in it. */
  seen(counter: Counter): void;
  /** Those without: to be walked after all were seen. Undefined lets the caller pause. `changed` are names that have another type now. */
  idle(changed: ReadonlySet<string>): Generator<Counter | undefined, undefined, undefined>;
  /** Names of those that were not seen yet. */
  names(): Generator<undefined, ReadonlySet<string>, undefined>;
  readonly size: number;
}

/** Rows that are looked at, or moved, before other work may go on: less than 1 ms. */
const ROWS_AT_ONCE = 16_384;

/** Rows without a counter from which on the others move together. */
const HOLES = 1024;

/** Parts of the index, a power of two: one grows at a time, which takes a millisecond with a million counters. */
const PARTS = 64;

/** What is known, row by row; the rows of counters that are gone stay until the others move together. */
interface Table {
  readonly names: (string | undefined)[];
  readonly tagLists: (readonly string[])[];
  readonly hosts: (string | undefined)[];
  readonly hashes: Uint32Array[];
  /** Rows by hash, open addressing; -1: none. */
  readonly parts: Int32Array[];
  /** Rows of each part. */
  readonly used: number[];
}

function emptyTable(): Table {
  return {
    names: [],
    tagLists: [],
    hosts: [],
    hashes: [],
    parts: Array.from({ length: PARTS }, () => new Int32Array(8).fill(-1)),
    used: new Array(PARTS).fill(0),
  };
}

/** Columns of numbers come in blocks, so that none is ever copied. */
const BLOCK = 16_384;
const blockOf = (row: number) => Math.floor(row / BLOCK);

function put(table: Table, row: number, hash: number): void {
  const number = hash & (PARTS - 1);
  let part = table.parts[number]!;
  if (++table.used[number]! * 2 > part.length) {
    const rows = part.filter((one) => one >= 0);
    part = new Int32Array(part.length * 2).fill(-1);
    for (const one of rows) part[freeSlot(part, table.hashes[blockOf(one)]![one % BLOCK]!)] = one;
    table.parts[number] = part;
  }
  part[freeSlot(part, hash)] = row;
}

function freeSlot(part: Int32Array, hash: number): number {
  let slot = (hash >>> 6) & (part.length - 1);
  while (part[slot]! >= 0) slot = (slot + 1) & (part.length - 1);
  return slot;
}

/** `expiry` in seconds. At most `most` counters are known; more are not sent when idle. */
export function createIdleCounters(expiry: number, most = 1_000_000): IdleCounters {
  let table = emptyTable();
  /** By row, in blocks: start of the last window with samples. */
  let last: Uint32Array[] = [];
  let holes = 0;
  let now = 0;
  /** Windows list counters in the same order: where the next one is, most likely. */
  let cursor = 0;

  const lastOf = (row: number) => last[blockOf(row)]![row % BLOCK]!;

  /** Its row; -1: none. */
  function find(hash: number, name: string, tags: readonly string[], host: string | undefined): number {
    const { names, tagLists, hosts, hashes, parts } = table;
    const part = parts[hash & (PARTS - 1)]!;
    for (let slot = (hash >>> 6) & (part.length - 1); part[slot]! >= 0; slot = (slot + 1) & (part.length - 1)) {
      const row = part[slot]!;
      if (hashes[blockOf(row)]![row % BLOCK] !== hash || names[row] !== name || hosts[row] !== host) continue;
      if (sameList(tagLists[row]!, tags)) return row;
    }
    return -1;
  }

  /** The counters that there are still, in their order. They go on as they are until all have moved. */
  function* compact(): Generator<undefined, void, undefined> {
    const next = emptyTable();
    const nextLast: Uint32Array[] = [];
    for (let row = 0; row < table.names.length; row++) {
      if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield undefined;
      const name = table.names[row];
      if (name === undefined) continue;
      const hash = table.hashes[blockOf(row)]![row % BLOCK]!;
      const to = append(next, nextLast, hash, name, table.tagLists[row]!, table.hosts[row]);
      nextLast[blockOf(to)]![to % BLOCK] = lastOf(row);
    }
    table = next;
    last = nextLast;
    holes = 0;
  }

  return {
    get size() {
      return table.names.length - holes;
    },
    begin(start) {
      now = start;
      cursor = 0;
    },
    seen({ name, tags, host }) {
      const { names, tagLists, hosts } = table;
      let row = cursor;
      if (row >= names.length || tagLists[row] !== tags || names[row] !== name || hosts[row] !== host) {
        const hash = hashOf(name, tags, host);
        row = find(hash, name, tags, host);
        if (row < 0) {
          if (names.length - holes >= most) return;
          row = append(table, last, hash, name, tags, host);
        }
        // Those of the window are kept by others anyway.
        names[row] = name;
        tagLists[row] = tags;
      }
      last[blockOf(row)]![row % BLOCK] = now;
      cursor = row + 1;
    },
    *names() {
      const found = new Set<string>();
      for (let row = 0; row < table.names.length; row++) {
        if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield undefined;
        const name = table.names[row];
        if (name !== undefined && lastOf(row) !== now) found.add(name);
      }
      return found;
    },
    *idle(changed) {
      const { names, tagLists, hosts } = table;
      for (let row = 0; row < names.length; row++) {
        if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield undefined;
        const name = names[row];
        const seconds = lastOf(row);
        if (name === undefined || seconds === now) continue;
        // The last sample came somewhere in its window, and not at the very start.
        if (seconds + expiry >= now && !changed.has(name)) {
          const host = hosts[row];
          yield host === undefined ? { name, tags: tagLists[row]! } : { name, tags: tagLists[row]!, host };
          continue;
        }
        names[row] = undefined;
        tagLists[row] = [];
        holes++;
      }
      if (holes > HOLES && holes * 2 > names.length) yield* compact();
      return undefined;
    },
  };
}

function append(
  table: Table,
  last: Uint32Array[],
  hash: number,
  name: string,
  tags: readonly string[],
  host: string | undefined,
): number {
  const row = table.names.length;
  table.names.push(name);
  table.tagLists.push(tags);
  table.hosts.push(host);
  if (row % BLOCK === 0) {
    table.hashes.push(new Uint32Array(BLOCK));
    last.push(new Uint32Array(BLOCK));
  }
  table.hashes[blockOf(row)]![row % BLOCK] = hash;
  put(table, row, hash);
  return row;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** FNV-1a over the UTF-16 units. */
function hashOf(name: string, tags: readonly string[], host: string | undefined): number {
  let hash = 0x811c9dc5;
  const add = (text: string) => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x1f, 0x01000193);
  };
  add(name);
  for (const tag of tags) add(tag);
  if (host !== undefined) add(host);
  return (hash ^ (hash >>> 15)) >>> 0;
}
