import { grown } from './grow.ts';

/**
 * From a hash to a number, for things that are numbered; what they are is looked at by the caller. It holds numbers only:
 * at a million families and series, `Map`s by name and by labels took 400 MB more.
 *
 *     slots   Uint32  [ number + 1 | 0 = empty ]  open addressing, linear probing, at most half full
 *     hashes  Uint32  [ by number ]
 *
 * Nothing is removed: whoever numbers anew makes a new one.
 */
export interface Lookup {
  /** The first number with this hash for which `is` holds; -1 without one. */
  find(hash: number, is: (number: number) => boolean): number;
  /** Adds a number that was not added before. */
  add(number: number, hash: number): void;
  /** Of a number that was added. */
  hashOf(number: number): number;
}

const FIRST_SLOTS = 256;

export function createLookup(): Lookup {
  let slots = new Uint32Array(FIRST_SLOTS);
  let mask = slots.length - 1;
  let hashes = new Uint32Array(FIRST_SLOTS / 2);
  let size = 0;

  function put(number: number): void {
    let slot = hashes[number]! & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = number + 1;
  }

  return {
    find(hash, is) {
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const number = slots[slot]! - 1;
        if (number < 0) return -1;
        if (hashes[number] === hash && is(number)) return number;
      }
    },
    add(number, hash) {
      if (++size * 2 > slots.length) {
        const before = slots;
        slots = new Uint32Array(before.length * 2);
        mask = slots.length - 1;
        for (let slot = 0; slot < before.length; slot++) if (before[slot] !== 0) put(before[slot]! - 1);
      }
      if (number >= hashes.length) hashes = grown(hashes, number + 1);
      hashes[number] = hash;
      put(number);
    },
    hashOf: (number) => hashes[number]!,
  };
}

/** Differs by process, so that nobody can prepare names that collide. */
const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;

/** The hash of `text`, or of what has the hash `before` followed by `text`. */
export function hashText(text: string, before: number = seed): number {
  let hash = before;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

export function hashNumber(number: number): number {
  return Math.imul(number ^ seed, 0x9e3779b1) >>> 0;
}
