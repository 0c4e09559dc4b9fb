import { rm } from 'node:fs/promises';
import type { Payload } from '../plugin.ts';
import { createFiles } from './folder.ts';
import { lockFolder, processHolding } from './lock.ts';
import { encodeNote, type Head, type Place, payloadAt } from './record.ts';
import { contentOf, type QuarantineFile, readPart, type SegmentFile, scanSegment, segmentPath } from './segment.ts';

/** What an operator sees of a folder, also while a process uses it: that is not asked, and nothing is changed. */
export interface Inspection {
  /** Oldest first. */
  readonly payloads: readonly Inspected[];
  readonly segments: readonly SegmentFile[];
  readonly quarantine: readonly QuarantineFile[];
  /** Bytes of segments that are no sound records. */
  readonly damagedBytes: number;
  /** Process that uses it. */
  readonly pid: number | undefined;
}

export interface Inspected {
  readonly place: Place;
  readonly head: Head;
  /** Bytes in the file. */
  readonly size: number;
}

export async function inspect(folder: string): Promise<Inspection> {
  const pid = await processHolding(folder);
  const { segments, quarantine } = await contentOf(folder);
  const waiting = new Map<string, Inspected>();
  let damagedBytes = 0;
  for (const { number, path } of segments) {
    const { sound, bytes } = await scanSegment(path, (record, offset) => {
      if (record.kind === 'done') waiting.delete(idOf(record.place));
      else if (record.kind === 'payload') {
        const place = { segment: number, offset };
        waiting.set(idOf(place), { place, head: record.head, size: record.size });
      }
    });
    damagedBytes += bytes.length - sound;
  }
  return { payloads: [...waiting.values()], segments, quarantine, damagedBytes, pid };
}

/** Of a payload, as operators write it: `12:3456`. */
export function idOf({ segment, offset }: Place): string {
  return `${segment}:${offset}`;
}

export async function readInspected(folder: string, { place, size }: Inspected): Promise<Payload> {
  return payloadAt(await readPart(segmentPath(folder, place.segment), place.offset, size), 0);
}

/**
 * Gives up the payloads that `wanted` gives true for, and gives their number. What was quarantined goes with the last of them. Rejects where
 * a process uses the folder.
 */
export async function dropPayloads(folder: string, wanted: (head: Head) => boolean): Promise<number> {
  const lock = await lockFolder(folder);
  try {
    const { payloads, segments, quarantine } = await inspect(folder);
    const dropped = payloads.filter(({ head }) => wanted(head));
    if (dropped.length === payloads.length) {
      // Oldest first: what is done in one stands in those before it.
      for (const { path } of [...segments, ...quarantine]) await rm(path, { force: true });
    } else if (dropped.length > 0) {
      const files = createFiles(folder);
      files.adopt({ segments, quarantine });
      const parts = dropped.flatMap(({ place }) => encodeNote('done', place));
      await files.append(parts, Number.POSITIVE_INFINITY);
      await files.close();
    }
    return dropped.length;
  } finally {
    await lock.release();
  }
}
