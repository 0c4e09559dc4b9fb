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

/** A copy for one module, which may do with it what it likes. */
export function toHash(metrics: StatsdMetrics): MetricsHash {
  return {
    counters: hash(metrics.counters, same),
    gauges: hash(metrics.gauges, same),
    timers: hash(metrics.timers, (values) => values.slice()),
    timer_counters: hash(metrics.timerCounters, same),
    sets: hash(metrics.sets, setLike),
    counter_rates: hash(metrics.counterRates, same),
    timer_data: hash(metrics.timerData, timerHash),
    pctThreshold: metrics.percentThreshold.slice(),
    histogram: metrics.histogram?.map(({ metric, bins }) => ({ metric, bins: bins.slice() })),
    statsd_metrics: { processing_time: metrics.processingTime },
  };
}

const same = (value: number): number => value;

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
