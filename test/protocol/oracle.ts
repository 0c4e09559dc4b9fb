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
const type = Object.values(letters).join('|');
const GROUP = new RegExp(`^:(?<values>[^|]*)\\|(?<type>${type})(?=$|[|:])(?:\\|@(?<rate>[^|:]*))?`, 's');

function numberOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

function weightOf(rate: string): number | undefined {
  const value = numberOf(rate);
  return value > 0 && value <= 1 && Number.isFinite(1 / value) ? 1 / value : undefined;
}

/** The grammar of a line with strings and regular expressions: slow, and nothing shared with the scanner. */
export function readSlowly(line: string, dialect: Dialect): Line | RejectReason {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a name must not hold
  const stop = text.search(/[\x00-\x1f\x7f:|]/);
  if (stop < 0 || text[stop] === '|') return 'no_value';
  if (text[stop] !== ':') return 'bad_name';
  const name = text.slice(0, stop);
  if (name === '' || name.startsWith(';')) return 'empty_name';

  const groups: Group[] = [];
  let rest = text.slice(stop);
  while (rest.startsWith(':')) {
    if (!rest.includes('|')) return 'no_value';
    const match = GROUP.exec(rest);
    if (match === null) return 'unknown_type';
    const group = readGroup(match.groups!.values!, match.groups!.type!, dialect);
    if (group === undefined) return 'bad_value';
    const rate = match.groups!.rate;
    const weight = rate === undefined ? 1 : weightOf(rate);
    if (weight === undefined) return 'bad_rate';
    groups.push({ ...group, weight });
    rest = rest.slice(match[0].length);
  }

  let tags = '';
  for (const field of rest.split('|').slice(1)) {
    if (field.startsWith('#')) tags = field.slice(1);
    if (field.startsWith('@')) {
      const weight = weightOf(field.slice(1));
      if (weight === undefined) return 'bad_rate';
      groups[groups.length - 1] = { ...groups.at(-1)!, weight };
    }
    if (field.startsWith('T') && !/^T0*[1-9]\d*$/.test(field)) return 'bad_timestamp';
  }
  return { name, tags, groups };
}

function readGroup(values: string, code: string, dialect: Dialect): Group | undefined {
  const type = types.get(code)!;
  if (type === 'set') return { type, weight: 1, members: [values] };
  const items = values.split(':').filter((item) => item !== '');
  const numbers = items.map(numberOf);
  if (items.length === 0 || !numbers.every(Number.isFinite)) return undefined;
  const deltas = items.map((item) => type === 'gauge' && dialect === 'auto' && /^[+-]/.test(item));
  return { type, weight: 1, values: numbers, ...(deltas.includes(true) ? { deltas } : {}) };
}
