import { hashBytes, hashHigh, hashLow } from '../sketch/hash.ts';
import { HyperLogLog } from '../sketch/hyperloglog.ts';
import { growUint32, roomFor } from './grow.ts';
import { createMemberTable } from './members.ts';
import { MEMBER_RECORD_HEAD, recordLength, type SetSection } from './partial.ts';

export interface SetLimits {
  readonly setMembersPerSeries: number;
  readonly setMembers: number;
}

/** Members of sets in one window: exact up to the limits, then a HyperLogLog that the merge joins with the exact ones. */
export interface SetColumn {
  open(id: number): number;
  /** False when there is no room for another estimate. */
  add(row: number, bytes: Uint8Array, start: number, end: number): boolean;
  swap(): SetSection;
}

/** 16 KiB each: 64 MiB at most. */
const MAX_SKETCHES = 4096;

export function createSetColumn(limits: SetLimits): SetColumn {
  let length = 0;
  let ids = new Uint32Array(64);
  let counts = new Uint32Array(64);
  let sketches = new Map<number, HyperLogLog>();
  const members = createMemberTable();

  return {
    open(id) {
      if (length === ids.length) {
        ids = growUint32(ids, length + 1);
        counts = growUint32(counts, length + 1);
      }
      ids[length] = id;
      counts[length] = 0;
      return length++;
    },
    add(row, bytes, start, end) {
      hashBytes(bytes, start, end);
      const count = counts[row]!;
      const full = count >= limits.setMembersPerSeries || members.length >= limits.setMembers;
      if (!full) {
        if (members.add(row, bytes, start, end, hashLow())) counts[row] = count + 1;
        return true;
      }
      if (members.has(row, bytes, start, end, hashLow())) return true;
      let sketch = sketches.get(row);
      if (sketch === undefined) {
        if (sketches.size >= MAX_SKETCHES) return false;
        sketch = new HyperLogLog();
        sketches.set(row, sketch);
      }
      sketch.add(hashHigh(), hashLow());
      return true;
    },
    swap() {
      const { rows, ends, bytes, length: memberLength } = members.swap();
      const section = {
        length,
        ids,
        memberLength,
        chunks: memberLength === 0 ? [] : [memberRecords(memberLength, rows, ends, bytes)],
        sketchRows: Uint32Array.from(sketches.keys()),
        sketches: Array.from(sketches.values(), (sketch) => sketch.registers),
      };
      const room = roomFor(length);
      length = 0;
      ids = new Uint32Array(room);
      counts = new Uint32Array(room);
      sketches = new Map();
      return section;
    },
  };
}

function memberRecords(length: number, rows: Uint32Array, ends: Uint32Array, bytes: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(length * (MEMBER_RECORD_HEAD + 3) + ends[length - 1]!);
  const words = new Uint32Array(chunk.buffer, 0, chunk.length >> 2);
  let at = 0;
  for (let member = 0, start = 0; member < length; member++) {
    const end = ends[member]!;
    words[at / 4] = rows[member]!;
    words[at / 4 + 1] = end - start;
    chunk.set(bytes.subarray(start, end), at + MEMBER_RECORD_HEAD);
    at += recordLength(MEMBER_RECORD_HEAD, end - start);
    start = end;
  }
  return chunk.subarray(0, at);
}
