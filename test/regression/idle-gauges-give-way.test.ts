import { expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import type { Window } from '../../src/plugin.ts';
import { ownSamples } from '../../src/telemetry/own-samples.ts';
import type { MergeState } from '../../src/window/merger.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { open } from '../helper/send.ts';
import { contents, openMerger, openShard } from '../helper/shard.ts';

const report = {
  version: '0.0.0',
  backends: [],
  lagMs: new Map(),
  flushMs: 0,
  latePartials: 0,
  statsd: undefined,
};

/** Windows of a server with two shards: one has room for as many series as the limits say, the other for 100. */
function openWindows(series: number) {
  const limits = { ...defaultSettings.limits, series };
  const shards = [openShard({ series }), openShard({ series: 100 }, 1)] as const;
  const merger = openMerger({ limits, percentiles: [] });
  let endMs = 0;
  return (...lines: readonly string[]) => {
    for (const [index, text] of lines.entries()) shards[index]!.intake.lines(Buffer.from(text));
    endMs += 1000;
    let state: MergeState | undefined;
    let folded = 0;
    const partials = shards.map(({ shard }) => shard.handOver(endMs, false));
    const window: Window = merger.merge(partials, endMs - 1000, endMs, (now) => {
      state = now;
      folded = ownSamples(partials, now, report).find(({ name }) => name === 'statsdrain.series.folded')!.value;
      return [];
    });
    return { found: contents(window), folded, state: state! };
  };
}

it('at "limits.series" the gauges that were idle for longest give way to new counters and timers', () => {
  const next = openWindows(4);
  next('first:1|g');
  next('second:2|g');
  next('third:3|g\nused:4|g');
  // Until the shards have forgotten all but one.
  for (let window = 0; window < 8; window++) next('used:5|g');
  const { found, folded, state } = next('used:6|g\ncount:1|c\ntime:7|ms');
  expect(Object.keys(found).sort()).toEqual(['counter count', 'gauge third', 'gauge used', 'timer time']);
  expect([folded, state.limits.gaveWay]).toEqual([0, 2]);
  expect(next('used:6|g').found).toEqual({ 'gauge third': 3, 'gauge used': 6 });
});

it('a gauge that comes back after it gave way begins anew', () => {
  const next = openWindows(2);
  next('first:100|g');
  next('second:2|g');
  for (let window = 0; window < 8; window++) next();
  next('new:1|c');
  for (let window = 0; window < 8; window++) next();
  expect(next('first:+1|g').found).toEqual({ 'gauge first': 1, 'gauge second': 2 });
});

it('"series.folded" tells every key that has no series of its own, in each window in which it is used', () => {
  const next = openWindows(3);
  const few = 'a:1|c\nb:1|c\nc:1|c';
  const names = Array.from({ length: 37 }, (_, name) => `late${name}:1|c\n`).join('');
  next(few);
  // Refused where series are kept: by the merge.
  for (let window = 0; window < 3; window++) expect(next(few, names.repeat(50)).folded).toBe(37);
  // Refused by a shard, which cannot remember them.
  const one = next(`${few}\n${names.repeat(50)}`);
  expect(one.folded).toBe(37);
  expect(one.state.limits.refused.series).toBe(37 * 50);
  const many = Array.from({ length: 30_000 }, (_, name) => `many${name}:1|c\n`).join('');
  const { folded, found } = next(`${few}\n${many}`);
  expect(found['counter statsdrain.overflow.counter']).toBe(30_000);
  expect(Math.abs(folded - 30_000)).toBeLessThan(600);
  expect(next(few).folded).toBe(0);
});

it('the limit is told at once, with what there is and what to do', async () => {
  const server = await startServer({
    flushInterval: '100ms',
    limits: { series: 6 },
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [jsonConsole],
  });
  const socket = await open(server.port('tcp'));
  socket.write([...'abcdef'].map((one) => `pool.${one}:1|g\n`).join(''));
  const keysLive = () => server.entries.filter(({ name }) => name === 'statsdrain.keys.live').at(-1)?.value;
  await server.until('the gauges', () => keysLive() === 6);
  await server.until('the end of their keys', () => keysLive() === 0);
  socket.write('count:2|c\n');
  await server.until('the counter', () => server.total('count') === 2);
  socket.end();
  const told = server.log.filter(({ msg }) => msg.includes('limits.series'));
  expect(told.map(({ level, msg }) => [level, msg])).toEqual([
    [
      'warn',
      '"limits.series" (6) is reached: idle series that gave way to new ones: 1; there are 5 gauges, 1 counter with 0 MiB of names ' +
        'and tags, the most of them of "pool.*" (83 %), "count" (17 %); send fewer names and tags, let idle series go ' +
        '("expire": { "gauge": "1h" }), or raise it',
    ],
  ]);
  expect(server.total('statsdrain.series.gave_way')).toBe(1);
  expect(await server.stop()).toBe(0);
});
