import type { Settings, StatsdSettings } from '../config/settings.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { statsdKeyBytes } from '../partial/key-shares.ts';
import { learnKeys, numbersOf, type Section } from '../partial/keys.ts';
import { checkVersion, OVERFLOW_NAME, type Partial } from '../partial/partial.ts';
import type { StatsdMetrics } from '../plugin.ts';
import { decodeUtf8 } from '../protocol/bytes.ts';
import { COUNTERS, GAUGES, ROW_KINDS, SETS, TIMERS, TYPE_BITS } from '../protocol/codes.ts';
import { BAD_VALUES, PACKETS, RECEIVED, rejectReasons, rejectSlot } from '../protocol/reasons.ts';
import { statsdKey } from '../protocol/statsd-key.ts';
import { type RowKind, rowKind, type TypeCode } from '../protocol/types.ts';
import { createCounters } from './counters.ts';
import { createGauges } from './gauges.ts';
import { type Keys, keyCost } from './keys.ts';
import { createSets } from './sets.ts';
import { timerFields } from './timer-fields.ts';
import { createTimers } from './timers.ts';

/**
 * The state of the original daemon (statsd 0.9, stats.js), kept from the partials of all shards: `counters`, `gauges`,
 * `timers` and `sets`, what a flush gives of them, and how it leaves them.
 */
export interface Ledger {
  /**
   * Takes a partial in. Those of one shard come in the order in which it handed them over. Between two steps the hashes may be
   * read, and keys removed; but no other partial is taken in and nothing is flushed before the last.
   */
  absorb(partial: Partial): Steps<void>;
  /** What a flush at `timestamp` (whole Unix seconds) gives; then everything is reset as the original does. As `absorb`. */
  flush(timestamp: number): Steps<Flushed>;
  setSettings(settings: LedgerSettings): void;
  /** The hashes as they are. */
  counters(): Iterable<readonly [string, number]>;
  gauges(): Iterable<readonly [string, number]>;
  /** In order of arrival; what is beyond the limit of exact values is missing. */
  timers(): Iterable<readonly [string, readonly number[]]>;
  /** The keys of a hash. */
  names(kind: LedgerKind): readonly string[];
  /** Takes these keys out of a hash. */
  remove(kind: LedgerKind, keys: ReadonlySet<string>): void;
  /** Single values that could not be read, since the start. */
  readonly badValues: number;
  /** Packets and lines since the start: it grows whenever something comes. */
  readonly messages: number;
  /** Keys in all hashes. */
  readonly size: number;
  /** Keys that found no room since the last call: their values go to `statsdrain.overflow`. */
  takeFolded(): number;
  /** The gauges but the daemon's own. As `absorb`; what it gives may be walked later. */
  keepGauges(): Steps<Iterable<KeptStatsdGauge>>;
  /** A gauge from `downMs` milliseconds before. False where it would have been forgotten since, is there already, or finds no room. */
  restoreGauge(gauge: KeptStatsdGauge, downMs: number): boolean;
}

/** A gauge of the original as it is known again after a restart. */
export interface KeptStatsdGauge {
  readonly key: string;
  readonly value: number;
  /** Flushes after which it is forgotten; 0 where it stays. */
  readonly left: number;
}

export type LedgerKind = 'counters' | 'gauges' | 'timers';

export interface Flushed {
  readonly metrics: StatsdMetrics;
  /** Bytes of memory, about. */
  readonly byteLength: number;
}

export interface LedgerSettings extends Pick<Settings, 'flushIntervalMs' | 'limits'> {
  readonly statsd: StatsdSettings;
}

