import { expect, it } from 'vitest';
import type { Encoder } from '../../../backends/prometheus/exposition/encoder.ts';
import { statePage } from '../../../backends/prometheus-remote-write/state-page.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../helper/window.ts';

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
    end: () => undefined,
    length: 0,
    take: () => new Uint8Array(),
  };
  return { encoder, seen };
}

const page = () => statePage({ prefix: 'app_', quantiles: [0.5], expire: 10_000, maxSeries: 10 }, recordingContext());

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
