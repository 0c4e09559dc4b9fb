import { isNumber, type Parts, partsOf } from './lines.ts';

/** Where a line means something else in the dialect `auto` than to the original. docs/REPLACING-STATSD.md has a row for each. */
export interface AutoDifference {
  readonly what: string;
  /** For which no other difference is the reason. */
  readonly line: string;
  readonly original: string;
  readonly auto: string;
  /** Whether it may be the reason that a line is read in another way. */
  applies(line: string, parts: Parts): boolean;
}

const BLANK = /^[\0\t-\r ]+|[\0\t-\r ]+$/g;
const isWord = (text: string) => /^[+-]?0[xob]/i.test(text);
const typeOf = ([, type = '']: readonly string[]) => type.replaceAll('\0', '').trim();
/** Values that are numbers, without blanks of ASCII. */
const numbersOf = ({ values }: Parts) =>
  values.filter((value) => typeOf(value) !== 's').map(([number = '']) => number.replace(BLANK, ''));
const fieldsOf = ({ values }: Parts) => values.map(([, , ...fields]) => fields);
const ratesOf = (parts: Parts) => fieldsOf(parts).flatMap(([rate = '']) => (rate.startsWith('@') ? [rate] : []));
const tagsOf = (line: string) => line.slice(`${line}|#`.indexOf('|#') + 2);
const nameOf = (line: string) => line.split(':')[0]!;

/** What the original calls a bad value. */
function isBad([value = '', type, rate]: readonly string[]): boolean {
  if (type === undefined) return true;
  if (rate !== undefined && !(rate.startsWith('@') && isNumber(rate.slice(1)) && !rate.startsWith('@-'))) return true;
  if (type === 's') return false;
  return !isNumber(value) || (type === 'ms' && Number(value) < 0);
}

