import type { Dialect, Limits } from '../config/settings.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import { createAnnouncements, type KeyText } from '../partial/key-writer.ts';
import { type FrontendAccount, overflowName, PARTIAL_VERSION, type Partial } from '../partial/partial.ts';
import { createPoints } from '../partial/points.ts';
import type { Event, ServiceCheck } from '../plugin.ts';
import { isOfTags } from '../protocol/admit.ts';
import { CLIPPED_KEY, COUNTERS, GAUGES, SETS, TIMERS, TYPE_BITS } from '../protocol/codes.ts';
import { isName, type Scan } from '../protocol/scan.ts';
import { type RowKind, rowKind, type TypeCode } from '../protocol/types.ts';
import { createLineAccount, type LineAccount } from './account.ts';
import { createAdmission } from './admission.ts';
import { copyCounters, copyGauges, copyIds, copyLines } from './columns.ts';
import type { Refusal, ShardCore, Watch } from './core.ts';
import { createDeltas } from './deltas.ts';
import { createIds } from './ids.ts';
import { createIntake, type ShardIntake } from './intake.ts';
import { createKeyBlocks, type KeyBlockCounts } from './key-blocks.ts';
import { createRefusals } from './refusals.ts';
import { createSketches } from './sketches.ts';
import { KEY_IDLE_WINDOWS, OVERFLOW_OFFSET, openStore, type Store } from './store.ts';

/** Milliseconds that the end of a window may spend on forgetting keys, besides what `tidy` does between windows. */
const SWEEP_MS = 2;
/** Bounds the number of windows of which something is remembered. */
const MOST_TICKS = 600;
/** A shard that has held at least this many keys begins anew when an eighth of them is left in use. */
const LARGE = 65_536;
/** Likewise one whose keys have held at least this many bytes, by the bytes of those that are left. */
const LARGE_BYTES = 8 * 1024 * 1024;

/**
 * The private aggregate of one ingest thread: no lock, no I/O, no string for a raw key that was seen before.
 * `handOver` gives what was collected as a partial and starts the next window in the same step, so that no sample is
 * lost between two windows or counted in both.
 */
export interface Shard {
  /** A front-end's way in; accounts are kept by front-end. */
  intake(frontend: string, dialect: Dialect, rules?: FrontendKeys): ShardIntake;
  /** Ends an intake: its last account is in the next partial, and what is still pushed into it is lost. */
  release(frontend: string): void;
  /** `interim`: of the window that ends at `endMs` more will follow. */
  handOver(endMs: number, final: boolean, interim?: boolean): Partial;
  /** Has `watch` see what all intakes are given, from now on. Undefined: nobody does. */
  setWatch(watch: Watch | undefined): void;
  /** Copies of the accounts since the last hand-over. */
  accounts(): FrontendAccount[];
  /** Forgets a few idle keys, in about 50 µs: for a thread that is busy to call now and then. */
  tidy(): void;
  setLimits(limits: Limits): void;
  /** See {@link ShardOptions}. */
  setTicks(ticks: number): void;
  /** Whether partials tell of how many lines each key was in. Before the first call: no. */
  setLines(wanted: boolean): void;
  /** From the next window on all keys are told again, for somebody who was not there when they were told first. */
  renew(): void;
}

/** The counter of lines whose tags were clipped: `statsdrain.tags.clipped`. */
const CLIPPED = 'tags.clipped';
const SET_MEMBERS_FULL: Refusal = { dropped: 'set_members' };
const POINTS_FULL: Refusal = { dropped: 'points' };
const NO_MEMORY: Refusal = { dropped: 'overload' };

export interface ShardOptions {
  /** Index of the shard, in its partials. */
  readonly index: number;
  readonly limits: Limits;
  /** Monotonic milliseconds on a clock that all shards share. */
  readonly now: () => number;
  /** Seed of the key hash. */
  readonly seed: number;
  /** Blocks of keys of all shards. Default: this one is alone. */
  readonly keyBlocks?: KeyBlockCounts;
  /** Hand-overs in the time for which an unused key is remembered {@link KEY_IDLE_WINDOWS} times. Default: 1. */
  readonly ticks?: number;
  /** Called when much memory was let go. */
  readonly onShrink?: () => void;
}

