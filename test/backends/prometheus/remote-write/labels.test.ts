import { expect, it } from 'vitest';
import { type FurtherLabel, mergedLabels, sortedLabels } from '../../../../backends/prometheus/remote-write/labels.ts';

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
