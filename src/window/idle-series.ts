/** Series that nobody sends and that are only held: those that have been idle for longest come first. */
export interface IdleSeries {
  /** One that is idle still; undefined when there is none. */
  next(): number | undefined;
  /** Numbers have changed. */
  reset(): void;
}

/** What it asks of the table. */
export interface IdleSource {
  /** All numbers are below this. */
  limit(): number;
  /** When the last of all series received something. */
  latestMs(): number;
  /** When the series received something. */
  updatedMs(series: number): number;
  /** Whether the series is held for what it received once, and for nothing else. */
  isIdle(series: number): boolean;
}

/**
 * Looks at all series only when it has given all that it knew, and once after each time that series received something: a million take
 * 40 ms. What it knows stays in order, since a series that is used again is passed over.
 */
export function createIdleSeries(source: IdleSource): IdleSeries {
  /** By time of their last update, the latest first. */
  let waiting: { readonly ms: number; readonly all: number[] }[] = [];
  let lookedMs = Number.NaN;

  function look(): void {
    lookedMs = source.latestMs();
    const byTime = new Map<number, number[]>();
    for (let series = 0; series < source.limit(); series++) {
      if (!source.isIdle(series)) continue;
      const ms = source.updatedMs(series);
      const all = byTime.get(ms);
      if (all === undefined) byTime.set(ms, [series]);
      else all.push(series);
    }
    waiting = Array.from(byTime, ([ms, all]) => ({ ms, all: all.reverse() })).sort((a, b) => b.ms - a.ms);
  }

  function take(): number | undefined {
    for (let oldest = waiting.at(-1); oldest !== undefined; oldest = waiting.at(-1)) {
      for (let series = oldest.all.pop(); series !== undefined; series = oldest.all.pop()) {
        if (source.updatedMs(series) === oldest.ms && source.isIdle(series)) return series;
      }
      waiting.pop();
    }
    return undefined;
  }

  return {
    next() {
      const known = take();
      if (known !== undefined || lookedMs === source.latestMs()) return known;
      look();
      return take();
    },
    reset() {
      waiting = [];
      lookedMs = Number.NaN;
    },
  };
}
