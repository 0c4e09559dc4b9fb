import { type Counted, overflowed, type Totals, totalsOf } from './totals.ts';

/** What was counted up to a time. */
interface Sample {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly totals: Totals;
  readonly overflowed: number;
  /** What was never delivered. */
  readonly undelivered: number;
  /** Lines received, by front-end. */
  readonly received: ReadonlyMap<string, number>;
}

export interface Rates {
  /** A second. */
  readonly totals: Totals;
  /** Lines a second, by front-end. */
  readonly received: ReadonlyMap<string, number>;
}

/** What came and was lost in the last {@link PERIOD_MS}, or since the start where that is less. */
export interface Period extends Totals {
  readonly overflowed: number;
  readonly undelivered: number;
}

export interface Meter {
  /** Nothing was counted before `startedMs` (Unix milliseconds): so that there is a rate at the first look. Is of use only before it. */
  begin(startedMs: number): void;
  /** Takes down what is counted at a time. An earlier time than before is left out. */
  note(atMs: number, frontends: readonly Counted[], undelivered: number): void;
  rates(): Rates;
  /** `startedMs`: since when the server counts. */
  period(startedMs: number): Period;
}

/** Time of which the verdict speaks. */
export const PERIOD_MS = 600_000;
/** Rates are those of so long a time, or of the shortest that is longer: a window, where nobody has looked. */
const RATE_MS = 3000;
/** Of a shorter one no rate is made. */
const SHORTEST_MS = 200;
/** Of the samples that the period begins with: one each ten seconds. */
const STEP_MS = 10_000;

const NOTHING: Totals = { received: 0, aggregated: 0, rejected: 0, dropped: 0, kernelDropped: 0 };

/** Makes rates and sums of what is counted from the start: at most {@link PERIOD_MS} / {@link STEP_MS} + 1 samples, and those of the last seconds. */
export function createMeter(): Meter {
  /** The oldest first, {@link STEP_MS} apart; the last is the first of the recent ones' time or earlier. */
  const old: Sample[] = [];
  let recent: Sample[] = [];

  function trim(nowMs: number): void {
    // The latest that is older than the time of a rate is where that begins.
    const begin = recent.findLastIndex(({ atMs }) => nowMs - atMs >= RATE_MS);
    if (begin > 0) recent = recent.slice(begin);
    while (old.length > 1 && nowMs - old[1]!.atMs >= PERIOD_MS) old.shift();
  }

  return {
    begin(startedMs) {
      if (recent.length > 0) return;
      recent.push({ atMs: startedMs, totals: NOTHING, overflowed: 0, undelivered: 0, received: new Map() });
    },
    note(atMs, frontends, undelivered) {
      const last = recent.at(-1);
      if (last !== undefined && atMs <= last.atMs) return;
      const received = new Map(frontends.map(({ name, counts }) => [name, counts.received]));
      const sample = { atMs, totals: totalsOf(frontends), overflowed: overflowed(frontends), undelivered, received };
      recent.push(sample);
      if (old.length === 0 || atMs - old.at(-1)!.atMs >= STEP_MS) old.push(sample);
      trim(atMs);
    },
    rates() {
      const last = recent.at(-1);
      const nothing = { totals: NOTHING, received: new Map<string, number>() };
      if (last === undefined) return nothing;
      const first = recent.findLast(({ atMs }) => last.atMs - atMs >= RATE_MS) ?? recent[0]!;
      if (last.atMs - first.atMs < SHORTEST_MS) return nothing;
      const seconds = (last.atMs - first.atMs) / 1000;
      const rate = (now: number, before: number) => grown(now, before) / seconds;
      return {
        totals: mapped(last.totals, first.totals, rate),
        received: new Map(
          [...last.received].map(([name, now]) => [name, rate(now, first.received.get(name) ?? 0)] as const),
        ),
      };
    },
    period(startedMs) {
      const last = recent.at(-1);
      const [first] = old;
      if (last === undefined || first === undefined) return { ...NOTHING, overflowed: 0, undelivered: 0 };
      // A server that is younger has lost nothing before.
      const base = last.atMs - startedMs >= PERIOD_MS ? first : undefined;
      return {
        ...mapped(last.totals, base?.totals ?? NOTHING, grown),
        overflowed: grown(last.overflowed, base?.overflowed ?? 0),
        undelivered: grown(last.undelivered, base?.undelivered ?? 0),
      };
    },
  };
}

/** What a front-end has counted goes with it when the configuration is read again. */
function grown(now: number, before: number): number {
  return Math.max(0, now - before);
}

function mapped(now: Totals, before: Totals, by: (now: number, before: number) => number): Totals {
  return {
    received: by(now.received, before.received),
    aggregated: by(now.aggregated, before.aggregated),
    rejected: by(now.rejected, before.rejected),
    dropped: by(now.dropped, before.dropped),
    kernelDropped: by(now.kernelDropped, before.kernelDropped),
  };
}