export function createLedger(first: LedgerSettings, startupTime: number): Ledger {
  let settings = first;
  let fields = timerFields(first.statsd);
  let lastTimestamp = 0;
  let badValues = 0;
  let messages = 0;
  let folded = 0;
  const counters = createCounters();
  const gauges = createGauges();
  const timers = createTimers();
  const sets = createSets();
  const keysOf: Readonly<Record<RowKind, Keys>> = {
    [COUNTERS]: counters.keys,
    [GAUGES]: gauges.keys,
    [TIMERS]: timers.keys,
    [SETS]: sets.keys,
  };
  const allKeys = Object.values(keysOf);
  const keysNamed: Readonly<Record<LedgerKind, Keys>> = {
    counters: counters.keys,
    gauges: gauges.keys,
    timers: timers.keys,
  };
  /** By shard: raw key id to {@link entryOf}, or 0 where there is none. */
  const entries: (Uint32Array | undefined)[] = [];
  let internal = enterInternal();

  /** The daemon's own counters, which are always there. */
  function enterInternal(): readonly number[] {
    const { prefixStats } = settings.statsd;
    const numbers = ['bad_lines_seen', 'packets_received', 'metrics_received'].map((name) =>
      counters.keys.retain(`${prefixStats}.${name}`),
    );
    for (const number of numbers) counters.enter(number);
    counters.keys.moveToFront(numbers);
    return numbers;
  }

  function count(which: number, amount: number): void {
    if (amount === 0) return;
    restoreInternal();
    counters.add(internal[which]!, amount);
  }

  /** They come back when they have been removed. */
  function restoreInternal(): void {
    if (internal.every(counters.keys.isPresent)) return;
    for (const number of internal) counters.enter(number);
    counters.keys.moveToFront(internal);
  }

  function resolve(kind: RowKind, key: string): number {
    const keys = keysOf[kind];
    if (keys.find(key) !== undefined || hasRoom(key)) return keys.retain(key);
    folded++;
    return keys.retain(OVERFLOW_NAME);
  }

  function hasRoom(key: string): boolean {
    const { limits } = settings;
    return total('known') < limits.series && total('bytes') + keyCost(key) <= statsdKeyBytes(limits);
  }

  function total(of: 'size' | 'known' | 'bytes'): number {
    let sum = 0;
    for (const keys of allKeys) sum += keys[of];
    return sum;
  }

  function* learn(partial: Partial): Steps<Uint32Array> {
    const { keyNameSanitize } = settings.statsd;
    const known = entries[partial.shard] ?? new Uint32Array(64);
    const table = yield* learnKeys(partial.keys, known, (type, bytes, nameStart, nameEnd, tagEnd) => {
      const name = decodeUtf8(bytes, nameStart, nameEnd);
      const kind = rowKind((type & TYPE_BITS) as TypeCode);
      return entryOf(kind, resolve(kind, statsdKey(name, decodeUtf8(bytes, nameEnd, tagEnd), keyNameSanitize)));
    });
    entries[partial.shard] = table;
    return table;
  }

  function* retire(table: Uint32Array, ids: Iterable<number>): Steps<void> {
    let retired = 0;
    for (const id of ids) {
      if (++retired % KEYS_AT_ONCE === 0) yield;
      const entry = table[id] ?? 0;
      if (entry === 0) continue;
      keysOf[kindOf(entry)].release(numberOf(entry));
      table[id] = 0;
    }
  }

  function* absorbGauges({ gauges: section }: Partial, numbers: Uint32Array): Steps<void> {
    const { deleteGauges, gaugesMaxTTL } = settings.statsd;
    const flushes = deleteGauges ? gaugesMaxTTL : undefined;
    yield* inParts(section.length, KEYS_AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        gauges.touch(numbers[row]!, flushes);
        gauges.set(numbers[row]!, section.values[row]!, section.setAt[row]!);
      }
    });
    yield* inParts(section.deltaLength, KEYS_AT_ONCE, (from, to) => {
      for (let delta = from; delta < to; delta++) {
        gauges.add(numbers[section.deltaRows[delta]!]!, section.deltas[delta]!, section.deltaAt[delta]!);
      }
    });
  }

  /** Of the dialect `statsd` each bad value counts, of the others each line that was refused. */
  function absorbAccounts({ accounts }: Partial): void {
    for (const { slots } of accounts) {
      let bad = slots[BAD_VALUES]!;
      if (bad === 0) for (const slot of rejectSlots) bad += slots[slot]!;
      badValues += bad;
      messages += slots[PACKETS]! + slots[RECEIVED]!;
      count(0, bad);
      count(1, slots[PACKETS]!);
      count(2, slots[RECEIVED]!);
    }
  }

  return {
    get badValues() {
      return badValues;
    },
    get messages() {
      return messages;
    },
    get size() {
      return total('size');
    },
    takeFolded() {
      const taken = folded;
      folded = 0;
      return taken;
    },
    *absorb(partial) {
      checkVersion(partial);
      absorbAccounts(partial);
      // Of a shard that is older than the ledger some names may never come: it counts from when it begins anew.
      if (entries[partial.shard] === undefined && partial.keys.length < partial.liveKeys) return;
      const table = yield* learn(partial);
      const counterNumbers = keyNumbers(partial.counters, table);
      yield* inParts(counterNumbers.length, KEYS_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) counters.add(counterNumbers[row]!, partial.counters.sums[row]!);
      });
      yield* absorbGauges(partial, keyNumbers(partial.gauges, table));
      // A key that is removed between two steps would lose values that follow its entry.
      timers.absorb(partial.timers, keyNumbers(partial.timers, table), settings.limits);
      yield;
      sets.absorb(partial.sets, keyNumbers(partial.sets, table), settings.limits.setMembers);
      yield* retire(table, partial.retired);
      if (partial.final) {
        yield* retire(table, table.keys());
        delete entries[partial.shard];
      }
    },
    *flush(timestamp) {
      const { statsd, flushIntervalMs } = settings;
      const seconds = flushIntervalMs / 1000;
      restoreInternal();
      if (lastTimestamp > 0) {
        const lag = gauges.keys.retain(lagKey(settings));
        gauges.assign(lag, timestamp - lastTimestamp - seconds);
        gauges.keys.release(lag);
      }
      lastTimestamp = timestamp;

      const started = performance.now();
      const { byteLength: timerBytes, ...timed } = timers.snapshot(fields, seconds, settings.limits);
      const processingTime = Math.round(performance.now() - started);
      // Each hash is reset in the same step: what is removed from it in between would come back else.
      timers.reset(statsd.deleteTimers);
      yield;
      const counted = counters.snapshot(seconds);
      counters.reset(statsd.deleteCounters);
      yield;
      const gauged = gauges.snapshot();
      gauges.reset(statsd.deleteGauges);
      yield;
      const collected = sets.snapshot();
      sets.reset(statsd.deleteSets);
      const metrics: StatsdMetrics = {
        timestamp,
        startupTime,
        prefixStats: statsd.prefixStats,
        flushIntervalMs,
        counters: counted.counters,
        counterRates: counted.rates,
        gauges: gauged.gauges,
        ...timed,
        sets: collected.sets,
        percentThreshold: statsd.percentThreshold,
        histogram: statsd.histogram,
        processingTime,
      };
      return { metrics, byteLength: counted.byteLength + gauged.byteLength + timerBytes + collected.byteLength };
    },
    setSettings(next) {
      const before = settings.statsd;
      settings = next;
      fields = timerFields(next.statsd);
      if (!next.statsd.deleteGauges) gauges.forgetAges();
      if (next.statsd.prefixStats === before.prefixStats) return;
      const old = internal;
      internal = enterInternal();
      for (const number of old) counters.keys.release(number);
    },
    *counters() {
      const names = counters.keys.names();
      for (let row = 0; row < names.length; row++) yield [names[row]!, counters.value(counters.keys.order[row]!)];
    },
    *gauges() {
      const names = gauges.keys.names();
      for (let row = 0; row < names.length; row++) yield [names[row]!, gauges.value(gauges.keys.order[row]!)];
    },
    *timers() {
      const { keys, valuesAt } = timers.values();
      for (let row = 0; row < keys.length; row++) yield [keys[row]!, valuesAt(row)];
    },
    *keepGauges() {
      const { keys } = gauges;
      const numbers = keys.order.slice(0, keys.size);
      const own = lagKey(settings);
      const kept: KeptStatsdGauge[] = [];
      yield* inParts(numbers.length, KEYS_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          const number = numbers[row]!;
          const key = keys.name(number);
          if (!keys.isPresent(number) || key === own) continue;
          kept.push({ key, value: gauges.value(number), left: gauges.left(number) });
        }
      });
      return kept;
    },
    restoreGauge({ key, value, left }, downMs) {
      const { statsd, flushIntervalMs } = settings;
      const ages = statsd.deleteGauges && left > 0;
      const still = ages ? left - Math.floor(downMs / flushIntervalMs) : 0;
      if ((ages && still <= 0) || gauges.keys.find(key) !== undefined || !hasRoom(key)) return false;
      const number = gauges.keys.retain(key);
      gauges.assign(number, value);
      gauges.touch(number, still);
      gauges.keys.release(number);
      return true;
    },
    names: (kind) => keysNamed[kind].names(),
    remove(kind, removed) {
      const keys = keysNamed[kind];
      const isRemoved = (number: number) => removed.has(keys.name(number));
      if (kind === 'timers') timers.remove(isRemoved);
      else keys.filter((number) => !isRemoved(number));
    },
  };
}

/** Keys that are looked at before other work may go on: 1 ms. */
const KEYS_AT_ONCE = 2048;

const rejectSlots = rejectReasons.map(rejectSlot);

/** What stands for a key: its number among those of its kind, and the kind. Never 0. */
function entryOf(kind: RowKind, number: number): number {
  return number * ROW_KINDS + kind + 1;
}

function kindOf(entry: number): RowKind {
  return ((entry - 1) % ROW_KINDS) as RowKind;
}

function numberOf(entry: number): number {
  return Math.floor((entry - 1) / ROW_KINDS);
}

/** The only gauge of the daemon's own. */
function lagKey({ statsd }: LedgerSettings): string {
  return `${statsd.prefixStats}.timestamp_lag`;
}

/** The key of each row of a section. */
function keyNumbers(section: Section, table: Uint32Array): Uint32Array {
  const numbers = numbersOf(section, table);
  for (let row = 0; row < numbers.length; row++) numbers[row] = numberOf(numbers[row]!);
  return numbers;
}
