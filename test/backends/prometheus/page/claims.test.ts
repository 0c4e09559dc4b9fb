import { describe, expect, it } from 'vitest';
import { type ClaimType, createClaims } from '../../../../backends/prometheus/page/claims.ts';

type Claim = readonly [name: string, type: ClaimType];

function claimsOf(...came: readonly Claim[]) {
  const claims = createClaims();
  for (const claim of came) claims.claim(...claim);
  return claims;
}

describe('who came late', () => {
  it.each<{ title: string; came: readonly Claim[]; late: readonly Claim[]; isHistogram?: boolean }>([
    { title: 'nobody', came: [['x', 'gauge']], late: [] },
    {
      title: 'the same again',
      came: [
        ['x', 'gauge'],
        ['x', 'gauge'],
      ],
      late: [],
    },
    {
      title: 'another type',
      came: [
        ['x', 'gauge'],
        ['x', 'counter'],
      ],
      late: [
        ['x', 'counter'],
        ['x', 'set'],
        ['x', 'observer'],
      ],
    },
    {
      title: 'a set is no gauge',
      came: [
        ['x', 'set'],
        ['x', 'gauge'],
      ],
      late: [['x', 'gauge']],
    },
    {
      title: 'a part of what is observed',
      came: [
        ['x', 'observer'],
        ['x_sum', 'counter'],
        ['x_count', 'observer'],
      ],
      late: [
        ['x_sum', 'counter'],
        ['x_count', 'observer'],
      ],
    },
    {
      title: 'what is observed, behind a part',
      came: [
        ['x_count', 'gauge'],
        ['x', 'observer'],
      ],
      late: [['x', 'observer']],
    },
    {
      title: 'both parts of others',
      came: [
        ['x_sum', 'observer'],
        ['x', 'observer'],
      ],
      late: [['x', 'observer']],
    },
    {
      title: 'not what only looks like a part',
      came: [
        ['x', 'gauge'],
        ['x_sum', 'counter'],
        ['_sum', 'counter'],
      ],
      late: [],
    },
    {
      title: 'a bucket of a summary is none',
      came: [
        ['x', 'observer'],
        ['x_bucket', 'gauge'],
      ],
      late: [],
    },
    {
      title: 'a bucket of a histogram',
      came: [
        ['x', 'observer'],
        ['x_bucket', 'gauge'],
      ],
      late: [['x_bucket', 'gauge']],
      isHistogram: true,
    },
    {
      title: 'a histogram behind its bucket',
      came: [
        ['x_bucket', 'gauge'],
        ['x', 'observer'],
      ],
      late: [['x', 'observer']],
      isHistogram: true,
    },
    {
      title: 'names of objects',
      came: [
        ['constructor', 'gauge'],
        ['__proto__', 'set'],
      ],
      late: [['__proto__', 'gauge']],
    },
  ])('$title', ({ came, late, isHistogram = false }) => {
    const claims = claimsOf(...came);
    const all = [...came, ...late].filter(([name, type]) => claims.isLate(name, type, isHistogram));
    // Some of those that are late came, too.
    const unique = (list: readonly Claim[]) => [...new Set(list.map((claim) => claim.join(' ')))].sort();
    expect(unique(all)).toEqual(unique(late));
  });

  it('is not known of names that never came', () => {
    expect(claimsOf(['x', 'gauge']).isLate('y', 'gauge', false)).toBe(false);
  });
});

it('a claim stands until the next window was added: some of that one come before this one is', () => {
  const claims = claimsOf(['x', 'gauge']);
  expect(claims.isLate('x', 'set', false)).toBe(true);
  claims.turn();
  claims.claim('x', 'set');
  expect([claims.isLate('x', 'set', false), claims.isLate('x', 'gauge', false)]).toEqual([true, false]);
  claims.turn();
  claims.claim('x', 'set');
  expect([claims.isLate('x', 'set', false), claims.isLate('x', 'gauge', false)]).toEqual([false, true]);
});

it('names beyond 100,000 are not remembered: the order of types decides of them', () => {
  const claims = createClaims();
  for (let i = 0; i < 100_000; i++) claims.claim(`n${i}`, 'gauge');
  claims.claim('more', 'gauge');
  expect([claims.isLate('n99999', 'set', false), claims.isLate('more', 'set', false)]).toEqual([true, false]);
});
