import type { Settings } from '../config/settings.ts';
import { hashText } from '../kit/hash.ts';
import type { Steps } from '../kit/slices.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import { checkVersion, type Partial } from '../partial/partial.ts';
import type { Account, Window } from '../plugin.ts';
import { GAUGE } from '../protocol/codes.ts';
import { sameIdentity } from '../protocol/identity.ts';
import { mergeAccounts } from './account.ts';
import { createDue, type Due } from './due.ts';
import { elapsedOf } from './elapsed.ts';
import { createIdentityIndex, hashIdentity } from './identity-index.ts';
import { createIdentityOf } from './identity-of.ts';
import type { KeptGauge } from './kept-gauges.ts';
import { createKeyBook, type TellKey } from './key-book.ts';
import { createMerger } from './merge.ts';
import type { Cadence, FallingGauge, Merger, MergerOptions, MergeState, OwnSample } from './merger.ts';
import type { ViewRules } from './namer.ts';

/** One window as the back-ends of each view are given it. */
export interface MergedWindow {
  /** By id of the view: of those whose window ends. */
  readonly windows: ReadonlyMap<string, ViewWindow>;
  /** Of the partials. */
  readonly account: Account;
}

export interface ViewWindow {
  readonly window: Window;
  /** Raw keys of this window whose names the back-ends of the view cannot take. */
  readonly badNames: number;
}

/**
 * All views: each is one set of rules of what series are called, with a merge for all that have the same ones, since what was computed of two series
 * cannot be merged any more, and an interval of its own: a whole number of rounds, each of what all shards handed over at one time. Each raw key is
 * read once for all of them. Whatever gives its steps is done to the end before anything else is asked.
 */
export interface Views {
  /**
   * Opens a view where there is none with this id. One that comes later than others knows all raw keys, and the gauges that they hold; of
   * counters and the like that are idle it knows nothing.
   */
  open(id: string, options: ViewOptions): Steps<void>;
  has(id: string): boolean;
  /** Whether the window of one of them goes on. */
  readonly goesOn: boolean;
  /** The windows of the other views, as far as they have come. Those of `fresh` begin anew: what they have is in these. */
  cut(kept: ReadonlySet<string>, fresh?: ReadonlySet<string>): Steps<ReadonlyMap<string, ViewWindow>>;
  /** Closes the others. */
  keep(ids: ReadonlySet<string>): Steps<void>;
  /**
   * Takes in the round `[startMs, endMs)`, and gives the windows that end with it, each as long before its end as it took. `partials` are of any shards and may include late ones of
   * earlier windows; those of one shard come in the order in which it handed them over, since a key's name crosses once.
   * Throws on a partial of another version. `own` gives statsdrain's own series of each view.
   */
  merge(
    partials: readonly Partial[],
    startMs: number,
    endMs: number,
    own: (state: MergeState, view: string) => readonly OwnSample[],
    ends?: Ends,
  ): Steps<MergedWindow>;
  /** Which views tell of how many lines their series were in, from their next windows on, where partials tell; at first none does. */
  setLines(ids: ReadonlySet<string>): void;
  /** `rules`: of front-ends, for keys with their numbers that are new from now on. `originMs`: what windows are counted from. */
  setSettings(settings: Settings, rules?: readonly FrontendKeys[], originMs?: number): void;
  /** Likewise of a merger, of any view. */
  takeFalling(): FallingGauge | undefined;
  /** The gauges of all views, as they were called before the rules of any. */
  keepGauges(): Steps<Iterable<KeptGauge>>;
  /** Likewise of a merger; true where any view took it. */
  restoreGauge(gauge: KeptGauge): boolean;
}

/**
 * Which windows end with a round: those whose time has come, all because no round comes after it, or those of some views by their ids, before
 * their time.
 */
export type Ends = 'due' | 'all' | ReadonlySet<string>;

export interface ViewOptions extends ViewRules {
  /** Milliseconds of its windows. Absent: those of the configuration. */
  readonly intervalMs?: number | undefined;
  /** True: its windows list the series that received something, and those that are only held are not in them. */
  readonly updatedOnly?: boolean;
  /** Of the rules: equal where these are. Absent: those of no other view are, unless both have none. */
  readonly rulesId?: string;
}

