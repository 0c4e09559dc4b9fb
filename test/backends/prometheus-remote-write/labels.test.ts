import { expect, it } from 'vitest';
import {
  boundText,
  type FurtherLabel,
  mergedLabels,
  sortedLabels,
} from '../../../backends/prometheus-remote-write/labels.ts';

const outer = (name: string, value: string): FurtherLabel => ({ name, value, wins: false });
const own = (name: string, value: string): FurtherLabel => ({ name, value, wins: true });

it.each<[title: string, pairs: string[], further: FurtherLabel[], expected: string[]]>([
  ['nothing but a name', [], [own('__name__', 'up')], ['__name__', 'up']],
  ['capital letters before `_`', ['Zone:a', 'a:b'], [own('__name__', 'n')], ['Zone', 'a', '__name__', 'n', 'a', 'b']],
  [
    'one before, between and behind',
    ['c:1', 'e:2'],
    [outer('b', 'x'), outer('d', 'y'), outer('f', 'z')],
    ['b', 'x', 'c', '1', 'd', 'y', 'e', '2', 'f', 'z'],
  ],
  ['the one of the series before an external one', ['a:1', 'job:web'], [outer('job', 'all')], ['a', '1', 'job', 'web']],
  ['a bound before one of the series', ['le:tag'], [own('le', '1.0')], ['le', '1.0']],
  ['values with colons', ['url:http://x'], [], ['url', 'http://x']],
])('merges %s', (_, pairs, further, expected) => {
  expect(mergedLabels(pairs, sortedLabels(further), ['left', 'over'])).toEqual(expected);
});

// As Go's strconv.FormatFloat(f, 'g', -1, 64) writes them, with ".0" where nothing else tells a float.
it.each([
  [1, '1.0'],
  [0, '0.0'],
  [0.005, '0.005'],
  [2.5, '2.5'],
  [100_000, '100000.0'],
  [1_000_000, '1e+06'],
  [1_234_567, '1.234567e+06'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [-2, '-2.0'],
  [1e100, '1e+100'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
])('writes the bound %s as %s', (bound, text) => {
  expect(boundText(bound)).toBe(text);
});
