import type { Settings } from '../config/settings.ts';
import type { Steps } from '../kit/slices.ts';
import type { Partial } from '../partial/partial.ts';
import type { Account, Event, MetricType, ServiceCheck, Window } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import type { KeptGauge } from './kept-gauges.ts';
import type { KeySource, TellKey } from './key-book.ts';
import type { LimitState } from './limit-state.ts';

/** One of statsdrain's own series. */
export interface OwnSample extends Identity {
  readonly type: Extract<MetricType, 'counter' | 'gauge'>;
  readonly value: number;
  /** Of a gauge: the highest of a window counts, not the last. */
  readonly isPeak?: boolean;
}

/** What the merge can tell about itself. */
export interface MergeState {
  /** Series in the table. */
  readonly series: number;
  /** Raw keys that were used in this window and share an overflow series. Those that shards refused are estimated. */
  readonly folded: number;
  /** Raw keys that were used in this window and are in no series, because a rule blocks them … */
  readonly blocked: number;
  /** … or because the back-ends cannot take their name. */
  readonly badNames: number;
  /** Bytes of memory that names and tags take. */
  readonly bytes: number;
  readonly limits: LimitState;
}

/** A gauge that came as negative changes only, and what they have added up to. */
export interface FallingGauge extends Identity {
  readonly value: number;
}

/** What a window has besides the series that the merge makes. */
export interface WindowParts {
  readonly startMs: number;
  readonly endMs: number;
  readonly intervalMs: number;
  /** False: sets go on into the next window, and are not in this one. */
  readonly setsEnd: boolean;
  readonly events: readonly Event[];
  readonly serviceChecks: readonly ServiceCheck[];
  readonly account: Account;
}

/**
 * The merge of one view: makes windows of the partials of all shards, with the names of this view. Holds what lasts longer than a window: names,
 * and idle series. A window is one or more rounds of `begin`, for each partial the `learn` of its keys and `absorb`, and `addOwn`; then `end`.
 * Nothing else may be asked of it in the middle of a round.
 */
export interface Merger extends KeySource {
  /** A key that a shard uses from now on. */
  readonly learn: TellKey;
  /** `opens`: it is the first round of a window. */
  begin(elapsedMs: number, opens: boolean): void;
  /** Bytes of memory that names and tags take. */
  readonly bytes: number;
  /** Partials of one shard come in the order in which it handed them over. */
  absorb(partial: Partial): Steps<void>;
  /** statsdrain's own series of one round, whose partials are given. */
  addOwn(partials: readonly Partial[], own: (state: MergeState) => readonly OwnSample[]): void;
  end(parts: WindowParts): Steps<Window>;
  setSettings(settings: Settings): void;
  /** Whether windows tell of how many lines their series were in, from the next one on. */
  setLines(wanted: boolean): void;
  /** One of the gauges that only ever fell and did so since the last call; undefined where there is none. */
  takeFalling(): FallingGauge | undefined;
  /** The gauges that are reported, as they were called before the rules of the view; they may be walked when other windows have been merged. */
  keepGauges(): Steps<Iterable<KeptGauge>>;
  /**
   * A gauge from before, as it was called before the rules of the view, idle as long as it was. False where it has expired since, is there
   * already, goes into no series, or finds no room.
   */
  restoreGauge(gauge: KeptGauge): boolean;
}

export interface MergerOptions {
  /** True: its windows list the series that received something, and those that are only held are not in them. */
  readonly updatedOnly?: boolean;
  /** Bytes of names and tags in other views. */
  readonly bytesElsewhere?: () => number;
  /** Called when much memory was let go. */
  readonly onShrink?: () => void;
  /** Told of what a naming threw. */
  readonly namingFailed?: (error: unknown) => void;
}
