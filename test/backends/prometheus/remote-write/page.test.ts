import { expect, it } from 'vitest';
import type { Encoder } from '../../../../backends/prometheus/exposition/encoder.ts';
import { createPage } from '../../../../backends/prometheus/remote-write/page.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../../helper/window.ts';

/** `name{labels}` of what it is given, with values. */
function recording(): { readonly encoder: Encoder; readonly seen: string[] } {
  const seen: string[] = [];
  let name = '';
  const encoder: Encoder = {
    family(family) {
      ({ name } = family);
    },
    sample(sample) {
      const values = 'value' in sample ? sample.value : [sample.count, sample.sum].join('/');
      seen.push(`${sample.type} ${name}{${sample.labels.pairs.join()}} ${values}`);
    },
    endFamily: () => undefined,
    end: () => undefined,
    length: 0,
    take: () => new Uint8Array(),
  };
  return { encoder, seen };
}

const observer = { kind: 'summary', quantiles: [0.5], maxAgeMs: 60_000, ageBuckets: 5 } as const;

function page(context = recordingContext()) {
  return createPage(
    { prefix: 'app_', names: 'escaped', observer, ttl: 10_000, gaugeTtl: 10_000, maxSeries: 10, exemplarTags: [] },
    context,
  );
}

function windowOf(series: readonly SeriesInput[], at: number) {
  const endMs = 1_700_000_000_000 + at * 10_000;
  return makeWindow({ startMs: endMs - 10_000, endMs, series });
}

it('walks all series, with labels in the order of their names', async () => {
  const one = page();
  await one.fold(
    windowOf(
      [
        { type: 'counter', name: 'a.b', tags: ['a1:x', 'a:"q",\\\n'], value: 2 },
        { type: 'timer', name: 't', values: [1000, 3000] },
      ],
      1,
    ),
  );
  const { encoder, seen } = recording();
  for (const _ of one.write(encoder));
  expect(seen).toEqual(['counter app_a_b{a:"q",\\\n,a1:x} 2', 'summary app_t{} 2/4']);
});

it('gives what has expired once, and not what is still there', async () => {
  const one = page();
  await one.fold(windowOf([{ type: 'counter', name: 'gone', value: 2 }], 1));
  for (const at of [2, 3]) await one.fold(windowOf([{ type: 'gauge', name: 'there', value: 1 }], at));
  const { encoder, seen } = recording();
  for (const _ of one.writeExpired(encoder));
  for (const _ of one.writeExpired(encoder));
  expect(seen).toEqual(['counter app_gone{} 2']);
});

it('names points as it names series', () => {
  const points = [
    { type: 'gauge', name: 'a.b', tags: ['k:v'], host: 'h', timestamp: 7, value: 1 },
    { type: 'counter', name: 'a.b', tags: [], timestamp: 7, value: 1 },
  ] as const;
  const found = [...page().points(makeWindow({ points }))];
  expect(found).toMatchObject([
    { family: { name: 'app_a_b', type: 'gauge' }, labels: { pairs: ['host:h', 'k:v'] }, timestampMs: 7000, value: 1 },
  ]);
});

it('refuses points whose names belong to others', async () => {
  const context = recordingContext();
  const one = createPage(
    { prefix: '', names: 'escaped', observer, ttl: 10_000, gaugeTtl: 10_000, maxSeries: 10, exemplarTags: [] },
    context,
  );
  const series: SeriesInput[] = [
    { type: 'counter', name: 'c', value: 1 },
    { type: 'timer', name: 't', values: [1] },
    { type: 'gauge', name: 'g', value: 1 },
  ];
  await one.fold(windowOf(series, 1));
  const points = ['c', 't', 't_sum', 'up', 'g', 'new'].map(
    (name) => ({ type: 'gauge', name, tags: [], timestamp: 7, value: 1 }) as const,
  );
  expect([...one.points(makeWindow({ points }))].map(({ family }) => family.name)).toEqual(['g', 'new']);
  expect(context.losses).toEqual(
    new Map([
      ['type_conflict', 3],
      ['reserved_name', 1],
    ]),
  );
});
