import { describe, expect, it } from 'vitest';
import {
  COUNTER,
  createFamilies,
  GAUGE,
  type Group,
  groupOf,
  HISTOGRAM,
  isReservedName,
  SET,
  SUMMARY,
} from '../../../../backends/prometheus/page/family.ts';
import { hashText } from '../../../../src/kit/hash.ts';
import { atOnce } from '../../../../src/kit/slices.ts';
import type { MetricType } from '../../../../src/plugin.ts';
import { histogramOf, summaryOf } from './pages.ts';

function familiesOf(...opened: readonly (readonly [name: string, group: Group])[]) {
  const families = createFamilies();
  for (const [name, group] of opened) families.open(name, hashText(name), group);
  return families;
}

it.each<[MetricType, Group, Group]>([
  ['counter', COUNTER, COUNTER],
  ['gauge', GAUGE, GAUGE],
  ['set', SET, SET],
  ['timer', SUMMARY, HISTOGRAM],
  ['histogram', SUMMARY, HISTOGRAM],
  ['distribution', SUMMARY, HISTOGRAM],
])('a %s is of one group by summaries, and of one by histograms', (type, bySummary, byHistogram) => {
  expect([groupOf(type, 'summary'), groupOf(type, 'histogram')]).toEqual([bySummary, byHistogram]);
});

it.each([
  ['up', true],
  ['scrape_', true],
  ['scrape_samples_scraped', true],
  ['statsdrain_x', true],
  ['ups', false],
  ['my_up', false],
  ['scraper', false],
  ['statsdrain', false],
  ['a_statsdrain_x', false],
  ['', false],
])('%s is reserved: %s', (name, is) => {
  expect(isReservedName(name)).toBe(is);
});

describe('no two families share a name', () => {
  it.each<{ owner: readonly [string, Group]; name: string; group: Group; conflicts: boolean }>([
    { owner: ['x', SUMMARY], name: 'x_sum', group: COUNTER, conflicts: true },
    { owner: ['x', SUMMARY], name: 'x_count', group: SUMMARY, conflicts: true },
    { owner: ['x', SUMMARY], name: 'x_bucket', group: GAUGE, conflicts: false },
    { owner: ['x', HISTOGRAM], name: 'x_sum', group: SET, conflicts: true },
    { owner: ['x', HISTOGRAM], name: 'x_count', group: COUNTER, conflicts: true },
    { owner: ['x', HISTOGRAM], name: 'x_bucket', group: GAUGE, conflicts: true },
    { owner: ['x', HISTOGRAM], name: 'x_total', group: COUNTER, conflicts: false },
    { owner: ['x', GAUGE], name: 'x_sum', group: GAUGE, conflicts: false },
    { owner: ['x_sum', GAUGE], name: 'x', group: GAUGE, conflicts: false },
    { owner: ['x_sum', GAUGE], name: 'x', group: SUMMARY, conflicts: true },
    { owner: ['x_count', HISTOGRAM], name: 'x', group: HISTOGRAM, conflicts: true },
    { owner: ['x_bucket', GAUGE], name: 'x', group: SUMMARY, conflicts: false },
    { owner: ['x_bucket', GAUGE], name: 'x', group: HISTOGRAM, conflicts: true },
    { owner: ['_sum', GAUGE], name: '', group: SUMMARY, conflicts: true },
  ])('$owner and $name of group $group', ({ owner, name, group, conflicts }) => {
    const families = familiesOf(['other', GAUGE], owner);
    expect(families.conflict(name, hashText(name), group)).toEqual(conflicts ? { owner: 1 } : undefined);
    families.close(1);
    expect(families.conflict(name, hashText(name), group)).toBeUndefined();
  });

  it('what is reserved is nobody’s family', () => {
    const families = familiesOf();
    families.reserve('x_sum');
    families.reserve('x_sum');
    const found = families.find('x_sum', hashText('x_sum'));
    expect([families.length, families.isOpen(found), families.ownerOf(found), families.has('x_sum')]).toEqual([
      1,
      false,
      'reserved_name',
      false,
    ]);
    expect(families.conflict('x', hashText('x'), SUMMARY)).toBe('reserved_name');
    expect(families.conflict('x', hashText('x'), COUNTER)).toBeUndefined();
  });
});

it('the first HELP stays, as long as the family does', () => {
  const families = familiesOf(['x', GAUGE]);
  expect(families.helpOf(0)).toBe('');
  families.setHelp(0, 'One.');
  families.setHelp(0, 'Two.');
  expect(families.helpOf(0)).toBe('One.');
  families.close(0);
  expect([families.helpOf(0), families.has('x'), families.find('x', hashText('x'))]).toEqual(['', false, -1]);
});

it('the first observer of a family and of the names of labels stays', () => {
  const families = familiesOf(['x', SUMMARY], ['y', SUMMARY]);
  const [one, two, three] = [histogramOf([1]), histogramOf([2]), summaryOf([0.5])];
  expect(families.observerOf(0, 'a,b', one)).toBe(one);
  expect(families.observerOf(0, 'a,b', two)).toBe(one);
  expect(families.observerOf(0, 'a', two)).toBe(two);
  expect(families.observerOf(1, 'a,b', three)).toBe(three);
  families.close(0);
  expect(families.observerOf(0, 'a,b', three)).toBe(three);
});

it('numbered anew they keep what they are, without those that were closed', () => {
  const families = familiesOf(['gone', GAUGE], ['x', SUMMARY], ['y', COUNTER]);
  families.reserve('mine');
  families.setHelp(1, 'About x.');
  const observer = histogramOf([1]);
  families.observerOf(1, 'a', observer);
  families.close(0);
  const { families: now, numbers } = atOnce(families.compacted());
  expect([now.names, numbers[1], numbers[2]]).toEqual([['x', 'y', 'mine'], 0, 1]);
  expect([now.group(0), now.group(1), now.helpOf(0), now.helpOf(1)]).toEqual([SUMMARY, COUNTER, 'About x.', '']);
  expect(now.observerOf(0, 'a', summaryOf())).toBe(observer);
  expect(now.ownerOf(now.find('mine', hashText('mine')))).toBe('reserved_name');
});
