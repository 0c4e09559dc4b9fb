/**
 * From hashes to numbers, for things that are numbered; whether a thing is the one that is looked for, the caller sees:
 *
 *     for (let place = lookup.first(hash); place >= 0; place = lookup.next(place)) {
 *       if (isWanted(lookup.at(place))) return lookup.at(place);
 *     }
 *
 * It holds numbers only: at a million families and series, `Map`s by name and by labels took 400 MB more. Hashes count by
 * their low 32 bits.
 *
 *     entries  Int32  [ hash | number + 1, 0 = empty ]  open addressing, linear probing, at most three quarters full
 *
 * The two side by side, 11 to 21 bytes for each: with the hashes in an array of their own, by number, each look and each
 * move waits for memory twice. From some thousand numbers on there are 64 such arrays, by the high bits of the hash, and each
 * grows for itself: with one array a million moved at once, which took up to 200 ms. A place is one in these arrays, and holds until
 * the next number is added or removed.
 */
export interface Lookup {
  readonly size: number;
  /** The place of a number with this hash; below 0 without one. */
  first(hash: number): number;
  /** The next place of a number with the same hash; below 0 after the last. */
  next(place: number): number;
  /** The number at a place. */
  at(place: number): number;
  /** Numbers are 0 to 2^31 - 2. */
  add(hash: number, number: number): void;
  /** Puts another number with the same hash at a place. */
  replace(place: number, number: number): void;
  remove(place: number): void;
}

const FIRST_ENTRIES = 256;
/** A single array of this many entries is divided when it is full. */
const MOST_IN_ONE = 16_384;
const PART_BITS = 6;
const PARTS = 1 << PART_BITS;

type Entries = Int32Array<ArrayBuffer>;

function put(entries: Entries, hash: number, number: number): void {
  const mask = entries.length - 2;
  let at = (hash << 1) & mask;
  while (entries[at + 1] !== 0) at = (at + 2) & mask;
  entries[at] = hash;
  entries[at + 1] = number + 1;
}

function grown(before: Entries): Entries {
  const entries = new Int32Array(before.length * 2);
  for (let at = 0; at < before.length; at += 2) {
    if (before[at + 1] !== 0) put(entries, before[at]!, before[at + 1]! - 1);
  }
  return entries;
}

/** Where the first entry with this hash is from `start` to the end of the chain; -1 without one. */
function findFrom(entries: Entries, start: number, hash: number): number {
  const wanted = hash | 0;
  const mask = entries.length - 2;
  for (let at = start & mask; entries[at + 1] !== 0; at = (at + 2) & mask) {
    if (entries[at] === wanted) return at;
  }
  return -1;
}

function removeAt(entries: Entries, at: number): void {
  const mask = entries.length - 2;
  let hole = at;
  // Later entries of the chain move up, so that no tombstones are left.
  for (let next = (hole + 2) & mask; entries[next + 1] !== 0; next = (next + 2) & mask) {
    const home = (entries[next]! << 1) & mask;
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    entries[hole] = entries[next]!;
    entries[hole + 1] = entries[next + 1]!;
    hole = next;
  }
  entries[hole + 1] = 0;
}

export function createLookup(): Lookup {
  let parts = [new Int32Array(2 * FIRST_ENTRIES)];
  /** By part: its numbers. */
  let sizes = new Uint32Array(1);
  /** Of the numbers of parts: 0 while there is one. */
  let partMask = 0;
  let size = 0;

  function partOf(hash: number): number {
    return (hash >>> (32 - PART_BITS)) & partMask;
  }

  function divide(): void {
    const before = parts[0]!;
    parts = Array.from({ length: PARTS }, () => new Int32Array((4 * MOST_IN_ONE) / PARTS));
    sizes = new Uint32Array(PARTS);
    partMask = PARTS - 1;
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] !== 0) addTo(partOf(before[at]!), before[at]!, before[at + 1]! - 1);
    }
  }

  function addTo(part: number, hash: number, number: number): void {
    sizes[part] = sizes[part]! + 1;
    if (sizes[part]! * 8 > parts[part]!.length * 3) parts[part] = grown(parts[part]!);
    put(parts[part]!, hash, number);
  }

  return {
    get size() {
      return size;
    },
    // A place has the number of its part in the low bits. Of -1 any is below 0.
    first(hash) {
      const part = partOf(hash);
      return (findFrom(parts[part]!, hash << 1, hash) << PART_BITS) | part;
    },
    next(place) {
      const entries = parts[place & partMask]!;
      const at = place >> PART_BITS;
      return (findFrom(entries, at + 2, entries[at]!) << PART_BITS) | (place & partMask);
    },
    at: (place) => parts[place & partMask]![(place >> PART_BITS) + 1]! - 1,
    add(hash, number) {
      size++;
      if (partMask === 0 && size * 8 > 2 * MOST_IN_ONE * 3) divide();
      addTo(partOf(hash), hash, number);
    },
    replace(place, number) {
      parts[place & partMask]![(place >> PART_BITS) + 1] = number + 1;
    },
    remove(place) {
      const part = place & partMask;
      removeAt(parts[part]!, place >> PART_BITS);
      sizes[part] = sizes[part]! - 1;
      size--;
    },
  };
}
