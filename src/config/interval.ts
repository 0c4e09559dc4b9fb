import { durationBetween } from './kit.ts';

const day = 24 * 3_600_000;

/** The key `interval` of a back-end's block. */
export const interval = durationBetween(10, day).describe(
  'Length of its windows. Default: "flushInterval" of the root, or what the back-end needs: a page that is scraped has 1s.',
);
