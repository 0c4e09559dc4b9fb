import type { Limits } from '../config/settings.ts';
import type { TimerChunk } from '../partial/partial.ts';
import { copyValues } from './columns.ts';
import { createKeyBlocks, type KeyBlocks } from './key-blocks.ts';
import { BLOCK, openPlane, type Plane, type PlaneHost } from './plane.ts';
import { MAX_ESTIMATES } from './sketches.ts';

/** A plane and what it handed out in this window. */
export interface Store {
  readonly plane: Plane;
  /** Its memory, as it is now: anything that is added may make it grow, and then this gives another view. */
  bytes(): Uint8Array;
  /** Address of {@link INPUT_LENGTH} bytes for the host to put lines into. */
  readonly input: number;
  /** Address of `length` bytes that are never given back. Throws where there is no room. */
  reserve(length: number): number;
  setLimits(limits: Limits): void;
  /** Ends the window: its rows can be read until `plane.begin()`. */
  finish(): { readonly values: TimerChunk[]; readonly members: Uint8Array[]; readonly memberLength: number };
}

/** Windows for which an unused raw key is remembered. */
export const KEY_IDLE_WINDOWS = 6;

/** Twice the longest line (`limits.lineLength` is at most 64 KiB). */
export const INPUT_LENGTH: number = BLOCK;

/** From the input to places in the block behind it: for a name of ours … */
export const OVERFLOW_OFFSET: number = INPUT_LENGTH + 64;
/** … and for texts of a line that are not kept as they were sent. Their place is shorter than a block, which holds a member. */
export const SCRATCH_OFFSET: number = INPUT_LENGTH + 128;
export const SCRATCH_END: number = 2 * INPUT_LENGTH - 64;

/** What is made of samples that have no room of their own. All of it is the plane's, and is written over after the call. */
export interface Surplus {
  /** Values over the limits of exact ones. */
  values(rows: Uint32Array, values: Float64Array, weights: Float64Array): void;
  /** Records of members over the limits of exact ones. */
  members(bytes: Uint8Array): void;
  /** Changes of gauges, see `Deltas.add`. */
  deltas(rows: Uint32Array, deltas: Float64Array, setAt: Float64Array, times: Float64Array): void;
}

export function openStore(
  seed: number,
  limits: Limits,
  surplus: Surplus,
  keyBlocks: KeyBlocks = createKeyBlocks(limits),
  learnKey: PlaneHost['learnKey'] = () => 0,
): Store {
  const words = (at: number, length: number) => new Uint32Array(plane.memory.buffer, at, length);
  const numbers = (at: number, length: number) => new Float64Array(plane.memory.buffer, at, length);
  let values: TimerChunk[] = [];
  let members: Uint8Array[] = [];
  const plane: Plane = openPlane(
    {
      takeValues() {
        values.push(copyValues(plane));
        plane.clearValues();
      },
      takeMembers(start, end) {
        if (end > start) members.push(new Uint8Array(plane.memory.buffer).slice(start, end));
      },
      foldValues: (length, rows, values, weights) =>
        surplus.values(words(rows, length), numbers(values, length), numbers(weights, length)),
      foldMembers: (start, end) => surplus.members(new Uint8Array(plane.memory.buffer, start, end - start)),
      foldDeltas: (length, rows, deltas, setTimes, times) =>
        surplus.deltas(words(rows, length), numbers(deltas, length), numbers(setTimes, length), numbers(times, length)),
      mayGrowKeys: keyBlocks.take,
      learnKey,
    },
    seed,
  );
  // The second block is slack: lines are read 16 bytes at a time.
  const input = plane.reserveBlocks(2);
  let view = new Uint8Array(plane.memory.buffer);

  const store: Store = {
    plane,
    input,
    bytes() {
      // A memory that grows leaves its old views empty. To compare buffers instead cost a twentieth of learning a key.
      if (view.length === 0) view = new Uint8Array(plane.memory.buffer);
      return view;
    },
    reserve(length) {
      const address = plane.reserveBlocks(Math.ceil(length / BLOCK));
      if (address === 0) throw new RangeError(`no memory for ${length} bytes`);
      return address;
    },
    setLimits: ({ timerValuesPerSeries, timerValues, setMembersPerSeries, setMembers }) =>
      plane.setLimits(timerValuesPerSeries, timerValues, setMembersPerSeries, setMembers, MAX_ESTIMATES),
    finish() {
      const memberLength = plane.memberCount();
      plane.finish();
      const taken = { values, members, memberLength };
      values = [];
      members = [];
      return taken;
    },
  };
  store.setLimits(limits);
  return store;
}
