import {
  COUNTER,
  COUNTERS,
  DISTRIBUTION,
  GAUGE,
  GAUGES,
  HISTOGRAM,
  SET,
  SETS,
  TIMER,
  TIMERS,
  TYPE_BITS,
} from '../../protocol/codes';
import { addMember, MEMBER_NEW, MEMBER_REFUSED, memberCount } from './members';
import { cellOf, countLine, rowOf, typeOf, window, windowOf } from './keys';
import { GAUGE_TIME, openRow } from './rows';
import { addValue, valueCount } from './values';

// One sample of a key that is known. Nothing here refuses a sample half: what a sample needs is checked before it is added.

let timerValuesPerSeries: u32 = 0;
let timerValues: u32 = 0;
let setMembersPerSeries: u32 = 0;
let setMembers: u32 = 0;

export function setLimits(perTimer: u32, allTimers: u32, perSet: u32, allSets: u32): void {
  timerValuesPerSeries = perTimer;
  timerValues = allTimers;
  setMembersPerSeries = perSet;
  setMembers = allSets;
}

/** Of a key's type, whatever is added to its code. A type that has no kind here stops the module, which a test would see. */
function kindOf(keyType: u32): u32 {
  switch (keyType & TYPE_BITS) {
    case COUNTER:
      return COUNTERS;
    case GAUGE:
      return GAUGES;
    case TIMER:
    case HISTOGRAM:
    case DISTRIBUTION:
      return TIMERS;
    case SET:
      return SETS;
    default:
      return unreachable();
  }
}

/** Makes sure that the key has a row in this window. False where there is no memory. */
export function useRow(key: usize): bool {
  return windowOf(key) == window || openRow(key, kindOf(typeOf(key)));
}

/** Milliseconds between two operations of one instant, so that a delta is either before or after a set. */
const TICK: f64 = 1e-5;
/** Milliseconds of the clock that all shards share, as the host last said, and the last time given. */
let now: f64 = 0;
let lastTime: f64 = 0;

export function setNow(milliseconds: f64): void {
  now = milliseconds;
}

function setGauge(cell: usize, value: f64): void {
  const time = max(lastTime, now) + TICK;
  store<f64>(cell, value);
  store<f64>(cell, time, GAUGE_TIME);
  lastTime = time + TICK;
}

/** When a gauge whose row is open was last set in this window; -Infinity when it was not. */
export function gaugeTime(key: usize): f64 {
  return load<f64>(cellOf(key), GAUGE_TIME);
}

/** The time of a delta: after every set before it. */
export function deltaTime(): f64 {
  lastTime = max(lastTime, now);
  return lastTime;
}

/**
 * Adds a line of one sample to a key of this type: a set's is a member, those of all others are a value and a weight. False where only
 * the host can add it.
 */
export function addSample(
  key: usize,
  keyType: u32,
  value: f64,
  weight: f64,
  member: usize,
  memberLength: usize,
): bool {
  const kind = kindOf(keyType);
  const added = kind == SETS ? addToSet(key, member, memberLength) : addNumber(key, kind, value, weight);
  if (added) countLine(key);
  return added;
}

/**
 * Adds a number to a key whose rows are of this kind. False where there is no memory, or no room for an exact value of a timer,
 * histogram or distribution.
 */
export function addNumber(key: usize, kind: u32, value: f64, weight: f64): bool {
  if (!useRow(key)) return false;
  const cell = cellOf(key);
  switch (kind) {
    case COUNTERS:
      store<f64>(cell, load<f64>(cell) + value * weight);
      return true;
    case GAUGES:
      setGauge(cell, value);
      return true;
    case TIMERS: {
      const count = load<u32>(cell);
      if (count >= timerValuesPerSeries || valueCount() >= timerValues) return false;
      store<u32>(cell, count + 1);
      addValue(rowOf(key), value, weight);
      return true;
    }
    default:
      return unreachable();
  }
}

/** Adds a member to a set. False where it has no room as an exact member. */
export function addToSet(key: usize, member: usize, length: usize): bool {
  if (!useRow(key)) return false;
  const cell = cellOf(key);
  const count = load<u32>(cell);
  const added = addMember(rowOf(key), member, length, count < setMembersPerSeries && memberCount() < setMembers);
  if (added == MEMBER_NEW) store<u32>(cell, count + 1);
  return added != MEMBER_REFUSED;
}
