import { growUint8, growUint32, roomFor } from './grow.ts';

/**
 * Distinct (row, member) pairs of one window.
 *
 *     slots  Int32   [ index + 1 | 0 = empty ]  open addressing, linear probing, at most half full
 *     rows, hashes   by index
 *     ends, bytes    member i is bytes[ends[i - 1] or 0, ends[i])
 */
export interface MemberTable {
  readonly length: number;
  has(row: number, source: Uint8Array, start: number, end: number, hash: number): boolean;
  /** False when the member was there already. `hash` is 32 bits of the member's hash. */
  add(row: number, source: Uint8Array, start: number, end: number, hash: number): boolean;
  swap(): { length: number; rows: Uint32Array; ends: Uint32Array; bytes: Uint8Array };
}

export function createMemberTable(): MemberTable {
  let length = 0;
  let slots = new Int32Array(512);
  let mask = slots.length - 1;
  let rows = new Uint32Array(256);
  let hashes = new Uint32Array(256);
  let ends = new Uint32Array(256);
  let bytes = new Uint8Array(4096);

  const mix = (row: number, hash: number) => (hash ^ Math.imul(row, 0x9e3779b1)) >>> 0;
  const startOf = (index: number) => (index === 0 ? 0 : ends[index - 1]!);

  function equals(index: number, source: Uint8Array, start: number, end: number): boolean {
    let at = startOf(index);
    if (ends[index]! - at !== end - start) return false;
    for (let position = start; position < end; position++) {
      if (bytes[at++] !== source[position]) return false;
    }
    return true;
  }

  /** The slot of the member, or the empty slot where it belongs. */
  function slotOf(row: number, source: Uint8Array, start: number, end: number, wanted: number): number {
    let slot = wanted & mask;
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      const index = entry - 1;
      if (hashes[index] === wanted && rows[index] === row && equals(index, source, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  function grow(): void {
    slots = new Int32Array(slots.length * 2);
    mask = slots.length - 1;
    for (let index = 0; index < length; index++) {
      let slot = hashes[index]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
  }

  return {
    get length() {
      return length;
    },
    has(row, source, start, end, hash) {
      return slots[slotOf(row, source, start, end, mix(row, hash))] !== 0;
    },
    add(row, source, start, end, hash) {
      const wanted = mix(row, hash);
      let slot = slotOf(row, source, start, end, wanted);
      if (slots[slot] !== 0) return false;
      if ((length + 1) * 2 > slots.length) {
        grow();
        slot = wanted & mask;
        while (slots[slot] !== 0) slot = (slot + 1) & mask;
      }
      if (length === rows.length) {
        rows = growUint32(rows, length + 1);
        hashes = growUint32(hashes, length + 1);
        ends = growUint32(ends, length + 1);
      }
      const at = startOf(length);
      const after = at + end - start;
      if (after > bytes.length) bytes = growUint8(bytes, after);
      for (let position = start, to = at; position < end; position++) bytes[to++] = source[position]!;
      rows[length] = row;
      hashes[length] = wanted;
      ends[length] = after;
      slots[slot] = ++length;
      return true;
    },
    swap() {
      const result = { length, rows, ends, bytes };
      const room = Math.max(256, 2 ** Math.ceil(Math.log2(length + 1)));
      const byteRoom = Math.max(4096, roomFor(startOf(length)));
      length = 0;
      rows = new Uint32Array(room);
      hashes = new Uint32Array(room);
      ends = new Uint32Array(room);
      bytes = new Uint8Array(byteRoom);
      slots = new Int32Array(room * 2);
      mask = slots.length - 1;
      return result;
    },
  };
}
