import { MOST_TAPS } from './tap-wish.ts';

/** What taps may still copy, in memory that all threads share. */

/** Of copies that nobody has read yet, from all threads together. */
export const MAX_IN_FLIGHT = 4 * 1024 * 1024;

const IN_FLIGHT = 0;
/** Lines left of this second, by slot. */
const LEFT = 1;
/** Lines left out, by slot. */
const SKIPPED = LEFT + MOST_TAPS;

export function createTapBudget(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (SKIPPED + MOST_TAPS)));
}

/** Begins a second. */
export function refill(budget: Int32Array, slot: number, lines: number): void {
  Atomics.store(budget, LEFT + slot, lines);
}

/** For a tap that takes the place of another. */
export function clear(budget: Int32Array, slot: number): void {
  Atomics.store(budget, SKIPPED + slot, 0);
}

/** Takes one line out of what is left. False where nothing is. */
export function takeLine(budget: Int32Array, slot: number): boolean {
  return Atomics.load(budget, LEFT + slot) > 0 && Atomics.sub(budget, LEFT + slot, 1) > 0;
}

export function skipLine(budget: Int32Array, slot: number): void {
  Atomics.add(budget, SKIPPED + slot, 1);
}

export function skippedLines(budget: Int32Array, slot: number): number {
  return Atomics.load(budget, SKIPPED + slot);
}

/** Takes room for a copy. False where too much waits. */
export function takeRoom(budget: Int32Array, bytes: number): boolean {
  if (Atomics.load(budget, IN_FLIGHT) + bytes > MAX_IN_FLIGHT) return false;
  Atomics.add(budget, IN_FLIGHT, bytes);
  return true;
}

export function giveRoomBack(budget: Int32Array, bytes: number): void {
  Atomics.sub(budget, IN_FLIGHT, bytes);
}