export function createShard(options: ShardOptions): Shard {
  const { index, now, seed } = options;
  let { limits, ticks = 1 } = options;
  const accounts = new Map<string, LineAccount>();
  const ended: LineAccount[] = [];

  const keyBlocks = createKeyBlocks(limits, options.keyBlocks);
  let watch: Watch | undefined;
  const ids = createIds();
  const announcements = createAnnouncements();
  const deltas = createDeltas();
  const sketches = createSketches();
  const surplus = { values: sketches.addValues, members: sketches.addMembers, deltas: deltas.addAll };
  let store = openStore(seed, limits, surplus, keyBlocks, learnKey);
  let unwatched: Store | null = store;
  const refusals = createRefusals();
  const admission = createAdmission(limits);
  const points = createPoints();
  let events: Event[] = [];
  let serviceChecks: ServiceCheck[] = [];

  let window = 1;
  let handedOverMs = now();
  /** Most keys that this store has held, and rows of its last windows. */
  let mostKeys = 0;
  let lastRows: number[] = [];
  let renewing = false;
  let wantsLines = false;
  const unknown = { keyFlag: 0, nameStart: 0, nameEnd: 0, tagStart: 0, tagEnd: 0 };
  /** By group of a line with several: its key. */
  let groupKeys = new Uint32Array(16);

  /** Of keys, `type` is the code of a scan's group and the scan's `keyFlag`. */
  function findKey(scan: Scan, type: number): number {
    const { nameStart, nameEnd, tagStart, tagEnd } = scan;
    return store.plane.findKey(nameStart, nameEnd - nameStart, tagStart, tagEnd - tagStart, type);
  }

  /** 0 where there is no room. */
  function addKey(scan: Scan, type: number): number {
    const key = store.plane.keyCount() < limits.series ? announceKey(scan, type) : 0;
    if (key === 0) refuse(scan, type);
    return key;
  }

  function refuse({ nameStart, nameEnd, tagStart, tagEnd }: Scan, type: number): void {
    const { plane } = store;
    const hash = plane.hashKey(nameStart, nameEnd - nameStart, tagStart, tagEnd - tagStart, type);
    refusals.add(plane.keyCount() < limits.series ? 'keyBytes' : 'series', hash, type);
  }

  function announceKey(text: KeyText, type: number): number {
    const { nameStart, nameEnd, tagStart, tagEnd } = text;
    const id = ids.take();
    const key = store.plane.addKey(nameStart, nameEnd - nameStart, tagStart, tagEnd - tagStart, type, id);
    if (key === 0) ids.cancel(id);
    else announcements.add(id, type, store.bytes(), text);
    return key;
  }

  /** For lines of the native dialects that the plane has read. Where it is not added, the line is read again and told why. */
  function learnKey(name: number, nameLength: number, tags: number, tagLength: number, type: number): number {
    if (store.plane.keyCount() >= limits.series) return 0;
    unknown.keyFlag = type & ~TYPE_BITS;
    unknown.nameStart = name;
    unknown.nameEnd = name + nameLength;
    unknown.tagStart = tags;
    unknown.tagEnd = tags + tagLength;
    const bytes = store.bytes();
    if (!isName(bytes, name, name + nameLength) || admission.refuse(bytes, unknown) !== undefined) return 0;
    return announceKey(unknown, type);
  }

  function overflowKey(type: number): number {
    // Behind the input, which holds the line.
    const nameStart = store.input + OVERFLOW_OFFSET;
    const { written } = encoder.encodeInto(overflowName(type), store.bytes().subarray(nameStart));
    const known = store.plane.findKey(nameStart, written, 0, 0, type);
    if (known !== 0) return known;
    const text = { nameStart, nameEnd: nameStart + written, tagStart: 0, tagEnd: 0 };
    return keyBlocks.always(() => announceKey(text, type));
  }

  /** False where there is no room for another estimate. */
  function addMember(key: number, start: number, end: number): boolean {
    return store.plane.addToSet(key, start, end - start) !== 0;
  }

  /** False where there is no room for another one. */
  function addPoint(key: number, kind: RowKind, timestamp: number, value: number): boolean {
    const { plane } = store;
    const isGauge = kind === GAUGES;
    return points.add(plane.keepKey(key), isGauge, timestamp, value, isGauge ? plane.deltaTime() : 0, limits.points);
  }

  const core: ShardCore = {
    limits: () => limits,
    store: () => store,
    unwatchedStore: () => unwatched,
    watch: () => watch,
    window: () => window,
    now,
    add(scan, account) {
      const { groupCount } = scan;
      const isTimed = scan.timestamp > 0;
      let keyFlag: number = scan.keyFlag;
      let overflowed = false;
      if (groupCount > groupKeys.length) groupKeys = new Uint32Array(groupCount * 2);
      // A line is taken whole or refused whole: first all keys and rows, then the values.
      for (let group = 0; group < groupCount; group++) {
        let type = scan.groupType[group]! | keyFlag;
        let key = findKey(scan, type);
        if (key === 0) {
          const reason = group === 0 ? admission.refuse(store.bytes(), scan) : undefined;
          if (reason !== undefined) {
            if (!scan.clipsTags || !isOfTags(reason)) return { rejected: reason };
            keyFlag |= CLIPPED_KEY;
            type |= keyFlag;
            key = findKey(scan, type);
          }
          if (key === 0) key = addKey(scan, type);
          if (key === 0) {
            key = overflowKey(type);
            overflowed = true;
          }
        }
        if (key === 0 || (!isTimed && store.plane.useRow(key) === 0)) return NO_MEMORY;
        groupKeys[group] = key;
      }

      let refusal: Refusal | undefined;
      let value = 0;
      for (let group = 0; group < groupCount; group++) {
        const kind = rowKind(scan.groupType[group] as TypeCode);
        const key = groupKeys[group]!;
        for (const end = scan.groupEnd[group]!; value < end; value++) {
          if (isTimed) {
            if (!addPoint(key, kind, scan.timestamp, scan.value[value]!)) refusal = POINTS_FULL;
          } else if (kind === SETS) {
            if (!addMember(key, scan.memberStart[value]!, scan.memberEnd[value]!)) refusal = SET_MEMBERS_FULL;
          } else if (kind === GAUGES && scan.isDelta[value] === 1) store.plane.changeGauge(key, scan.value[value]!);
          else store.plane.addNumber(key, kind, scan.value[value]!, scan.groupWeight[group]!);
        }
        if (!isTimed && refusal === undefined && (group === 0 || groupKeys[group - 1] !== key))
          store.plane.countLine(key);
      }
      if (overflowed) account.overflowed();
      // Control bytes alone clip nothing.
      if ((keyFlag & CLIPPED_KEY) !== 0 && admission.refuse(store.bytes(), scan, false) !== undefined)
        account.count(CLIPPED, 1);
      return refusal;
    },
    addNumber(key, kind, value, weight) {
      const added = store.plane.addNumber(key, kind, value, weight) !== 0;
      if (added) store.plane.countLine(key);
      return added;
    },
    addEvent(event) {
      if (events.length >= limits.events) return false;
      events.push(event);
      return true;
    },
    addServiceCheck(check) {
      if (serviceChecks.length >= limits.serviceChecks) return false;
      serviceChecks.push(check);
      return true;
    },
  };

  /** Windows for which an unused key is remembered. */
  function idleWindows(): number {
    return KEY_IDLE_WINDOWS * Math.min(ticks, MOST_TICKS);
  }

  function takeElapsed(): number {
    const before = handedOverMs;
    handedOverMs = now();
    return handedOverMs - before;
  }

  function sweep(): void {
    const { plane } = store;
    const count = plane.sweepSegment(idleWindows());
    if (count === 0) return;
    for (const id of new Uint32Array(plane.memory.buffer, plane.forgottenIds(), count)) ids.retire(id);
  }

  function sweepForAWhile(): void {
    const deadline = performance.now() + (SWEEP_MS * KEY_IDLE_WINDOWS) / idleWindows();
    do sweep();
    while (store.plane.sweptAll() === 0 && performance.now() < deadline);
  }

  /** Records of forgotten keys are there for others of their size only: when keys of other sizes find no room, half is enough. */
  function isWasteful(): boolean {
    if (lastRows.length < idleWindows()) return false;
    const used = store.plane.keyBytes();
    if (refusals.has('keyBytes')) return used * 2 <= keyBlocks.bytes;
    return keyBlocks.bytes >= LARGE_BYTES && used * 8 <= keyBlocks.bytes;
  }

  /**
   * Memory of a plane cannot shrink. Once nearly all of it is idle a new one is begun, and the few keys that are still
   * in use are learned again, as if they were new.
   */
  function beginAnewIfIdle(rows: number): void {
    mostKeys = Math.max(mostKeys, store.plane.keyCount());
    lastRows = [...lastRows.slice(1 - idleWindows()), rows];
    const busy = lastRows.length < idleWindows() || Math.max(...lastRows) * 8 > mostKeys;
    if (!renewing && !isWasteful() && (mostKeys < LARGE || busy)) return;
    renewing = false;
    ids.retireAll();
    keyBlocks.giveBack();
    store = openStore(seed, limits, surplus, keyBlocks, learnKey);
    if (watch === undefined) unwatched = store;
    mostKeys = 0;
    lastRows = [];
    options.onShrink?.();
  }

  return {
    intake(frontend, dialect, rules) {
      const account = createLineAccount(frontend);
      accounts.set(frontend, account);
      if (rules !== undefined) admission.add(rules);
      return createIntake(core, account, dialect, rules);
    },
    release(frontend) {
      const account = accounts.get(frontend);
      if (account === undefined) return;
      accounts.delete(frontend);
      ended.push(account);
    },
    accounts: () => [...accounts.values(), ...ended].map((account) => account.peek()),
    setWatch(next) {
      watch = next;
      unwatched = next === undefined ? store : null;
    },
    tidy: sweep,
    handOver(endMs, final, interim = false) {
      sweepForAWhile();
      const { plane } = store;
      const { values, members, memberLength } = store.finish();
      const liveKeys = plane.keyCount();
      const keyBytes = keyBlocks.bytes;
      const linesOf = (kind: RowKind) => (wantsLines ? { lines: copyLines(plane, kind) } : {});
      const sections = {
        counters: { ...copyCounters(plane), ...linesOf(COUNTERS) },
        gauges: { ...copyGauges(plane), ...deltas.take(), ...linesOf(GAUGES) },
        timers: { ...copyIds(plane, TIMERS), chunks: values, ...sketches.takeTimers(), ...linesOf(TIMERS) },
        sets: { ...copyIds(plane, SETS), memberLength, chunks: members, ...sketches.takeSets(), ...linesOf(SETS) },
        points: points.take(),
      };
      const rows = Object.values(sections).reduce((sum, { length }) => sum + length, 0);
      plane.begin();
      // Nobody hears of this shard's keys again.
      if (final) {
        ids.retireAll();
        keyBlocks.giveBack();
      } else beginAnewIfIdle(rows);
      const partial: Partial = {
        version: PARTIAL_VERSION,
        shard: index,
        endMs,
        elapsedMs: takeElapsed(),
        interim,
        final,
        keys: announcements.take(),
        retired: ids.settle(),
        ...sections,
        events,
        serviceChecks,
        accounts: [...accounts.values(), ...ended.splice(0)].map((account) => account.swap()),
        liveKeys,
        keyBytes,
        refused: refusals.take(),
      };
      events = [];
      serviceChecks = [];
      window++;
      return partial;
    },
    setLimits(next) {
      limits = next;
      admission.setLimits(next);
      keyBlocks.setLimits(next);
      store.setLimits(next);
    },
    setTicks(next) {
      ticks = next;
    },
    setLines(wanted) {
      wantsLines = wanted;
    },
    renew() {
      renewing = true;
    },
  };
}

const encoder = new TextEncoder();
