/** What a counter is called. Texts and lists are kept as they are given: the window has them too. */
export interface Counter {
  readonly name: string;
  readonly tags: readonly string[];
  readonly host?: string;
}

/**
 * Counters that are sent as 0 when they are idle, for as long as the Datadog Agent does: until so many seconds after their
 * last sample. A million of them take 30 MB beside what windows hold of them, and 20 ms for each window.
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

/** Rows that are looked at before other work may go on: less than 1 ms. */
const ROWS_AT_ONCE = 16_384;

/** Rows without a counter from which on the others move together. */
const HOLES = 1024;

/** `expiry` in seconds. At most `most` counters are known; more are not sent when idle. */
export function createIdleCounters(expiry: number, most = 1_000_000): IdleCounters {
  let names: (string | undefined)[] = [];
  let tagLists: (readonly string[])[] = [];
  let hosts: (string | undefined)[] = [];
  /** Start of the last window with samples. */
  let last = new Uint32Array(256);
  /** Rows by hash, open addressing; -1: none. Rows of counters that are gone stay until the next rebuild. */
  let index = new Int32Array(512).fill(-1);
  let rows = 0;
  let holes = 0;
  let now = 0;
  /** Windows list counters in the same order: where the next one is, most likely. */
  let cursor = 0;

  const isAt = (row: number, name: string, tags: readonly string[], host: string | undefined) =>
    names[row] === name && hosts[row] === host && sameList(tagLists[row]!, tags);

  /** Its row, or where one is to be put, as -1 - slot. */
  function find(name: string, tags: readonly string[], host: string | undefined): number {
    const mask = index.length - 1;
    let slot = hashOf(name, tags, host) & mask;
    for (let row = index[slot]!; row >= 0; row = index[slot]!) {
      if (isAt(row, name, tags, host)) return row;
      slot = (slot + 1) & mask;
    }
    return -1 - slot;
  }

  function put(row: number): void {
    const slot = -1 - find(names[row]!, tagLists[row]!, hosts[row]);
    index[slot] = row;
  }

  function add(slot: number, name: string, tags: readonly string[], host: string | undefined): number {
    const row = rows++;
    names[row] = name;
    tagLists[row] = tags;
    hosts[row] = host;
    index[slot] = row;
    if (rows > last.length) {
      const larger = new Uint32Array(last.length * 2);
      larger.set(last);
      last = larger;
    }
    if (rows * 2 > index.length) reindex(index.length * 2);
    return row;
  }

  function reindex(slots: number): void {
    index = new Int32Array(slots).fill(-1);
    for (let row = 0; row < rows; row++) if (names[row] !== undefined) put(row);
  }

  function compact(): void {
    let to = 0;
    for (let row = 0; row < rows; row++) {
      if (names[row] === undefined) continue;
      names[to] = names[row];
      tagLists[to] = tagLists[row]!;
      hosts[to] = hosts[row];
      last[to++] = last[row]!;
    }
    names = names.slice(0, to);
    tagLists = tagLists.slice(0, to);
    hosts = hosts.slice(0, to);
    rows = to;
    holes = 0;
    let slots = 512;
    while (slots < rows * 2) slots *= 2;
    reindex(slots);
  }

  return {
    get size() {
      return rows - holes;
    },
    begin(start) {
      now = start;
      cursor = 0;
    },
    seen({ name, tags, host }) {
      let row = cursor;
      if (row >= rows || tagLists[row] !== tags || names[row] !== name || hosts[row] !== host) {
        row = find(name, tags, host);
        if (row < 0) {
          if (rows - holes >= most) return;
          row = add(-1 - row, name, tags, host);
        }
        // Those of the window are kept by others anyway.
        names[row] = name;
        tagLists[row] = tags;
      }
      last[row] = now;
      cursor = row + 1;
    },
    *names() {
      const found = new Set<string>();
      for (let row = 0; row < rows; row++) {
        if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield undefined;
        const name = names[row];
        if (name !== undefined && last[row] !== now) found.add(name);
      }
      return found;
    },
    *idle(changed) {
      for (let row = 0; row < rows; row++) {
        if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield undefined;
        const name = names[row];
        if (name === undefined || last[row] === now) continue;
        // The last sample came somewhere in its window, and not at the very start.
        if (last[row]! + expiry >= now && !changed.has(name)) {
          const host = hosts[row];
          yield host === undefined ? { name, tags: tagLists[row]! } : { name, tags: tagLists[row]!, host };
          continue;
        }
        names[row] = undefined;
        tagLists[row] = [];
        holes++;
      }
      if (holes > HOLES && holes * 2 > rows) compact();
      return undefined;
    },
  };
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
