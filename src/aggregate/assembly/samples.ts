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
import { MINUS, PLUS } from './bytes';
import { addMember, MEMBER_NEW, MEMBER_REFUSED, memberCount } from './members';
import { cellOf, countLine, rowOf, typeOf, window, windowOf } from './keys';
import { numberEnd, readNumber } from './number';
import { GAUGE_TIME, openRow } from './rows';
import { addDelta, addSurplusMember, addSurplusValue } from './surplus';
import { addValue, valueCount } from './values';

// One sample of a key that is known. Nothing here refuses a sample half: what a sample needs is checked before it is added.

let timerValuesPerSeries: u32 = 0;
let timerValues: u32 = 0;
let setMembersPerSeries: u32 = 0;
let setMembers: u32 = 0;
/** Sets of one window that may have an estimate, and those that do. */
let setEstimates: u32 = 0;
let estimates: u32 = 0;
/** In the cell of a set, with the number of its exact members: the host has an estimate of it. */
const ESTIMATED: u32 = 0x80000000;

export function setLimits(perTimer: u32, allTimers: u32, perSet: u32, allSets: u32, estimatedSets: u32): void {
  timerValuesPerSeries = perTimer;
  timerValues = allTimers;
  setMembersPerSeries = perSet;
  setMembers = allSets;
  setEstimates = estimatedSets;
}

/** In the dialect of the lines that follow the signed value of a gauge is a change. */
let changesGauges: bool = false;

export function setChanges(changes: bool): void {
  changesGauges = changes;
}

export function closeEstimates(): void {
  estimates = 0;
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

/** A change of a gauge by `delta`. False where there is no memory. */
export function changeGauge(key: usize, delta: f64): bool {
  if (!useRow(key)) return false;
  addDelta(rowOf(key), delta, gaugeTime(key), deltaTime());
  return true;
}

/** The time of a delta: after every set before it. */
export function deltaTime(): f64 {
  lastTime = max(lastTime, now);
  return lastTime;
}

/**
 * Adds a line to a key of this type. `text` is that between name and type: the member of a set, and of all others the number `value` with
 * a weight, or several where `value` is NaN. False where there is no memory, or no room for another estimate of a set.
 */
export function addSample(
  key: usize,
  keyType: u32,
  value: f64,
  weight: f64,
  text: usize,
  length: usize,
): bool {
  const kind = kindOf(keyType);
  let added: bool;
  if (kind == SETS) added = addToSet(key, text, length);
  else if (value != value) added = addPacked(key, kind, weight, text, length);
  else if (kind == GAUGES && changesGauges && isSigned(text)) added = changeGauge(key, value);
  else added = addNumber(key, kind, value, weight);
  if (added) countLine(key);
  return added;
}

function isSigned(text: usize): bool {
  const sign: u32 = load<u8>(text);
  return sign == MINUS || sign == PLUS;
}

/** Numbers with a colon between two. */
function addPacked(key: usize, kind: u32, weight: f64, text: usize, length: usize): bool {
  if (!useRow(key)) return false;
  const end = text + length;
  for (let at = text; at < end; at = numberEnd + 1) addNumber(key, kind, readNumber(at, end), weight);
  return true;
}

/** Adds a number to a key whose rows are of this kind. False where there is no memory. */
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
      if (count >= timerValuesPerSeries || valueCount() >= timerValues) {
        addSurplusValue(rowOf(key), value, weight);
        return true;
      }
      store<u32>(cell, count + 1);
      addValue(rowOf(key), value, weight);
      return true;
    }
    default:
      return unreachable();
  }
}

/** Adds a member to a set. False where there is no memory, or no room for another estimate. */
export function addToSet(key: usize, member: usize, length: usize): bool {
  if (!useRow(key)) return false;
  const cell = cellOf(key);
  const count = load<u32>(cell);
  const hasRoom = (count & ~ESTIMATED) < setMembersPerSeries && memberCount() < setMembers;
  const added = addMember(rowOf(key), member, length, hasRoom);
  if (added == MEMBER_NEW) store<u32>(cell, count + 1);
  if (added != MEMBER_REFUSED) return true;
  if ((count & ESTIMATED) == 0) {
    if (estimates >= setEstimates) return false;
    estimates++;
    store<u32>(cell, count | ESTIMATED);
  }
  addSurplusMember(rowOf(key), member, length);
  return true;
}
