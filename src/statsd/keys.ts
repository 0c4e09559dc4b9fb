import { grown } from '../kit/grow.ts';
import { hashText } from '../kit/hash.ts';
import { createLookup } from '../kit/lookup.ts';

/**
 * The keys of one of the original's hashes (its counters, its timers, …), each with a number that stands for its text.
 *
 * A key is in the hash from its first sample until the original would delete it, and the hash has the order in which its keys
 * came there. Besides, a key keeps its number while a shard has raw keys that stand for it (`retain`, `release`), in the
 * hash or not.
 */
export interface Keys {
  /** Keys in the hash. */
  readonly size: number;
  /** Keys that have a number. */
  readonly known: number;
  /** Bytes of memory that their texts take, about. */
  readonly bytes: number;
  /** The first `size` elements are the numbers of the keys in the hash, in its order. */
  readonly order: Uint32Array;
  /** All numbers are below this. */
  readonly limit: number;
  /** The text of a key. */
  name(number: number): string;
  /** What `mark` gave for the key. */
  isMarked(number: number): boolean;
  /** The number of a key; undefined when it has none. */
  find(key: string): number | undefined;
  /** One raw key more stands for this key. Gives its number. */
  retain(key: string): number;
  /** One raw key less stands for it. */
  release(number: number): void;
  /** Whether the key is in the hash. */
  isPresent(number: number): boolean;
  /** Puts a key at the end of the hash. True when it was not in it. */
  enter(number: number): boolean;
  /** Takes out of the hash the keys for which `keep` gives false. */
  filter(keep: (number: number) => boolean): void;
  /** Moves keys that are in the hash to its front, in this order. */
  moveToFront(numbers: readonly number[]): void;
  /** The texts of the keys in the hash, in its order. */
  names(): string[];
}

const FIRST_ROOM = 64;
/** Bytes of a key without its text: an entry of the map, and its place in all columns. */
const KEY = 120;

/** Bytes of memory that a key takes, about. */
export function keyCost(key: string): number {
  return KEY + key.length * (isWide.test(key) ? 2 : 1);
}

/** V8 has texts of one byte or of two for each unit. */
const isWide = /[^\0-\xff]/;

/** `mark` is asked once for each key that is given a number. */
export function createKeys(mark: (key: string) => boolean = () => false): Keys {
  /** By the hash of their text. A `Map` of a million moves all of them when it grows, which stops the thread. */
  const numbers = createLookup();
  const names: string[] = [];
  const free: number[] = [];
  let references = new Uint32Array(FIRST_ROOM);
  let present = new Uint8Array(FIRST_ROOM);
  let marked = new Uint8Array(FIRST_ROOM);
  let order = new Uint32Array(FIRST_ROOM);
  let size = 0;
  let bytes = 0;

  /** Below 0 where the key has no number. */
  function placeOf(key: string, hash: number): number {
    let place = numbers.first(hash);
    while (place >= 0 && names[numbers.at(place)] !== key) place = numbers.next(place);
    return place;
  }

  function find(key: string, hash: number): number | undefined {
    const place = placeOf(key, hash);
    return place < 0 ? undefined : numbers.at(place);
  }

  function add(key: string, hash: number): number {
    const number = free.pop() ?? names.length;
    names[number] = key;
    numbers.add(hash, number);
    bytes += keyCost(key);
    if (number >= references.length) {
      references = grown(references, number + 1);
      present = grown(present, number + 1);
      marked = grown(marked, number + 1);
    }
    marked[number] = mark(key) ? 1 : 0;
    return number;
  }

  function freeIfUnused(number: number): void {
    if (references[number] !== 0 || present[number] === 1) return;
    const key = names[number]!;
    numbers.remove(placeOf(key, hashText(key)));
    bytes -= keyCost(key);
    names[number] = '';
    free.push(number);
  }

  return {
    get size() {
      return size;
    },
    get known() {
      return numbers.size;
    },
    get bytes() {
      return bytes;
    },
    get order() {
      return order;
    },
    get limit() {
      return names.length;
    },
    name: (number) => names[number]!,
    isMarked: (number) => marked[number] === 1,
    find: (key) => find(key, hashText(key)),
    retain(key) {
      const hash = hashText(key);
      const number = find(key, hash) ?? add(key, hash);
      references[number] = references[number]! + 1;
      return number;
    },
    release(number) {
      references[number] = references[number]! - 1;
      freeIfUnused(number);
    },
    isPresent: (number) => present[number] === 1,
    enter(number) {
      if (present[number] === 1) return false;
      present[number] = 1;
      if (size === order.length) order = grown(order, size + 1);
      order[size++] = number;
      return true;
    },
    filter(keep) {
      let kept = 0;
      for (let at = 0; at < size; at++) {
        const number = order[at]!;
        if (keep(number)) {
          order[kept++] = number;
        } else {
          present[number] = 0;
          freeIfUnused(number);
        }
      }
      size = kept;
    },
    moveToFront(first) {
      const moved = new Set(first);
      const rest = order.slice(0, size).filter((number) => !moved.has(number));
      order.set(first);
      order.set(rest, first.length);
    },
    names() {
      const all = new Array<string>(size);
      for (let at = 0; at < size; at++) all[at] = names[order[at]!]!;
      return all;
    },
  };
}
