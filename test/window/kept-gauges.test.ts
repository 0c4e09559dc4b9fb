import { expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import { openMerger, openShard, windowsOf } from '../helper/shard.ts';

/** A merger that has had a window of these lines for each text. */
function merged(texts: readonly string[], settings = {}) {
  const { shard, intake } = openShard();
  const merger = openMerger(settings);
  const window = windowsOf(merger, [{ type: 'gauge', name: 'statsdrain.own', tags: [], value: 1 }]);
  texts.forEach((text, at) => {
    intake.lines(Buffer.from(text));
    window(shard.handOver(at + 1, false));
  });
  const next = (text: string) => {
    intake.lines(Buffer.from(text));
    window(shard.handOver(9, false));
  };
  return { merger, next };
}

const keptBy = (all: ReturnType<typeof merged>) => [...atOnce(all.merger.keepGauges())];

it('keeps the gauges that are reported, with their age, and nothing else', () => {
  const all = merged(['old:4|g\nc:1|c\nt:5|ms\ns:x|s', 'tagged:-0.5|g|#b,a:1', 'new:7|g']);
  expect(keptBy(all)).toEqual([
    { name: 'old', tags: [], value: 4, idleMs: 2000 },
    { name: 'tagged', tags: ['a:1', 'b'], value: -0.5, idleMs: 1000 },
    { name: 'new', tags: [], value: 7, idleMs: 0 },
  ]);
});

it('keeps no gauge that has expired, and no overflow series', () => {
  const expire = { counter: 0, timer: 0, histogram: 0, distribution: 0, set: 0, gauge: 1500 };
  expect(keptBy(merged(['old:4|g', '', 'new:7|g'], { expire })).map(({ name }) => name)).toEqual(['new']);
  const limits = { ...defaultSettings.limits, seriesPerName: 1 };
  const full = merged(['g:1|g|#a\ng:2|g|#b'], { limits });
  expect(keptBy(full)).toEqual([{ name: 'g', tags: ['a'], value: 1, idleMs: 0 }]);
});

it('gives what there was, however the windows went on', () => {
  const expire = { counter: 0, timer: 0, histogram: 0, distribution: 0, set: 0, gauge: 500 };
  const all = merged(['a:1|g\nb:2|g'], { expire });
  const kept = atOnce(all.merger.keepGauges());
  all.next('c:3|g\na:9|g');
  all.next('d:4|g');
  expect([...kept].map(({ name, value }) => [name, value])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});
