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
 * move waits for memory twice. A place is one in this array, and holds until the next number is added or removed.
 */
export interface Lookup {
  readonly size: number;
  /** The place of a number with this hash; -1 without one. */
  first(hash: number): number;
  /** The next place of a number with the same hash; -1 after the last. */
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

export function createLookup(): Lookup {
  let entries = new Int32Array(2 * FIRST_ENTRIES);
  /** Of the even places, where entries begin. */
  let mask = entries.length - 2;
  let size = 0;

  function put(hash: number, number: number): void {
    let place = (hash << 1) & mask;
    while (entries[place + 1] !== 0) place = (place + 2) & mask;
    entries[place] = hash;
    entries[place + 1] = number + 1;
  }

  function grow(): void {
    const before = entries;
    entries = new Int32Array(before.length * 2);
    mask = entries.length - 2;
    for (let place = 0; place < before.length; place += 2) {
      if (before[place + 1] !== 0) put(before[place]!, before[place + 1]! - 1);
    }
  }

  /** The first place of a number with this hash from `start` to the end of the chain. */
  function findFrom(start: number, hash: number): number {
    const wanted = hash | 0;
    for (let place = start & mask; entries[place + 1] !== 0; place = (place + 2) & mask) {
      if (entries[place] === wanted) return place;
    }
    return -1;
  }

  return {
    get size() {
      return size;
    },
    first: (hash) => findFrom(hash << 1, hash),
    next: (place) => findFrom(place + 2, entries[place]!),
    at: (place) => entries[place + 1]! - 1,
    add(hash, number) {
      if (++size * 8 > entries.length * 3) grow();
      put(hash, number);
    },
    replace(place, number) {
      entries[place + 1] = number + 1;
    },
    remove(place) {
      let hole = place;
      // Later entries of the chain move up, so that no tombstones are left.
      for (let next = (hole + 2) & mask; entries[next + 1] !== 0; next = (next + 2) & mask) {
        const home = (entries[next]! << 1) & mask;
        if (((next - home) & mask) < ((next - hole) & mask)) continue;
        entries[hole] = entries[next]!;
        entries[hole + 1] = entries[next + 1]!;
        hole = next;
      }
      entries[hole + 1] = 0;
      size--;
    },
  };
}
