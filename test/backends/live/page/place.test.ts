import { expect, it } from 'vitest';
import { hashOf, type Place, placeOf } from '../../../../backends/live/page/place.ts';

const nowhere = { q: '', line: '', by: 'lines', chart: '' } as const;

it.each<[string, Place]>([
  ['', nowhere],
  ['#q=page.views', { ...nowhere, q: 'page.views' }],
  ['#q=a*b&by=series&chart=cpu', { ...nowhere, q: 'a*b', by: 'series', chart: 'cpu' }],
  ['#line=a%3A1%7Cc%7C%23env%3Aprod', { ...nowhere, line: 'a:1|c|#env:prod' }],
])('reads %s and writes it', (hash, place) => {
  expect(placeOf(hash)).toEqual(place);
  expect(placeOf(hashOf(place))).toEqual(place);
});

it('takes what it does not know for nothing', () => {
  expect(placeOf('#by=size&other=1&%E0%A4%A')).toEqual(nowhere);
  expect(hashOf(nowhere)).toBe('');
});
