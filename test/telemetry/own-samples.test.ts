import { expect, it } from 'vitest';
import { ownSamples } from '../../src/telemetry/own-samples.ts';
import { openMerger, openShard } from '../helper/shard.ts';

it('counters of a front-end have its name as a tag, and their own', () => {
  const shards = [openShard(), openShard({}, 1)];
  for (const { intake } of shards) {
    intake.count('own', 1);
    intake.count('own', 2, ['rule:a']);
  }
  const partials = shards.map(({ shard }) => shard.handOver(1000, false));
  const report = { version: '0.0.0', backends: [], lagMs: new Map(), flushMs: 0, latePartials: 0, statsd: undefined };
  let found: unknown;
  openMerger({ percentiles: [] }).merge(partials, 0, 1000, (state) => {
    found = ownSamples(partials, state, report).filter(({ name }) => name === 'statsdrain.own');
    return [];
  });
  expect(found).toEqual([
    { type: 'counter', name: 'statsdrain.own', tags: ['frontend:test'], value: 2 },
    { type: 'counter', name: 'statsdrain.own', tags: ['frontend:test', 'rule:a'], value: 4 },
  ]);
});
