import type { Dialect, Limits } from '../config/settings.ts';
import type { Event, Intake, ServiceCheck } from '../plugin.ts';
import { refuseKey } from '../protocol/admit.ts';
import type { DropReason, RejectReason } from '../protocol/reasons.ts';
import type { Scan } from '../protocol/scan.ts';
import { COUNTER, GAUGE, SET } from '../protocol/types.ts';
import { createLineAccount, type LineAccount } from './account.ts';
import { createCounterColumn } from './counters.ts';
import { createGaugeColumn } from './gauges.ts';
import { growUint32 } from './grow.ts';
import { createIntake } from './intake.ts';
import { createKeyTable, hashKey, type KeyTable } from './keys.ts';
import { KEY_RECORD_HEAD, type KeySection, PARTIAL_VERSION, type Partial, recordLength } from './partial.ts';
import { createSetColumn } from './sets.ts';
import { createTimerColumn } from './timers.ts';

/** Name of the series that take what has no room for a series of its own, one for each type. */
export const OVERFLOW_NAME = 'statsdrain.overflow';

/** Windows for which an unused raw key is remembered. */
const KEY_IDLE_WINDOWS = 6;
/** Raw keys looked at for eviction with each window: the whole table in four windows, or this many. */
const SWEEP_MINIMUM = 65_536;

/**
 * The private aggregate of one ingest thread: no lock, no I/O, no string for a raw key that was seen before.
 * `handOver` gives what was collected as a partial and starts the next window in the same step, so that no sample is
 * lost between two windows or counted in both.
 */
export interface Shard {
  /** A front-end's way in; accounts are kept by front-end. */
  intake(frontend: string, dialect: Dialect): Intake;
  /** Ends an intake: its last account is in the next partial, and what is still pushed into it is lost. */
  release(frontend: string): void;
  handOver(endMs: number, final: boolean): Partial;
  setLimits(limits: Limits): void;
}

/** What an intake needs of its shard. */
export interface ShardCore {
  limits(): Limits;
  /** Adds what was scanned. Gives the reason when the line has to be refused. */
  add(bytes: Uint8Array, scan: Scan, account: LineAccount): Refusal | undefined;
  addEvent(event: Event): boolean;
  addServiceCheck(check: ServiceCheck): boolean;
}

export type Refusal = { readonly rejected: RejectReason } | { readonly dropped: DropReason };

const SET_MEMBERS_FULL: Refusal = { dropped: 'set_members' };

export interface ShardOptions {
  /** Index of the shard, in its partials. */
  readonly index: number;
  readonly limits: Limits;
  /** Monotonic milliseconds on a clock that all shards share. */
  readonly now: () => number;
  /** Seed of the key hash. */
  readonly seed: number;
}

