import type { Dialect } from '../../src/config/settings.ts';
import type { MetricType } from '../../src/plugin.ts';
import type { RejectReason } from '../../src/protocol/reasons.ts';
import type { Group, Line } from './lines.ts';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** What each type is called in a line. */
export const letters: Readonly<Record<MetricType, string>> = {
  counter: 'c',
  gauge: 'g',
  timer: 'ms',
  histogram: 'h',
  distribution: 'd',
  set: 's',
};
const types = new Map(Object.entries(letters).map(([type, written]) => [written, type as MetricType]));
const GROUP = /^:(?<values>[^|]*)\|(?<type>[^|:]*)(?:\|@(?<rate>[^|:]*))?/;

/** What is forgiven around a part of a line: blanks of ASCII and NUL. */
const strip = (text: string) => text.replace(/^[\0\t-\r ]+|[\0\t-\r ]+$/g, '');
const asSent = (text: string) => text;

function numberOf(text: string): number {
  return DECIMAL.test(text) && Number.isFinite(Number(text)) ? Number(text) : Number.NaN;
}

function weightOf(rate: string, type: MetricType): number | undefined {
  const value = numberOf(rate);
  if (value > 0 && value <= 1 && Number.isFinite(1 / value)) return 1 / value;
  return !Number.isNaN(value) && (type === 'gauge' || type === 'set') ? 1 : undefined;
}

/** The grammar of a line with strings and regular expressions: slow, and nothing shared with the scanner. */
export function readSlowly(line: string, dialect: Dialect): Line | RejectReason {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  const read = readOnce(text, dialect, asSent);
  if (dialect !== 'auto' || read === 'bad_name' || (typeof read !== 'string' && !text.endsWith('\0'))) return read;
  return readOnce(text.replace(/[\0\r]+$/, ''), dialect, strip);
}

function readOnce(text: string, dialect: Dialect, tidy: (part: string) => string): Line | RejectReason {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a name must not hold
  const stop = text.search(/[\x00-\x1f\x7f:|]/);
  if (stop < 0 || text[stop] === '|') return 'no_value';
  if (text[stop] !== ':') return 'bad_name';
  const name = text.slice(0, stop);
  if (name === '' || name.startsWith(';')) return 'empty_name';

  const groups: Group[] = [];
  let rest = text.slice(stop);
  while (rest.startsWith(':')) {
    const match = GROUP.exec(rest);
    if (match === null) return 'no_value';
    const code = tidy(match.groups!.type!);
    const type = code === 'm' && dialect === 'auto' ? 'counter' : types.get(code);
    if (type === undefined) return 'unknown_type';
    const group = readGroup(match.groups!.values!, type, dialect, tidy);
    if (group === undefined) return 'bad_value';
    const rate = match.groups!.rate;
    const weight = rate === undefined ? 1 : weightOf(tidy(rate), type);
    if (weight === undefined) return 'bad_rate';
    groups.push({ ...group, weight });
    rest = rest.slice(match[0].length);
  }

  let tags = '';
  let timestamp: number | undefined;
  for (const field of rest.split('|').slice(1)) {
    const last = groups.at(-1)!;
    if (field.startsWith('#')) tags = field.slice(1);
    if (field.startsWith('@')) {
      const weight = weightOf(tidy(field.slice(1)), last.type);
      if (weight === undefined) return 'bad_rate';
      groups[groups.length - 1] = { ...last, weight };
    }
    if (!field.startsWith('T')) continue;
    const seconds = tidy(field.slice(1));
    if (!/^\+?0*[1-9]\d*$/.test(seconds) || BigInt(seconds.replace('+', '')) >= 2n ** 53n) return 'bad_timestamp';
    timestamp = Number(seconds);
  }
  if (timestamp === undefined) return { name, tags, groups };
  const timed = groups.every(({ type }) => type === 'counter' || type === 'gauge');
  return timed ? { name, tags, groups, timestamp } : 'untimed_type';
}

function readGroup(
  values: string,
  type: MetricType,
  dialect: Dialect,
  tidy: (part: string) => string,
): Group | undefined {
  if (type === 'set') return { type, weight: 1, members: [values] };
  const items = values.split(':').filter((item) => item !== '');
  const numbers = items.map((item) => numberOf(tidy(item)));
  if (items.length === 0 || !numbers.every(Number.isFinite)) return undefined;
  const deltas = items.map((item) => type === 'gauge' && dialect === 'auto' && /^[+-]/.test(item));
  return { type, weight: 1, values: numbers, ...(deltas.includes(true) ? { deltas } : {}) };
}
