/**
 * From hashes to numbers, for things that are numbered; whether a thing is the one that is looked for, the caller sees:
 *
 *     for (let number = lookup.first(hash); number >= 0; number = lookup.next(hash, number)) if (is(number)) return number;
 *
 * It holds numbers only: at a million families and series, `Map`s by name and by labels took 400 MB more. Hashes count by
 * their low 32 bits.
 *
 *     entries  Int32  [ hash | number + 1, 0 = empty ]  open addressing, linear probing, at most three quarters full
 *
 * The two side by side, because at a million each array that is looked into is another wait for memory: with the hashes in
 * an array of their own, by number, adding and removing took twice as long.
 */
export interface Lookup {
  readonly size: number;
  /** A number with this hash; -1 without one. */
  first(hash: number): number;
  /** Another number with the hash of this one, which is there; -1 after the last. */
  next(hash: number, number: number): number;
  /** Adds a number that is not there, 0 to 2^31 - 2. */
  add(hash: number, number: number): void;
  /** Puts `number` in the place of `before`, which is there with this hash. */
  replace(hash: number, before: number, number: number): void;
  /** Takes away a number that is there with this hash. */
  remove(hash: number, number: number): void;
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

  /** The place of a number that is there. */
  function placeOf(hash: number, number: number): number {
    const wanted = hash | 0;
    let place = (hash << 1) & mask;
    while (entries[place + 1] !== number + 1 || entries[place] !== wanted) {
      if (entries[place + 1] === 0) throw new Error(`Lookup: there is no ${number} with the hash ${hash}`);
      place = (place + 2) & mask;
    }
    return place;
  }

  /** The first number with this hash in the chain that goes on at `start`. */
  function findFrom(start: number, hash: number): number {
    const wanted = hash | 0;
    for (let place = start & mask; ; place = (place + 2) & mask) {
      const number = entries[place + 1]! - 1;
      if (number < 0 || entries[place] === wanted) return number;
    }
  }

  return {
    get size() {
      return size;
    },
    first: (hash) => findFrom(hash << 1, hash),
    next: (hash, number) => findFrom(placeOf(hash, number) + 2, hash),
    add(hash, number) {
      if (++size * 8 > entries.length * 3) grow();
      put(hash, number);
    },
    replace(hash, before, number) {
      entries[placeOf(hash, before) + 1] = number + 1;
    },
    remove(hash, number) {
      let hole = placeOf(hash, number);
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
