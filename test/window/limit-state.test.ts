import { expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { COUNTER, GAUGE } from '../../src/protocol/codes.ts';
import { limitStateOf } from '../../src/window/limit-state.ts';
import { createSeriesTable } from '../../src/window/series-table.ts';
import { openShard } from '../helper/shard.ts';

it('says what was refused by table and shards, what there is, and who takes the most', () => {
  const table = createSeriesTable({ ...defaultSettings.limits, series: 3 }, defaultSettings.expire);
  table.resolve(COUNTER, { name: 'a', tags: [] });
  for (const tag of ['x', 'y']) table.resolve(GAUGE, { name: 'many', tags: [tag] });
  table.resolve(COUNTER, { name: 'b', tags: [] });
  table.resolveOwn(GAUGE, { name: 'statsdrain.x', tags: [] });
  const { shard, intake } = openShard({ series: 1 });
  intake.lines(Buffer.from('a:1|c\nb:1|c\nb:1|c'));
  const state = limitStateOf(table, [shard.handOver(1, false)]);
  expect([state.refused, state.gaveWay, state.fullName]).toEqual([
    { series: 3, keyBytes: 0, seriesPerName: 0 },
    0,
    undefined,
  ]);
  expect(state.countByType()).toEqual(
    new Map([
      ['counter', 1],
      ['gauge', 2],
    ]),
  );
  expect(state.culprits().map(({ pattern }) => pattern)).toEqual(['many', 'a']);
  expect(limitStateOf(table, []).refused.series).toBe(0);
});
