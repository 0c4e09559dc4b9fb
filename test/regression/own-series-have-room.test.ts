import { expect, it } from 'vitest';
import { pageText } from '../../backends/prometheus/render.ts';
import { createState } from '../../backends/prometheus/state.ts';
import { ownMetric } from '../../src/telemetry/catalogue.ts';
import { makeWindow, recordingContext } from '../helper/window.ts';

it('a full Prometheus page still takes what tells that it is full', async () => {
  const context = { ...recordingContext(), ownMetric };
  const state = createState({ prefix: 'app_', quantiles: [], expire: 60_000, maxSeries: 2 }, context);
  const users = ['a', 'b', 'c'].map((name) => ({ type: 'counter', name, value: 1 }) as const);
  const own = { type: 'counter', name: 'statsdrain.backend.lost_items', tags: ['backend:p'], value: 1 } as const;
  await state.fold(makeWindow({ series: [...users, own] }));
  const page = [...pageText(state, [])].join('');
  expect(page).toContain('app_b 1\n');
  expect(page).not.toContain('app_c');
  expect(page).toContain('statsdrain_backend_lost_items_total{backend="p"} 1\n');
});

it('overflow series of different types do not collide on it', async () => {
  const context = recordingContext();
  const state = createState({ prefix: '', quantiles: [], expire: 60_000, maxSeries: 100 }, context);
  const types = ['counter', 'gauge', 'set'] as const;
  const simple = types.map((type) => ({ type, name: `statsdrain.overflow.${type}`, value: 1 }));
  const timed = (['timer', 'histogram', 'distribution'] as const).map((type) => ({
    type,
    name: `statsdrain.overflow.${type}`,
    values: [1],
  }));
  await state.fold(makeWindow({ series: [...simple, ...timed] }));
  expect(context.losses).toEqual(new Map());
});
