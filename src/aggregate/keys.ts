import { createArena, offsetIn } from './arena.ts';
import { growUint8, growUint32 } from './grow.ts';

/**
 * The raw keys a shard has seen: (type, name as sent, tag section as sent) to a small id. A key seen before costs one
 * probe and one comparison of bytes, and no string.
 *
 *     slots   Int32   [ id + 1 | 0 = empty ]    open addressing, linear probing, at most half full
 *     hash    Uint32  [ by id ]
 *     place   Uint32  [ by id ]                 where name and tags lie in the arena, one behind the other
 *     lengths Uint32  [ by id: name, tags ]
 *     type    Uint8   [ by id ]
 *     seen    Uint32  [ by id ]                 the window in which it was last used
 */
export interface KeyTable {
  readonly size: number;
  /** One more than the largest id ever given: columns indexed by id need this length. */
  readonly idLimit: number;
  /** The id of a key, or -1. */
  find(
    bytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    tagStart: number,
    tagEnd: number,
    type: number,
    hash: number,
  ): number;
  /** Adds a key that `find` did not find. */
  add(
    bytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    tagStart: number,
    tagEnd: number,
    type: number,
    hash: number,
  ): number;
  typeOf(id: number): number;
  touch(id: number, window: number): void;
  /**
   * Looks at up to `budget` ids, forgets those not used since window `oldest`, and gives them: they may come
   * back for other keys. Goes round all ids in successive calls.
   */
  sweep(oldest: number, budget: number): number[];
  /** Copies the bytes of a key (name, then tags) to `target[at…]`; gives the number of bytes. */
  copy(id: number, target: Uint8Array, at: number): number;
  nameLength(id: number): number;
  tagLength(id: number): number;
  byteLength(): number;
}

const FIRST_CAPACITY = 1024;

