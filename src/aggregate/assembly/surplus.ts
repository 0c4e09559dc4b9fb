import { recordSize, writeRecord } from './members';

// What has no room of its own in a window, in order of arrival: values and members over the limits of exact ones, and changes of gauges. The
// host folds a full chunk into what it keeps of it, which is far cheaper than to leave the plane for each line.
//
//   values    rows u32 [4,096] · values f64 [4,096] · weights f64 [4,096]
//   members   records as in members.ts
//   deltas    rows u32 [4,096] · deltas f64 [4,096] · times at which the row was set f64 [4,096] · times f64 [4,096]

const CAPACITY: usize = 4096;

const valueRows: usize = memory.data(16384, 8);
const values: usize = memory.data(32768, 8);
const weights: usize = memory.data(32768, 8);
let valueLength: usize = 0;

const deltaRows: usize = memory.data(16384, 8);
const deltas: usize = memory.data(32768, 8);
const setTimes: usize = memory.data(32768, 8);
const times: usize = memory.data(32768, 8);
let deltaLength: usize = 0;

/** The longest record: a member is no longer than a line, which is 64 KiB at most. */
const MEMBER_ROOM: usize = 131072;
const members: usize = memory.data(131072, 8);
let memberEnd: usize = 0;

@external('host', 'foldValues')
declare function foldValues(length: usize, rows: usize, values: usize, weights: usize): void;
@external('host', 'foldMembers')
declare function foldMembers(start: usize, end: usize): void;
@external('host', 'foldDeltas')
declare function foldDeltas(length: usize, rows: usize, deltas: usize, setTimes: usize, times: usize): void;

export function addSurplusValue(row: u32, value: f64, weight: f64): void {
  store<u32>(valueRows + (valueLength << 2), row);
  store<f64>(values + (valueLength << 3), value);
  store<f64>(weights + (valueLength << 3), weight);
  valueLength++;
  if (valueLength == CAPACITY) foldAllValues();
}

export function addSurplusMember(row: u32, member: usize, length: usize): void {
  const size = recordSize(length);
  if (memberEnd + size > MEMBER_ROOM) foldAllMembers();
  writeRecord(members + memberEnd, row, member, length, size);
  memberEnd += size;
}

/** `setTime`: when the row's value was last set; `time`: of the change. */
export function addDelta(row: u32, delta: f64, setTime: f64, time: f64): void {
  store<u32>(deltaRows + (deltaLength << 2), row);
  store<f64>(deltas + (deltaLength << 3), delta);
  store<f64>(setTimes + (deltaLength << 3), setTime);
  store<f64>(times + (deltaLength << 3), time);
  deltaLength++;
  if (deltaLength == CAPACITY) foldAllDeltas();
}

function foldAllValues(): void {
  foldValues(valueLength, valueRows, values, weights);
  valueLength = 0;
}

function foldAllMembers(): void {
  foldMembers(members, members + memberEnd);
  memberEnd = 0;
}

function foldAllDeltas(): void {
  foldDeltas(deltaLength, deltaRows, deltas, setTimes, times);
  deltaLength = 0;
}

/** The window ends. */
export function foldSurplus(): void {
  if (valueLength != 0) foldAllValues();
  if (memberEnd != 0) foldAllMembers();
  if (deltaLength != 0) foldAllDeltas();
}
