import { grown } from '../kit/grow.ts';
import type { Identity } from '../protocol/identity.ts';

/**
 * From (type, name, tags) to a series. It holds numbers only: a `Map` with a string for each series took 130 MB more at a
 * million series.
 *
 *     slots   Uint32  [ series + 1 | 0 = empty ]  open addressing, linear probing, at most half full
 *     hashes  Uint32  [ by series ]
 */
export interface IdentityIndex {
  readonly size: number;
  /** `hash` is that of the type and the identity, see {@link hashIdentity}. */
  find(hash: number, type: number, identity: Identity): number | undefined;
  /** Adds a series whose identity, of this hash, is not there. */
  add(series: number, hash: number): void;
  remove(series: number): void;
}

const FIRST_SLOTS = 2048;

export function createIdentityIndex(
  isSeries: (series: number, type: number, identity: Identity) => boolean,
): IdentityIndex {
  let slots = new Uint32Array(FIRST_SLOTS);
  let mask = slots.length - 1;
  let hashes = new Uint32Array(FIRST_SLOTS / 2);
  let size = 0;

  function put(series: number): void {
    let slot = hashes[series]! & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = series + 1;
  }

  function grow(): void {
    const before = slots;
    slots = new Uint32Array(before.length * 2);
    mask = slots.length - 1;
    for (const entry of before) if (entry !== 0) put(entry - 1);
  }

  return {
    get size() {
      return size;
    },
    find(hash, type, identity) {
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const entry = slots[slot]!;
        if (entry === 0) return undefined;
        if (hashes[entry - 1] === hash && isSeries(entry - 1, type, identity)) return entry - 1;
      }
    },
    add(series, hash) {
      if ((size + 1) * 2 > slots.length) grow();
      if (series >= hashes.length) hashes = grown(hashes, series + 1);
      hashes[series] = hash;
      put(series);
      size++;
    },
    remove(series) {
      let hole = hashes[series]! & mask;
      while (slots[hole] !== series + 1) hole = (hole + 1) & mask;
      // Later entries of the chain move up, so that no tombstones are left.
      for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
        const home = hashes[slots[next]! - 1]! & mask;
        if (((next - home) & mask) < ((next - hole) & mask)) continue;
        slots[hole] = slots[next]!;
        hole = next;
      }
      slots[hole] = 0;
      size--;
    },
  };
}

/** Differs by process, so that nobody can prepare names that collide. */
const seed = crypto.getRandomValues(new Uint32Array(2));

export function hashName(name: string): number {
  return hashText(seed[0]!, name) >>> 0;
}

/** `nameHash` is the {@link hashName} of the name. */
export function hashIdentity(nameHash: number, type: number, tags: readonly string[]): number {
  let hash = nameHash + type;
  for (const tag of tags) hash = hashText(hash ^ seed[1]!, tag);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x21f0aaad);
  hash ^= hash >>> 15;
  return hash >>> 0;
}

/** FNV-1a over UTF-16 units. */
function hashText(start: number, text: string): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
