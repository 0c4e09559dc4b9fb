import { DELETE, SEMICOLON } from '../protocol/bytes.ts';
import type { RejectReason } from '../protocol/reasons.ts';
import { createScan, type Scan } from '../protocol/scan.ts';
import type { TypeCode } from '../protocol/types.ts';
import type { Store } from './store.ts';

/** Bytes of name, tags and member that a ready sample may have together; longer ones are over any limit. */
const SAMPLE_ROOM = 65_536;

/** Puts a ready sample into the form of a scanned line, so that both take the same way. */
export interface SampleWriter {
  readonly scan: Scan;
  /** Writes a sample to the store's input. Gives the reason when it cannot be one. */
  write(
    store: Store,
    type: TypeCode,
    name: string,
    tags: string,
    member: string,
  ): Extract<RejectReason, 'empty_name' | 'bad_name' | 'name_too_long' | 'too_many_tags' | 'bad_value'> | undefined;
  /** The key of a series that is known, or 0. */
  find(store: Store, type: TypeCode, name: string, tags: string): number;
}

/** `keyFlag` is added to the types of keys. */
export function createSampleWriter(keyFlag = 0): SampleWriter {
  const encoder = new TextEncoder();
  const scan = createScan(2, keyFlag);
  scan.groupCount = 1;
  scan.groupWeight[0] = 1;
  scan.groupEnd[0] = 1;

  /** Writes `text` at `at`; gives where it ends, or -1 where there is no room. */
  function put(bytes: Uint8Array, text: string, at: number, end: number): number {
    const { length } = text;
    if (at + length > end) return -1;
    for (let position = 0; position < length; position++) {
      const code = text.charCodeAt(position);
      if (code > 0x7f) {
        const { read, written } = encoder.encodeInto(text, bytes.subarray(at, end));
        return read === length ? at + written : -1;
      }
      bytes[at + position] = code;
    }
    return at + length;
  }

  function write(store: Store, type: TypeCode, name: string, tags: string, member: string) {
    const bytes = store.bytes();
    const start = store.input;
    const end = start + SAMPLE_ROOM;
    const nameEnd = put(bytes, name, start, end);
    if (nameEnd < 0) return 'name_too_long';
    if (nameEnd === start || bytes[start] === SEMICOLON) return 'empty_name';
    for (let position = start; position < nameEnd; position++) {
      if (bytes[position]! < 0x20 || bytes[position] === DELETE) return 'bad_name';
    }
    const tagEnd = put(bytes, tags, nameEnd, end);
    if (tagEnd < 0) return 'too_many_tags';
    const memberEnd = put(bytes, member, tagEnd, end);
    if (memberEnd < 0) return 'bad_value';
    scan.groupType[0] = type;
    scan.nameStart = start;
    scan.nameEnd = nameEnd;
    scan.tagStart = nameEnd;
    scan.tagEnd = tagEnd;
    scan.memberStart[0] = tagEnd;
    scan.memberEnd[0] = memberEnd;
    return undefined;
  }

  return {
    scan,
    write,
    find(store, type, name, tags) {
      if (write(store, type, name, tags, '') !== undefined) return 0;
      const { nameStart, nameEnd, tagStart, tagEnd } = scan;
      return store.plane.findKey(nameStart, nameEnd - nameStart, tagStart, tagEnd - tagStart, type | keyFlag);
    },
  };
}
