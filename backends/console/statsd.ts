import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { StatsdMetrics, StatsdTimerData } from '../../src/plugin.ts';

export interface StatsdTextOptions {
  /** One level deeper, and in colours even where there is no terminal. */
  readonly prettyprint: boolean;
  /** Whether the output is a terminal with colours. */
  readonly colour: boolean;
}

/** Entries of one hash that are shown at once, some 2 ms. An object of so many is never shown on one line. */
const AT_ONCE = 500;

/** Keys that are looked at without letting the rest of the thread run. */
const STRIDE = 10_000;

/**
 * Where a large hash goes. A line end keeps what is around it from being shown on one line, and is indented; all other NULs
 * are escaped.
 */
const GAP = '\0\n';
const GAPS = /\0\n */;

/**
 * What the original's back-end `console` prints, in pieces: a line with the date, and its metrics hash as `console.log` shows
 * an object. `util.inspect` is asked for all of it at once, but for large hashes, which it shows part by part.
 */
export async function* statsdText(
  metrics: StatsdMetrics,
  { prettyprint, colour }: StatsdTextOptions,
): AsyncGenerator<string, undefined> {
  const date = new Date(metrics.timestamp * 1000).toString();
  const options = prettyprint ? { depth: 5, colors: true } : { colors: colour };
  const large: Hash[] = [];
  const shown = (hash: Hash): object => {
    if (hash.size < 2 * AT_ONCE) return objectOf(hash, hash.keys());
    large.push(hash);
    return { [inspect.custom]: () => GAP };
  };
  const whole = inspect(
    {
      counters: shown(hashOf(metrics.counters)),
      timers: shown(hashOf(metrics.timers)),
      gauges: shown(hashOf(metrics.gauges)),
      timer_data: shown(hashOf(metrics.timerData, timerData)),
      counter_rates: shown(hashOf(metrics.counterRates)),
      sets: shown(hashOf(metrics.sets, ({ values }) => values)),
      pctThreshold: metrics.percentThreshold,
    },
    options,
  );
  const [start, ...rest] = whole.split(GAPS);
  // `console.log` puts a blank between its arguments, the first of which ends with one.
  yield `Flushing stats at  ${date}\n${start}`;
  for (const [index, hash] of large.entries()) {
    let before = '{';
    for await (const keys of inParts(hash)) {
      yield `${before}\n    ${entriesText(objectOf(hash, keys), options)}`;
      before = ',';
    }
    yield `\n  }${rest[index]}`;
  }
  yield '\n';
}

/** One of the original's hashes: keys, and what is shown of their values. */
interface Hash {
  readonly size: number;
  keys(): Iterable<string>;
  get(key: string): unknown;
}

function hashOf<T>(map: ReadonlyMap<string, T>, shown: (value: T) => unknown = (value) => value): Hash {
  return { size: map.size, keys: () => map.keys(), get: (key) => shown(map.get(key)!) };
}

// `fromEntries` makes every key a property of its own, `__proto__` too.
function objectOf(hash: Hash, keys: Iterable<string>): object {
  return Object.fromEntries(Array.from(keys, (key) => [key, hash.get(key)]));
}

/** Keys in the order that they have in an object, where those that could be an index come first: in parts of some `AT_ONCE`. */
async function* inParts(hash: Hash): AsyncGenerator<readonly string[], undefined> {
  const keys: string[] = [];
  const others: string[] = [];
  let walked = 0;
  for (const key of hash.keys()) {
    if (isIndex(key)) keys.push(key);
    else others.push(key);
    if (++walked % STRIDE === 0) await setImmediate();
  }
  keys.sort((a, b) => Number(a) - Number(b));
  for (const key of others) keys.push(key);
  for (let at = 0; at < keys.length; ) {
    // The last part takes what would be too few for one more.
    const end = keys.length - at < 2 * AT_ONCE ? keys.length : at + AT_ONCE;
    yield keys.slice(at, end);
    at = end;
  }
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}

/** What `inspect` writes between the braces of an object of many entries that is one level down. */
function entriesText(object: object, options: object): string {
  const text = inspect({ object }, options);
  return text.slice(text.indexOf('{\n    ') + 6, text.lastIndexOf('\n  }\n}'));
}

function timerData({ fields, histogram }: StatsdTimerData): object {
  const data = Object.fromEntries(fields);
  return histogram === undefined ? data : { ...data, histogram: Object.fromEntries(histogram) };
}
