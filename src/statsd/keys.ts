import { grown } from '../kit/grow.ts';

/**
 * The keys of one kind (counters, timers, …), each with a number. A key has a number for as long as a raw key of a shard
 * stands for it or it is in the original's hash; which of them are in the hash is kept apart, in the order in which they
 * came there.
 */
export interface Keys {
  /** Keys in the hash. */
  readonly size: number;
  /** Keys that have a number. */
  readonly known: number;
  /** Numbers of the keys in the hash, in order: the first `size` of them. */
  readonly order: Uint32Array;
  /** Numbers are below this. */
  readonly limit: number;
  name(number: number): string;
  /** Whether `mark` said so of the key. */
  isMarked(number: number): boolean;
  /** The number of a key that has one. */
  find(key: string): number | undefined;
  /** A raw key of a shard stands for this key. */
  retain(key: string): number;
  release(number: number): void;
  isPresent(number: number): boolean;
  /** Puts a key into the hash. True when it was not there. */
  enter(number: number): boolean;
  /** Takes those out of the hash that `keep` is false for. */
  filter(keep: (number: number) => boolean): void;
  /** Makes these the first of the hash. */
  moveToFront(numbers: readonly number[]): void;
  /** The keys in the hash, in order. */
  names(): string[];
}

const FIRST_ROOM = 64;

export function createKeys(mark: (key: string) => boolean = () => false): Keys {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  const free: number[] = [];
  let references = new Uint32Array(FIRST_ROOM);
  let present = new Uint8Array(FIRST_ROOM);
  let marked = new Uint8Array(FIRST_ROOM);
  let order = new Uint32Array(FIRST_ROOM);
  let size = 0;

  function add(key: string): number {
    const number = free.pop() ?? names.length;
    names[number] = key;
    numbers.set(key, number);
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
    numbers.delete(names[number]!);
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
    get order() {
      return order;
    },
    get limit() {
      return names.length;
    },
    name: (number) => names[number]!,
    isMarked: (number) => marked[number] === 1,
    find: (key) => numbers.get(key),
    retain(key) {
      const number = numbers.get(key) ?? add(key);
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
