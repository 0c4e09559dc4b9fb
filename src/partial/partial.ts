import type { Event, ServiceCheck } from '../plugin.ts';
import { TYPE_BITS } from '../protocol/codes.ts';
import type { RejectReason } from '../protocol/reasons.ts';
import { metricTypes } from '../protocol/types.ts';

/** Raised with every change of the shape or the meaning of a partial; a merge refuses any other version. */
export const PARTIAL_VERSION = 8;

/**
 * What one shard saw in one window. Partials of any shards, in any order, merge into one window. Everything heavy is
 * a typed array that is transferred, not copied, to the thread that merges. Rows are local to their section; `ids`
 * maps a row to the shard's key id, and a key's name crosses once, in the first partial that uses its id.
 */
export interface Partial {
  readonly version: typeof PARTIAL_VERSION;
  /** Index of the shard. */
  readonly shard: number;
  /** Unix time in milliseconds: the end of the window that this belongs to. */
  readonly endMs: number;
  /** Milliseconds since the shard handed over last, by the clock that all shards share. */
  readonly elapsedMs: number;
  /** True when more of the same window follows: what the shard has so far, because somebody asked in the middle of it. */
  readonly interim: boolean;
  /** True for the last partial of a shard. */
  readonly final: boolean;
  readonly keys: KeySection;
  /** Key ids that mean nothing after this partial, and may come back for other keys. */
  readonly retired: Uint32Array;
  readonly counters: CounterSection;
  readonly gauges: GaugeSection;
  readonly timers: TimerSection;
  readonly sets: SetSection;
  readonly points: PointSection;
  readonly events: readonly Event[];
  readonly serviceChecks: readonly ServiceCheck[];
  readonly accounts: readonly FrontendAccount[];
  /** Raw keys that the shard holds. */
  readonly liveKeys: number;
  /** Bytes of memory that they hold. */
  readonly keyBytes: number;
  readonly refused: Refused;
}

/** What went into an overflow series, because the shard had no room for its key. */
export interface Refused {
  /** Samples, by the limit that was reached. */
  readonly series: number;
  readonly keyBytes: number;
  /** Overflow keys that took them: rows of this partial. */
  readonly rows: number;
  /** The keys as registers of a HyperLogLog; all shards hash alike. Undefined without any. */
  readonly keys: Uint8Array | undefined;
}

/** Name of the series that take what has no room for a series of its own, one for each type. */
export const OVERFLOW_NAME = 'statsdrain.overflow';

/** The same for series of one type: what is one name for all types on one page or in one store would clash. */
export function overflowName(type: number): string {
  return `${OVERFLOW_NAME}.${metricTypes[type & TYPE_BITS]}`;
}

/**
 * Keys used for the first time, as records one behind the other in `chunks`; no record crosses a chunk:
 *
 *     u32 id · u32 type (+ `STATSD_KEY` or `CLIPPED_KEY`) · u32 name length · u32 tag length · name · tag section · zeros up to a multiple of 4
 *
 * Numbers are in the byte order of the machine, and each chunk begins at the start of its buffer.
 */
export interface KeySection {
  readonly length: number;
  readonly chunks: readonly Uint8Array[];
}
/** Bytes before the name in a record of a key. */
export const KEY_RECORD_HEAD = 16;

/** A section that has a row for each key that was used. */
interface Rows {
  readonly length: number;
  readonly ids: Uint32Array;
  /**
   * By row: lines and ready samples that were added to it. A line with several values counts once for all that follow one another in it
   * for the same key. Undefined where nobody wants to know.
   */
  readonly lines?: Uint32Array | undefined;
}

export interface CounterSection extends Rows {
  /** Sample rates applied. */
  readonly sums: Float64Array;
}

/**
 * The last value set in the window and the time of it, and the signed deltas with theirs. Times are of the monotonic
 * clock that all shards share, in milliseconds; a delta counts if it is newer than the newest set of any shard.
 */
