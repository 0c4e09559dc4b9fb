import { grown } from '../kit/grow.ts';
import { hashNumber } from '../kit/hash.ts';
import { createLookup } from '../kit/lookup.ts';
import type { PointSection } from './partial.ts';

/** Counters and gauges that were sent with a time of their own, in one window: one for each key and second. */
export interface Points {
  readonly length: number;
  /**
   * Adds to a counter, or sets a gauge unless that was set later than `setAt`. False where there are `limit` others. `timestamp`: Unix seconds, a
   * whole number below 2^53.
   */
  add(key: number, isGauge: boolean, timestamp: number, value: number, setAt: number, limit: number): boolean;
  /** What there is, keys as `ids`; then there is nothing. */
  take(): PointSection;
}

export function createPoints(): Points {
  let places = createLookup();
  let length = 0;
  let ids = new Uint32Array(0);
  let timestamps = new Float64Array(0);
  let values = new Float64Array(0);
  let times = new Float64Array(0);

  function find(hash: number, key: number, timestamp: number): number {
    for (let place = places.first(hash); place >= 0; place = places.next(place)) {
      const point = places.at(place);
      if (ids[point] === key && timestamps[point] === timestamp) return point;
    }
    return -1;
  }

  function append(hash: number, key: number, timestamp: number, value: number, setAt: number): void {
    if (length === ids.length) {
      const room = Math.max(16, length + 1);
      ids = grown(ids, room);
      timestamps = grown(timestamps, room);
      values = grown(values, room);
      times = grown(times, room);
    }
    ids[length] = key;
    timestamps[length] = timestamp;
    values[length] = value;
    times[length] = setAt;
    places.add(hash, length++);
  }

  return {
    get length() {
      return length;
    },
    add(key, isGauge, timestamp, value, setAt, limit) {
      const hash = hashNumber(hashNumber(timestamp) + key);
      const point = find(hash, key, timestamp);
      if (point < 0) {
        if (length >= limit) return false;
        append(hash, key, timestamp, value, setAt);
      } else if (!isGauge) values[point] = values[point]! + value;
      else if (setAt >= times[point]!) {
        values[point] = value;
        times[point] = setAt;
      }
      return true;
    },
    take() {
      const taken = { length, ids, timestamps, values, setAt: times };
      places = createLookup();
      length = 0;
      ids = new Uint32Array(0);
      timestamps = new Float64Array(0);
      values = new Float64Array(0);
      times = new Float64Array(0);
      return taken;
    },
  };
}