export const autoDifferences: readonly AutoDifference[] = [
  {
    what: 'hexadecimal, octal and binary numbers',
    line: 'a:0x10|c',
    original: 'counter a 16',
    auto: 'refused: bad_value',
    applies: (_, parts) => numbersOf(parts).some(isWord) || ratesOf(parts).some((rate) => isWord(rate.slice(1))),
  },
  {
    what: 'blanks in place of a value',
    line: 'a: |g',
    original: 'gauge a 0',
    auto: 'refused: bad_value',
    applies: (_, parts) => numbersOf(parts).includes(''),
  },
  {
    what: 'blanks that are not ASCII around values and types',
    line: 'a:\u20035|c',
    original: 'counter a 5',
    auto: 'refused: bad_value',
    applies: (_, { values }) => values.flat().some((field) => field !== field.trim() && /[^\p{ASCII}]/u.test(field)),
  },
  {
    what: 'a NUL after a value or a type',
    line: 'a:5|g\0',
    original: 'counter a 5',
    auto: 'gauge a 5',
    applies: (line) => line.includes('\0'),
  },
  {
    what: 'histograms',
    line: 'a:5|h',
    original: 'counter a 5',
    auto: 'histogram a 5',
    applies: (_, { values }) => values.some((value) => typeOf(value) === 'h'),
  },
  {
    what: 'distributions',
    line: 'a:5|d',
    original: 'counter a 5',
    auto: 'distribution a 5',
    applies: (_, { values }) => values.some((value) => typeOf(value) === 'd'),
  },
  {
    what: 'types that are not known, and none',
    line: 'a:5|zz',
    original: 'counter a 5',
    auto: 'refused: unknown_type',
    applies: (_, { values }) =>
      values.some((value) => value.length > 1 && !['c', 'g', 'ms', 's', 'h', 'd', 'm'].includes(typeOf(value))),
  },
  {
    what: 'rates over 1 of counters and timers',
    line: 'a:5|c|@2',
    original: 'counter a 2.5',
    auto: 'refused: bad_rate',
    applies: (_, parts) => ratesOf(parts).some((rate) => Number(rate.slice(1)) > 1),
  },
  {
    what: 'rates with an exponent',
    line: 'a:5|c|@1e-1',
    original: 'counter a 5',
    auto: 'counter a 50',
    applies: (_, parts) => ratesOf(parts).some((rate) => /e/i.test(rate)),
  },
  {
    what: 'negative rates of gauges and sets',
    line: 'a:5|g|@-1',
    original: 'bad line',
    auto: 'gauge a 5',
    applies: (_, parts) => ratesOf(parts).some((rate) => rate.startsWith('@-')),
  },
  {
    what: 'fields besides a rate',
    line: 'a:5|c|T1700000000',
    original: 'bad line',
    auto: 'counter a 5 at 1700000000',
    applies: (_, parts) => fieldsOf(parts).some(([first = '@', ...more]) => !first.startsWith('@') || more.length > 0),
  },
  {
    what: 'fields behind the tags',
    line: 'a:5|c|#t:v|c:id',
    original: 'counter a;t=vcid 5',
    auto: 'counter a;t=v 5',
    applies: (line) => tagsOf(line).includes('|'),
  },
  {
    what: 'a line with good values and bad ones',
    line: 'a:5|c:x|c',
    original: 'counter a 5',
    auto: 'refused: bad_value',
    applies: (_, { values }) =>
      values.length > 1 && values.some((value, at) => isBad(value) && (value.length > 1 || at === values.length - 1)),
  },
  {
    what: 'several values of one type',
    line: 'a:1:2|c',
    original: 'counter a 2',
    auto: 'counter a 3',
    applies: (_, { values }) => values.slice(0, -1).some(({ length }) => length < 2),
  },
  {
    what: 'negative timers',
    line: 'a:-5|ms',
    original: 'bad line',
    auto: 'timer a -5',
    applies: (_, { values }) => values.some((value) => typeOf(value) === 'ms' && Number(value[0]) < 0),
  },
  {
    what: "a set's member that is empty",
    line: 'a:|s',
    original: 'set a 0',
    auto: 'set a',
    applies: (_, { values }) => values.some((value) => value[0] === '' && typeOf(value) === 's'),
  },
  {
    what: "blanks around the type of a set's word",
    line: 'a:x| s',
    original: 'bad line',
    auto: 'set a x',
    applies: (_, { values }) => values.some((value) => value[1] !== 's' && typeOf(value) === 's'),
  },
  {
    what: 'no name',
    line: ':5|c',
    original: 'counter 5',
    auto: 'refused: empty_name',
    applies: (line) => nameOf(line) === '' || line.startsWith(';'),
  },
  {
    what: 'control characters in a name',
    line: 'a\tb:5|c',
    original: 'counter a_b 5',
    auto: 'refused: bad_name',
    applies: (line) => /\p{Cc}/u.test(nameOf(line)),
  },
  {
    what: 'a bar in a name',
    line: 'a|b:5|c',
    original: 'counter ab 5',
    auto: 'refused: no_value',
    applies: (line) => nameOf(line).includes('|'),
  },
  {
    what: 'control characters in a tag',
    line: 'a:5|c|#t\tu',
    original: 'counter a;t_u 5',
    auto: 'refused: bad_tag',
    applies: (line) => /\p{Cc}/u.test(tagsOf(line)),
  },
  {
    what: 'events and service checks',
    line: '_e{1,1}:5|c',
    original: 'counter _e11 5',
    auto: 'an event',
    applies: (line) => line.startsWith('_e{') || line.startsWith('_sc|'),
  },
  {
    what: 'spellings of one key',
    line: 'a b/c:5|c',
    original: 'counter a_b-c 5',
    auto: 'counter a b/c 5',
    // Seen only where names are not sanitised before they are compared.
    applies: () => false,
  },
];

/** Whether a difference that has a row may be the reason that a line is read in another way. */
export function isListed(line: string): boolean {
  const parts = partsOf(line);
  return autoDifferences.some(({ applies }) => applies(line, parts));
}
