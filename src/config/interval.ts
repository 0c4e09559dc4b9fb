import { durationBetween } from './kit.ts';

const day = 24 * 3_600_000;

/** The key `interval` of a back-end's block. */
export const interval = durationBetween(10, day).describe(
  'Length of its windows. Default: "flushInterval" of the root; of "prometheus-remote-write" 15s at the most.',
);