/** FNV-1a over name and tags; the seed differs by process so that collisions cannot be prepared. */
export function hashKey(
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  tagStart: number,
  tagEnd: number,
  seed: number,
): number {
  let hash = seed;
  for (let position = nameStart; position < nameEnd; position++) hash = Math.imul(hash ^ bytes[position]!, 0x01000193);
  hash ^= 0xff;
  for (let position = tagStart; position < tagEnd; position++) hash = Math.imul(hash ^ bytes[position]!, 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

export function createKeyTable(): KeyTable {
  const arena = createArena();
  let slots = new Int32Array(FIRST_CAPACITY * 2);
  let mask = slots.length - 1;
  let hashes = new Uint32Array(FIRST_CAPACITY);
  let places = new Uint32Array(FIRST_CAPACITY);
  let lengths = new Uint32Array(FIRST_CAPACITY * 2);
  let types = new Uint8Array(FIRST_CAPACITY);
  let seen = new Uint32Array(FIRST_CAPACITY);
  let live = new Uint8Array(FIRST_CAPACITY);
  const freeIds: number[] = [];
  let idLimit = 0;
  let size = 0;
  let sweepAt = 0;

  /** Type and hash share the slot's first check, so keys that differ only by type seldom compare bytes. */
  const mixType = (hash: number, type: number) => (hash + Math.imul(type, 0x9e3779b1)) >>> 0;

  function rebuild(length: number): void {
    slots = new Int32Array(length);
    mask = length - 1;
    for (let id = 0; id < idLimit; id++) {
      if (live[id] === 0) continue;
      let slot = hashes[id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
  }

  function growColumns(): void {
    const length = places.length * 2;
    hashes = growUint32(hashes, length);
    places = growUint32(places, length);
    lengths = growUint32(lengths, length * 2);
    seen = growUint32(seen, length);
    types = growUint8(types, length);
    live = growUint8(live, length);
  }

  function equals(
    id: number,
    bytes: Uint8Array,
    nameStart: number,
    nameLength: number,
    tagStart: number,
    tagLength: number,
  ) {
    if (lengths[id * 2] !== nameLength || lengths[id * 2 + 1] !== tagLength) return false;
    const place = places[id]!;
    const chunk = arena.chunkOf(place);
    let at = offsetIn(place);
    for (let position = nameStart; position < nameStart + nameLength; position++) {
      if (chunk[at++] !== bytes[position]) return false;
    }
    for (let position = tagStart; position < tagStart + tagLength; position++) {
      if (chunk[at++] !== bytes[position]) return false;
    }
    return true;
  }

  /** Removes an id and moves later entries of its probe chain up, so that no tombstones are left. */
  function remove(id: number): void {
    let hole = hashes[id]! & mask;
    while (slots[hole] !== id + 1) hole = (hole + 1) & mask;
    let next = hole;
    for (;;) {
      next = (next + 1) & mask;
      const entry = slots[next]!;
      if (entry === 0) break;
      const home = hashes[entry - 1]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = entry;
        hole = next;
      }
    }
    slots[hole] = 0;
    arena.release(places[id]!);
    live[id] = 0;
    size--;
  }

  return {
    get size() {
      return size;
    },
    get idLimit() {
      return idLimit;
    },
    find(bytes, nameStart, nameEnd, tagStart, tagEnd, type, hash) {
      const wanted = mixType(hash, type);
      let slot = wanted & mask;
      for (;;) {
        const entry = slots[slot]!;
        if (entry === 0) return -1;
        const id = entry - 1;
        if (
          hashes[id] === wanted &&
          types[id] === type &&
          equals(id, bytes, nameStart, nameEnd - nameStart, tagStart, tagEnd - tagStart)
        ) {
          return id;
        }
        slot = (slot + 1) & mask;
      }
    },
    add(bytes, nameStart, nameEnd, tagStart, tagEnd, type, hash) {
      if ((size + 1) * 2 > slots.length) rebuild(slots.length * 2);
      const id = freeIds.pop() ?? idLimit++;
      if (id >= places.length) growColumns();
      const nameLength = nameEnd - nameStart;
      const place = arena.reserve(nameLength + tagEnd - tagStart);
      const chunk = arena.chunkOf(place);
      const at = offsetIn(place);
      chunk.set(bytes.subarray(nameStart, nameEnd), at);
      chunk.set(bytes.subarray(tagStart, tagEnd), at + nameLength);
      hashes[id] = mixType(hash, type);
      places[id] = place;
      lengths[id * 2] = nameLength;
      lengths[id * 2 + 1] = tagEnd - tagStart;
      types[id] = type;
      live[id] = 1;
      let slot = hashes[id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
      size++;
      return id;
    },
    typeOf: (id) => types[id]!,
    touch(id, window) {
      seen[id] = window;
    },
    sweep(oldest, budget) {
      const forgotten: number[] = [];
      for (let left = Math.min(budget, idLimit); left > 0; left--) {
        if (sweepAt >= idLimit) sweepAt = 0;
        const id = sweepAt++;
        if (live[id] === 1 && seen[id]! < oldest) {
          remove(id);
          forgotten.push(id);
        }
      }
      for (const id of forgotten) freeIds.push(id);
      if (forgotten.length > 0 && slots.length > FIRST_CAPACITY * 2 && size * 8 < slots.length) {
        rebuild(Math.max(FIRST_CAPACITY * 2, 2 ** Math.ceil(Math.log2(size * 4 + 1))));
      }
      return forgotten;
    },
    copy(id, target, at) {
      const length = lengths[id * 2]! + lengths[id * 2 + 1]!;
      const from = offsetIn(places[id]!);
      target.set(arena.chunkOf(places[id]!).subarray(from, from + length), at);
      return length;
    },
    nameLength: (id) => lengths[id * 2]!,
    tagLength: (id) => lengths[id * 2 + 1]!,
    byteLength: () => arena.byteLength() + slots.byteLength + places.length * (4 * 5 + 2),
  };
}
