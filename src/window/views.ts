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
import { createKeyBook, type TellKey, TOLD_AT_ONCE } from './key-book.ts';
import { createMerger } from './merge.ts';
import type { FallingGauge, Merger, MergerOptions, MergeState, OwnSample } from './merger.ts';
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
 * All views: each is one set of rules of what series are called, with a merge of its own, since what was computed of two series cannot be
 * merged any more, and an interval of its own: a whole number of rounds, each of what all shards handed over at one time. Each raw key is
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
  /** See {@link MergerOptions}. */
  readonly updatedOnly?: boolean;
}

interface View {
  readonly merger: Merger;
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
  /** Their merges. A walk of a `Map` for each new key took a twentieth of the time in which a million are learned. */
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

  function changed(): void {
    all = Array.from(views.values(), ({ merger }) => merger);
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
    const window = yield* view.merger.end({
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
    *open(id, { intervalMs, updatedOnly = false, ...rules }) {
      if (views.has(id)) return;
      const bytesElsewhere = () => {
        let bytes = 0;
        for (let view = 0; view < all.length; view++) if (all[view] !== merger) bytes += all[view]!.bytes;
        return bytes;
      };
      const merger: Merger = createMerger(settings, rules, { ...options, updatedOnly, bytesElsewhere });
      const gauges = yield* keepGauges();
      let told = 0;
      for (const gauge of gauges) {
        merger.restoreGauge(gauge);
        if (++told % TOLD_AT_ONCE === 0) yield;
      }
      yield* (plain ?? book).tellKeys(merger.learn);
      const view: View = { merger, intervalMs, due: createDue(), setsDue: createDue(), going: undefined };
      setIntervals(view);
      views.set(id, view);
      changed();
      if (plain !== undefined || rules.mapping !== undefined || rules.naming !== undefined) return;
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
      for (const [id, { merger }] of views) {
        if (ids.has(id)) continue;
        if (merger === plain) {
          yield* book.open(plain);
          plain = undefined;
        }
        views.delete(id);
      }
      changed();
    },
    *merge(partials, startMs, endMs, own, ends = 'due') {
      const elapsedMs = elapsedOf(partials, Math.max(endMs - startMs, 1));
      const ordered = [...partials].sort((a, b) => a.shard - b.shard);
      for (const { merger, going } of views.values()) merger.begin(elapsedMs, going === undefined);
      // One after the other: a later partial of a shard may give a retired id to another key.
      for (const partial of ordered) {
        checkVersion(partial);
        yield* book.learn(partial, tellAll);
        for (const merger of all) yield* merger.absorb(partial);
        yield* book.retire(partial);
      }
      const windows = new Map<string, ViewWindow>();
      for (const [id, view] of views) {
        view.going ??= { partials: [], elapsedMs: 0, endMs, badNames: 0 };
        const { going } = view;
        going.partials.push(...ordered);
        going.elapsedMs += elapsedMs;
        going.endMs = endMs;
        view.merger.addOwn(ordered, (state) => {
          going.badNames += state.badNames;
          return own(state, id);
        });
        const dueMs = endOf(id, view, startMs, endMs, ends);
        if (dueMs !== undefined) windows.set(id, yield* end(view, going, dueMs, ends));
      }
      return { windows, account: mergeAccounts(ordered) };
    },
    setLines(ids) {
      for (const [id, { merger }] of views) merger.setLines(ids.has(id));
    },
    setSettings(next, rules = [], origin = 0) {
      settings = next;
      originMs = origin;
      identityOf = createIdentityOf(next, rules);
      for (const view of views.values()) {
        view.merger.setSettings(next);
        setIntervals(view);
      }
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
