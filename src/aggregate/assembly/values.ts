// Exact values of timers, histograms and distributions, in order of arrival: one append for each sample. A full chunk is
// taken by the host, so that a window of any size costs this memory once.
//
//   rows u32 [32,768] · values f64 [32,768] · weights f64 [32,768]

const CAPACITY: usize = 32768;
const rows: usize = memory.data(131072, 8);
const values: usize = memory.data(262144, 8);
const weights: usize = memory.data(262144, 8);

let length: usize = 0;
/** True once a weight other than 1 was added: most values are not sampled, and then no weight is written at all. */
let weighted: bool = false;
/** Values of this window that the host has taken. */
let taken: u32 = 0;

/** Takes `length` values and calls `clearValues`. */
@external('host', 'takeValues')
declare function takeValues(): void;

export function valueCount(): u32 {
  return taken + u32(length);
}

export function addValue(row: u32, value: f64, weight: f64): void {
  if (length == CAPACITY) takeValues();
  store<u32>(rows + (length << 2), row);
  store<f64>(values + (length << 3), value);
  if (weight != 1 && !weighted) {
    for (let at: usize = 0; at < length; at++) store<f64>(weights + (at << 3), 1);
    weighted = true;
  }
  if (weighted) store<f64>(weights + (length << 3), weight);
  length++;
}

export function valuesLength(): usize {
  return length;
}

export function valueRows(): usize {
  return rows;
}

export function valueNumbers(): usize {
  return values;
}

/** 0 when all weights are 1. */
export function valueWeights(): usize {
  return weighted ? weights : 0;
}

export function clearValues(): void {
  taken += u32(length);
  length = 0;
  weighted = false;
}

export function closeValues(): void {
  taken = 0;
}