interface View {
  readonly rulesId: string;
  readonly merger: Merger;
  readonly cadence: Cadence;
  readonly intervalMs: number | undefined;
  readonly due: Due;
  /** Of sets: what is counted in less time than the configuration says is another number. */
  readonly setsDue: Due;
  /** The window that goes on. */
  going: Going | undefined;
}

interface Going {
  readonly partials: Partial[];
  elapsedMs: number;
  endMs: number;
  badNames: number;
}

export function createViews(
  first: Settings,
  firstRules: readonly FrontendKeys[] = [],
  options: Pick<MergerOptions, 'namingFailed' | 'onShrink'> = {},
  firstOriginMs = 0,
): Views {
  let settings = first;
  let originMs = firstOriginMs;
  let identityOf = createIdentityOf(first, firstRules);
  const views = new Map<string, View>();
  /** By id of their rules. */
  const mergers = new Map<string, Merger>();
  /** All of them. A walk of a `Map` for each new key took a twentieth of the time in which a million are learned. */
  let all: readonly Merger[] = [];
  /** One without rules: its series are called like the keys, so that these need not be in the book. */
  let plain: Merger | undefined;
  const book = createKeyBook((type, bytes, nameStart, nameEnd, tagEnd) =>
    identityOf(type, bytes, nameStart, nameEnd, tagEnd),
  );

  const tellAll: TellKey = (shard, id, type, identity, isOverflow, rawLength) => {
    for (let view = 0; view < all.length; view++) all[view]!.learn(shard, id, type, identity, isOverflow, rawLength);
  };

  function* keepGauges(): Steps<Iterable<KeptGauge>> {
    const kept: Iterable<KeptGauge>[] = [];
    for (const merger of all) kept.push(yield* merger.keepGauges());
    return kept.length === 1 ? kept[0]! : distinct(kept);
  }

  function createMergerOf(rules: ViewRules): Merger {
    const bytesElsewhere = () => {
      let bytes = 0;
      for (let at = 0; at < all.length; at++) if (all[at] !== merger) bytes += all[at]!.bytes;
      return bytes;
    };
    const merger: Merger = createMerger(settings, rules, { ...options, bytesElsewhere });
    return merger;
  }

  function changed(): void {
    all = [...mergers.values()];
  }

  function setIntervals({ due, setsDue, intervalMs }: View): void {
    const { flushIntervalMs, tickMs = flushIntervalMs } = settings;
    due.setIntervals(intervalMs ?? flushIntervalMs, tickMs, originMs);
    setsDue.setIntervals(flushIntervalMs, intervalMs ?? flushIntervalMs, originMs);
  }

  /** When the window of a view ends that has come as far as this round; undefined where it goes on. */
  function endOf(id: string, { due }: View, startMs: number, endMs: number, ends: Ends): number | undefined {
    if (typeof ends === 'string') return due.endOf(startMs, endMs, ends === 'all');
    return ends.has(id) ? endMs : undefined;
  }

  function* end(view: View, going: Going, endMs: number, ends: Ends = 'all'): Steps<ViewWindow> {
    view.going = undefined;
    const { partials, elapsedMs, badNames } = going;
    const isWhole = typeof ends === 'string';
    const setsEnd = isWhole && view.setsDue.endOf(endMs - elapsedMs, endMs, ends === 'all') !== undefined;
    const window = yield* view.cadence.end({
      startMs: endMs - elapsedMs,
      endMs,
      intervalMs: view.intervalMs ?? settings.flushIntervalMs,
      setsEnd,
      events: partials.flatMap((partial) => partial.events),
      serviceChecks: partials.flatMap((partial) => partial.serviceChecks),
      account: mergeAccounts(partials),
    });
    return { window, badNames };
  }

  return {
    *open(id, { intervalMs, updatedOnly = false, rulesId = `view ${id}`, ...rules }) {
      if (views.has(id)) return;
      const isPlain = rules.mapping === undefined && rules.naming === undefined;
      const rulesOf = isPlain ? '' : rulesId;
      const gauges = yield* keepGauges();
      const merger = mergers.get(rulesOf) ?? createMergerOf(rules);
      const cadence = yield* merger.open(updatedOnly, gauges);
      if (!mergers.has(rulesOf)) yield* (plain ?? book).tellKeys(merger.learn);
      const view: View = {
        rulesId: rulesOf,
        merger,
        cadence,
        intervalMs,
        due: createDue(),
        setsDue: createDue(),
        going: undefined,
      };
      setIntervals(view);
      views.set(id, view);
      mergers.set(rulesOf, merger);
      changed();
      if (plain !== undefined || !isPlain) return;
      plain = merger;
      book.close();
    },
    has: (id) => views.has(id),
    get goesOn() {
      return [...views.values()].some(({ going }) => going !== undefined);
    },
    *cut(kept, fresh = new Set()) {
      const windows = new Map<string, ViewWindow>();
      for (const [id, view] of views) {
        const { going } = view;
        if (going === undefined || (kept.has(id) && !fresh.has(id))) continue;
        const window = yield* end(view, going, going.endMs);
        if (!kept.has(id)) windows.set(id, window);
      }
      return windows;
    },
    *keep(ids) {
      for (const [id, { rulesId, merger, cadence }] of views) {
        if (ids.has(id)) continue;
        cadence.close();
        views.delete(id);
        if (!merger.isEmpty) continue;
        if (merger === plain) {
          yield* book.open(plain);
          plain = undefined;
        }
        mergers.delete(rulesId);
      }
      changed();
    },
    *merge(partials, startMs, endMs, own, ends = 'due') {
      const elapsedMs = elapsedOf(partials, Math.max(endMs - startMs, 1));
      const ordered = [...partials].sort((a, b) => a.shard - b.shard);
      for (const merger of all) merger.begin(elapsedMs);
      for (const { cadence, going } of views.values()) cadence.begin(going === undefined);
      for (const merger of all) merger.openWindows();
      // One after the other: a later partial of a shard may give a retired id to another key.
      for (const partial of ordered) {
        checkVersion(partial);
        yield* book.learn(partial, tellAll);
        for (const merger of all) yield* merger.absorb(partial);
        yield* book.retire(partial);
      }
      const states = new Map(all.map((merger) => [merger, merger.takeState(ordered)]));
      const windows = new Map<string, ViewWindow>();
      for (const [id, view] of views) {
        view.going ??= { partials: [], elapsedMs: 0, endMs, badNames: 0 };
        const { going } = view;
        going.partials.push(...ordered);
        going.elapsedMs += elapsedMs;
        going.endMs = endMs;
        const state = states.get(view.merger)!;
        going.badNames += state.badNames;
        view.cadence.addOwn(own(state, id));
        const dueMs = endOf(id, view, startMs, endMs, ends);
        if (dueMs !== undefined) windows.set(id, yield* end(view, going, dueMs, ends));
      }
      return { windows, account: mergeAccounts(ordered) };
    },
    setLines(ids) {
      for (const [id, { cadence }] of views) cadence.setLines(ids.has(id));
    },
    setSettings(next, rules = [], origin = 0) {
      settings = next;
      originMs = origin;
      identityOf = createIdentityOf(next, rules);
      for (const merger of all) merger.setSettings(next);
      for (const view of views.values()) setIntervals(view);
    },
    takeFalling() {
      const fallen = all.map((merger) => merger.takeFalling());
      return fallen.find((gauge) => gauge !== undefined);
    },
    keepGauges,
    restoreGauge: (gauge) => all.map((merger) => merger.restoreGauge(gauge)).some(Boolean),
  };
}

/** Each gauge once: of the first view that has it by itself, else of the first that has it together with others. */
function* distinct(all: readonly Iterable<KeptGauge>[]): Generator<KeptGauge, undefined, undefined> {
  const seen: KeptGauge[] = [];
  const shared: KeptGauge[] = [];
  const index = createIdentityIndex((at, _type, gauge) => sameIdentity(seen[at]!, gauge));
  const isFirst = (gauge: KeptGauge) => {
    const hash = hashIdentity(hashText(gauge.name), GAUGE, gauge);
    if (index.find(hash, GAUGE, gauge) >= 0) return false;
    index.add(hash, seen.push(gauge) - 1);
    return true;
  };
  for (const gauges of all) {
    for (const gauge of gauges) {
      if (gauge.isShared === true) shared.push(gauge);
      else if (isFirst(gauge)) yield gauge;
    }
  }
  for (const gauge of shared) if (isFirst(gauge)) yield gauge;
  return undefined;
}
