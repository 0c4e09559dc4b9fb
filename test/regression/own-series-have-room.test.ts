import { expect, it } from 'vitest';
import { ownMetric } from '../../src/telemetry/catalogue.ts';
import { openPages } from '../backends/prometheus/page/pages.ts';

it('a full Prometheus page still takes what tells that it is full', async () => {
  const all = openPages({ prefix: 'app_', maxSeries: 2 }, ownMetric);
  const users = ['a', 'b', 'c'].map((name) => ({ type: 'counter', name, value: 1 }) as const);
  const own = { type: 'counter', name: 'statsdrain.backend.lost_items', tags: ['backend:p'], value: 1 } as const;
  await all.fold([...users, own]);
  expect(all.lines()).toEqual(['app_a 1', 'app_b 1', 'statsdrain_backend_lost_items_total{backend="p"} 1']);
});

it('overflow series of different types do not collide on it', async () => {
  const all = openPages();
  const types = ['counter', 'gauge', 'set'] as const;
  const simple = types.map((type) => ({ type, name: `statsdrain.overflow.${type}`, value: 1 }));
  const timed = (['timer', 'histogram', 'distribution'] as const).map((type) => ({
    type,
    name: `statsdrain.overflow.${type}`,
    values: [1],
  }));
  await all.fold([...simple, ...timed]);
  expect(all.context.losses).toEqual(new Map());
});