export interface GaugeSection extends Rows {
  readonly values: Float64Array;
  /** -Infinity where the gauge was not set. */
  readonly setAt: Float64Array;
  readonly deltaLength: number;
  readonly deltaRows: Uint32Array;
  readonly deltas: Float64Array;
  readonly deltaAt: Float64Array;
}

/** Timers, histograms and distributions: exact values in order of arrival, then a sketch for rows over the limit. */
export interface TimerSection extends Rows {
  readonly chunks: readonly TimerChunk[];
  readonly sketchRows: Uint32Array;
  /**
   * Encoded DDSketches one behind the other, in the order of `sketchRows`. In one array: as many as there are timers may be
   * over the limit, and a message compares each of its buffers with all the others, which took 18 s for 250,000.
   */
  readonly sketches: Float64Array;
}

/** `length` exact values. In chunks, so that a window of any size is collected without copying what is there. */
export interface TimerChunk {
  readonly length: number;
  readonly rows: Uint32Array;
  readonly values: Float64Array;
  /** 1 / rate of each value; undefined when all are 1. */
  readonly weights: Float64Array | undefined;
}

/**
 * Exact distinct members, then a HyperLogLog for rows over the limit. The members are records one behind the other in
 * `chunks`; no record crosses a chunk:
 *
 *     u32 row · u32 length · member · zeros up to a multiple of 4
 */
export interface SetSection extends Rows {
  readonly memberLength: number;
  readonly chunks: readonly Uint8Array[];
  readonly sketchRows: Uint32Array;
  /** HyperLogLog registers, one array for each of `sketchRows`. */
  readonly sketches: readonly Uint8Array[];
}
/** Bytes before the member in a record of a set. */
export const MEMBER_RECORD_HEAD = 8;

/**
 * Counters and gauges with a time of their own, one for each key and second: sums without sample rates, and of gauges the last value. Of their
 * keys a window has no row in the other sections.
 */
export interface PointSection {
  readonly length: number;
  readonly ids: Uint32Array;
  /** Unix seconds. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** When a gauge's was received, by the clock that all shards share. */
  readonly setAt: Float64Array;
}

/** Records start at multiples of 4 bytes. */
export function recordLength(head: number, bytes: number): number {
  return head + ((bytes + 3) & ~3);
}

/** Throws a RangeError for a partial of another version. */
export function checkVersion({ version, shard }: Partial): void {
  if (version === PARTIAL_VERSION) return;
  throw new RangeError(`partial of shard ${shard}: version "${version}", must be ${PARTIAL_VERSION}`);
}

/** Slots of `protocol/reasons.ts`, and the front-end's own counters. */
export interface FrontendAccount {
  readonly frontend: string;
  readonly slots: Float64Array;
  /** By name, with the tags of a counter behind it, each after a LF. */
  readonly counts: ReadonlyMap<string, number>;
  readonly examples: readonly RejectExample[];
}

/** A line that was rejected. `line` and `from` are as in `RejectedLine` of the contract. */
export interface RejectExample {
  readonly reason: RejectReason;
  readonly line: string;
  readonly from?: string;
}

/** The buffers of a partial that move with it. */
export function transferList(partial: Partial): ArrayBuffer[] {
  const { keys, counters, gauges, timers, sets, points } = partial;
  const arrays = [
    partial.retired,
    ...keys.chunks,
    counters.ids,
    counters.sums,
    gauges.ids,
    gauges.values,
    gauges.setAt,
    gauges.deltaRows,
    gauges.deltas,
    gauges.deltaAt,
    timers.ids,
    ...timers.chunks.flatMap(({ rows, values, weights }) => [rows, values, ...(weights ? [weights] : [])]),
    timers.sketchRows,
    timers.sketches,
    sets.ids,
    ...sets.chunks,
    sets.sketchRows,
    ...sets.sketches,
    points.ids,
    points.timestamps,
    points.values,
    points.setAt,
    ...partial.accounts.map((account) => account.slots),
    ...[counters, gauges, timers, sets].flatMap(({ lines }) => (lines === undefined ? [] : [lines])),
    ...(partial.refused.keys === undefined ? [] : [partial.refused.keys]),
  ];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