export function createShard(options: ShardOptions): Shard {
  const { index, now, seed } = options;
  let limits = options.limits;
  // Columns hold on to this object, so that a reload reaches them.
  const columnLimits = { ...options.limits };
  const accounts = new Map<string, LineAccount>();
  const ended: LineAccount[] = [];

  const keys = createKeyTable();
  const counters = createCounterColumn();
  const gauges = createGaugeColumn();
  const timers = createTimerColumn(columnLimits);
  const sets = createSetColumn(columnLimits);
  let events: Event[] = [];
  let serviceChecks: ServiceCheck[] = [];

  /** By key id: the window in which it was last used, and its row there. One cache line serves both. */
  let marks = new Uint32Array(2048);
  let window = 1;
  let newKeys: number[] = [];
  const overflowIds = new Map<number, number>();
  const overflowName = new TextEncoder().encode(OVERFLOW_NAME);

  function openRow(id: number, type: number): number {
    const column = type === COUNTER ? counters : type === GAUGE ? gauges : type === SET ? sets : timers;
    const row = column.open(id);
    if (id * 2 + 1 >= marks.length) marks = growUint32(marks, id * 2 + 2);
    marks[id * 2] = window;
    marks[id * 2 + 1] = row;
    keys.touch(id, window);
    return row;
  }

  function addKey(...key: Parameters<KeyTable['add']>): number {
    const id = keys.add(...key);
    newKeys.push(id);
    return id;
  }

  function overflowId(type: number): number {
    const known = overflowIds.get(type);
    if (known !== undefined) return known;
    const hash = hashKey(overflowName, 0, overflowName.length, 0, 0, seed);
    const key = [overflowName, 0, overflowName.length, 0, 0, type, hash] as const;
    const found = keys.find(...key);
    const id = found < 0 ? addKey(...key) : found;
    overflowIds.set(type, id);
    return id;
  }

  function rowOf(id: number, type: number): number {
    return marks[id * 2] === window ? marks[id * 2 + 1]! : openRow(id, type);
  }

  const core: ShardCore = {
    limits: () => limits,
    add(bytes, scan, account) {
      const { nameStart, nameEnd, tagStart, tagEnd, groupCount } = scan;
      const hash = hashKey(bytes, nameStart, nameEnd, tagStart, tagEnd, seed);
      let refusal: Refusal | undefined;
      let overflowed = false;
      let instant = -1;
      let value = 0;
      for (let group = 0; group < groupCount; group++) {
        const type = scan.groupType[group]!;
        let id = keys.find(bytes, nameStart, nameEnd, tagStart, tagEnd, type, hash);
        if (id < 0) {
          // Only before the first value is added: a line is taken whole or rejected whole.
          const reason = group === 0 ? refuseKey(bytes, nameStart, nameEnd, tagStart, tagEnd, limits) : undefined;
          if (reason !== undefined) return { rejected: reason };
          if (keys.size < limits.series) {
            id = addKey(bytes, nameStart, nameEnd, tagStart, tagEnd, type, hash);
          } else {
            id = overflowId(type);
            overflowed = true;
          }
        }
        const row = rowOf(id, type);
        const weight = scan.groupWeight[group]!;
        const end = scan.groupEnd[group]!;
        for (; value < end; value++) {
          if (type === COUNTER) {
            counters.add(row, scan.value[value]! * weight);
          } else if (type === GAUGE) {
            if (instant < 0) instant = now();
            if (scan.isDelta[value] === 1) gauges.add(row, scan.value[value]!, instant);
            else gauges.set(row, scan.value[value]!, instant);
          } else if (type === SET) {
            if (!sets.add(row, bytes, scan.memberStart[value]!, scan.memberEnd[value]!)) refusal = SET_MEMBERS_FULL;
          } else {
            timers.add(row, scan.value[value]!, weight);
          }
        }
      }
      if (overflowed) account.overflowed();
      return refusal;
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

  return {
    intake(frontend, dialect) {
      const account = createLineAccount(frontend);
      accounts.set(frontend, account);
      return createIntake(core, account, dialect);
    },
    release(frontend) {
      const account = accounts.get(frontend);
      if (account === undefined) return;
      accounts.delete(frontend);
      ended.push(account);
    },
    handOver(endMs, final) {
      const retired = keys.sweep(Math.max(0, window - KEY_IDLE_WINDOWS), Math.max(SWEEP_MINIMUM, keys.idLimit >> 2));
      for (const [type, id] of overflowIds) if (retired.includes(id)) overflowIds.delete(type);
      const partial: Partial = {
        version: PARTIAL_VERSION,
        shard: index,
        endMs,
        final,
        keys: keySection(keys, newKeys),
        retired: Uint32Array.from(retired),
        counters: counters.swap(),
        gauges: gauges.swap(),
        timers: timers.swap(),
        sets: sets.swap(),
        events,
        serviceChecks,
        accounts: [...accounts.values(), ...ended.splice(0)].map((account) => account.swap()),
        liveKeys: keys.size,
      };
      events = [];
      serviceChecks = [];
      newKeys = [];
      window++;
      return partial;
    },
    setLimits(next) {
      limits = next;
      Object.assign(columnLimits, next);
    },
  };
}

/** The keys that this window used for the first time. */
function keySection(keys: KeyTable, ids: readonly number[]): KeySection {
  let size = 0;
  for (const id of ids) size += recordLength(KEY_RECORD_HEAD, keys.nameLength(id) + keys.tagLength(id));
  const chunk = new Uint8Array(size);
  const words = new Uint32Array(chunk.buffer);
  let at = 0;
  for (const id of ids) {
    words[at / 4] = id;
    words[at / 4 + 1] = keys.typeOf(id);
    words[at / 4 + 2] = keys.nameLength(id);
    words[at / 4 + 3] = keys.tagLength(id);
    at += recordLength(KEY_RECORD_HEAD, keys.copy(id, chunk, at + KEY_RECORD_HEAD));
  }
  return { length: ids.length, chunks: [chunk] };
}
