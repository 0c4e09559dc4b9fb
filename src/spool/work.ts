import type { Payload } from '../plugin.ts';
import type { Entry } from './entry.ts';
import type { Segment } from './folder.ts';
import { encodeNote, encodePayload } from './record.ts';

/** What is to be written. */
export type Work =
  | { readonly kind: 'payload'; readonly entry: Entry; readonly payload: Payload }
  | { readonly kind: 'done' | 'doubt'; readonly segment: Segment<Entry>; readonly offset: number };

/** Bytes and records that are written together: making some hundred records takes a millisecond. */
const BATCH = 1024 * 1024;
const BATCH_RECORDS = 500;

/** The first of them, which are written together: as a rule no more than `segmentBytes` of payloads. */
export function batchOf(work: readonly Work[], segmentBytes: number): readonly Work[] {
  let bytes = 0;
  let count = 0;
  while (count < Math.min(work.length, BATCH_RECORDS) && bytes < Math.min(BATCH, segmentBytes)) {
    const one = work[count++]!;
    if (one.kind === 'payload') bytes += one.payload.bytes.length;
  }
  return work.slice(0, count);
}

/** As a record. */
export async function encodeWork(one: Work): Promise<readonly Uint8Array[]> {
  if (one.kind === 'payload') return encodePayload(one.entry, one.payload);
  return encodeNote(one.kind, { segment: one.segment.number, offset: one.offset });
}
