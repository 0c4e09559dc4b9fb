import type { Store } from '../../src/aggregate/store.ts';

/** From this number of keys on, the plane adds lines in groups. */
export const MANY_KEYS = 16_384;

/** Adds counters that no line has, so that a table is large. */
export function addOtherKeys({ plane, input, bytes }: Store, count: number): void {
  for (let key = 0; key < count; key++) {
    new DataView(bytes().buffer).setUint32(input, key);
    plane.addKey(input, 4, 0, 0, 0, 1_000_000 + key);
  }
}
