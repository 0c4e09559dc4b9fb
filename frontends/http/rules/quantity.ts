import type { Unit } from './rule-set.ts';

/** What a number counts: milliseconds, bytes, or anything else. */
export type Dimension = 'plain' | 'time' | 'size';

/** What {@link readQuantity} has read; one object is used again and again. */
export interface Quantity {
  value: number;
  dimension: Dimension;
}

interface Factor {
  readonly factor: number;
  readonly dimension: Dimension;
}

const time = (factor: number): Factor => ({ factor, dimension: 'time' });
const size = (power: number): Factor => ({ factor: 1024 ** power, dimension: 'size' });

/** In lower case. Sizes are binary, as Heroku's `MB` and the `kB` of PostgreSQL. */
const factors: ReadonlyMap<string, Factor> = new Map([
  ...spellings(time(1e-6), 'ns'),
  ...spellings(time(1e-3), 'us', 'µs', 'μs', 'usec'),
  ...spellings(time(1), 'ms', 'msec', 'millis'),
  ...spellings(time(1000), 's', 'sec', 'secs', 'second', 'seconds'),
  ...spellings(time(60_000), 'm', 'min', 'mins', 'minute', 'minutes'),
  ...spellings(time(3_600_000), 'h', 'hr', 'hour', 'hours'),
  ...spellings(size(0), 'b', 'byte', 'bytes'),
  ...spellings(size(1), 'k', 'kb', 'kib'),
  ...spellings(size(2), 'mb', 'mib'),
  ...spellings(size(3), 'g', 'gb', 'gib'),
  ...spellings(size(4), 't', 'tb', 'tib'),
]);

function spellings(factor: Factor, ...words: string[]): [string, Factor][] {
  return words.map((word) => [word, factor]);
}

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WITH_UNIT = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) ?([A-Za-zµμ%]{1,8})$/;
/** As Go writes a duration: `1h2m3.5s`. */
const COMPOUND = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)){2,})$/;
const COMPOUND_PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** Characters. */
const LONGEST = 40;

/** A number, with or without a unit. A time becomes milliseconds and a size bytes; any other unit is left out. False where it is none. */
export function readQuantity(given: string | number, quantity: Quantity): boolean {
  if (typeof given === 'number') return put(given, 'plain', quantity);
  const text = given.length > LONGEST ? given : given.trim();
  if (text.length > LONGEST) return false;
  if (PLAIN.test(text)) return put(Number(text), 'plain', quantity);
  const [, digits, unit = ''] = WITH_UNIT.exec(text) ?? [];
  if (digits !== undefined) {
    const { factor, dimension } = factors.get(unit.toLowerCase()) ?? { factor: 1, dimension: 'plain' };
    return put(scaled(Number(digits), factor), dimension, quantity);
  }
  const [, sign, parts] = COMPOUND.exec(text) ?? [];
  if (parts === undefined) return false;
  let ms = 0;
  for (const [, part, unit = ''] of parts.matchAll(COMPOUND_PART))
    ms += scaled(Number(part), factors.get(unit)!.factor);
  return put(sign === '-' ? -ms : ms, 'time', quantity);
}

function put(value: number, dimension: Dimension, quantity: Quantity): boolean {
  if (!Number.isFinite(value)) return false;
  quantity.value = value === 0 ? 0 : value;
  quantity.dimension = dimension;
  return true;
}

/** Divides where it can, since a product with 0.001 is not the nearest number. */
export function scaled(value: number, factor: number): number {
  return factor < 1 && factor > 0 ? value / Math.round(1 / factor) : value * factor;
}

/** What a number of this unit is multiplied with, to be milliseconds or bytes. */
export function factorOf(unit: Unit): Factor {
  return factors.get(unit.toLowerCase())!;
}
