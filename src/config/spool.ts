import { resolve } from 'node:path';
import { z } from 'zod';
import { spoolDefaults } from './defaults.ts';
import { durationBetween, kit } from './kit.ts';

/** So that a segment, a sixteenth of it, holds the largest request. */
const LEAST = 64 * 1024 * 1024;
const LONGEST = 20 * 24 * 3_600_000;

export const spool = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'Folder that one process at a time uses, made for its owner only; a relative path starts at the folder of this file.',
      ),
    bytes: kit
      .bytes()
      .refine((bytes) => bytes >= LEAST, 'must be at least 64MiB')
      .default(spoolDefaults.bytes)
      .describe('All files in the folder together; the oldest are dropped first.'),
    age: durationBetween(1, LONGEST)
      .default(spoolDefaults.ageMs)
      .describe('Age from which on a request in the spool is given up.'),
  })
  .describe(
    'Requests that back-ends could not deliver at once, on disk: they outlast a stop, a crash and what "queue" has no room for.',
  );

/** `folder` is what a relative path starts from. */
export function toSpoolSettings({ path, bytes, age }: z.output<typeof spool>, folder: string) {
  return { path: resolve(folder, path), bytes, ageMs: age };
}
