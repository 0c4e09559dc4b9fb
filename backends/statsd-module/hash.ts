import { setImmediate } from 'node:timers/promises';
import type { StatsdMetrics, StatsdSet, StatsdTimerData } from '../../src/plugin.ts';

/** The second argument of the event `flush`: the fields and their order are those of statsd 0.9, stats.js. */
export interface MetricsHash {
  readonly counters: Hash<number>;
  readonly gauges: Hash<number>;
  readonly timers: Hash<number[]>;
  readonly timer_counters: Hash<number>;
  readonly sets: Hash<SetLike>;
  readonly counter_rates: Hash<number>;
  readonly timer_data: Hash<TimerHash>;
  readonly pctThreshold: number[];
  readonly histogram: { metric: string; bins: (number | 'inf')[] }[] | undefined;
  readonly statsd_metrics: Hash<number>;
}

/** A plain object, as the modules expect it: with `hasOwnProperty`, and every key its own. */
type Hash<T> = Record<string, T>;
type TimerHash = Hash<number | Hash<number>>;

/** The set of statsd 0.9, lib/set.js. */
export interface SetLike {
  has(value: string): boolean;
  insert(value: string): void;
  clear(): void;
  values(): string[];
  size(): number;
}

/** Entries that are copied without letting the rest of the thread run. */
const STRIDE = 2000;

/** A copy for one module, which may do with it what it likes. Lets other work in between. */
export async function toHash(metrics: StatsdMetrics): Promise<MetricsHash> {
  return {
    counters: await largeHash(metrics.counters, same),
    gauges: await largeHash(metrics.gauges, same),
    timers: await largeHash(metrics.timers, (values) => values.slice()),
    timer_counters: await largeHash(metrics.timerCounters, same),
    sets: await largeHash(metrics.sets, setLike),
    counter_rates: await largeHash(metrics.counterRates, same),
    timer_data: await largeHash(metrics.timerData, timerHash),
    pctThreshold: metrics.percentThreshold.slice(),
    histogram: metrics.histogram?.map(({ metric, bins }) => ({ metric, bins: bins.slice() })),
    statsd_metrics: { processing_time: metrics.processingTime },
  };
}

const same = (value: number): number => value;

async function largeHash<From, To>(map: ReadonlyMap<string, From>, convert: (value: From) => To): Promise<Hash<To>> {
  const result: Hash<To> = {};
  let copied = 0;
  for (const [key, value] of map) {
    put(result, key, convert(value));
    if (++copied % STRIDE === 0) await setImmediate();
  }
  return result;
}

function hash<From, To>(map: ReadonlyMap<string, From>, convert: (value: From) => To): Hash<To> {
  const result: Hash<To> = {};
  for (const [key, value] of map) put(result, key, convert(value));
  return result;
}

/** Assignment would give `__proto__` to the object's prototype. */
function put<T>(into: Hash<T>, key: string, value: T): void {
  if (key !== '__proto__') into[key] = value;
  else Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
}

function timerHash({ fields, histogram }: StatsdTimerData): TimerHash {
  const result: TimerHash = hash(fields, same);
  if (histogram !== undefined) result.histogram = hash(histogram, same);
  return result;
}

/** The members are copied when the module changes them. */
function setLike({ values, size }: StatsdSet): SetLike {
  let own: Set<string> | undefined;
  const members = () => {
    own ??= new Set(values);
    return own;
  };
  return {
    has: (value) => members().has(String(value)),
    insert(value) {
      if (value) members().add(String(value));
    },
    clear() {
      own = new Set();
    },
    values: () => (own === undefined ? values.slice() : [...own]),
    size: () => (own === undefined || own.size === values.length ? size : own.size),
  };
}
