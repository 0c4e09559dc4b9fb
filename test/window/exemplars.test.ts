import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import type { Naming, Window } from '../../src/plugin.ts';
import { openMerger, openShard, windowsOf } from '../helper/shard.ts';

const bytes = (text: string) => Buffer.from(text);

/** Takes tags `t:…` for exemplars. */
const naming: Naming = {
  id: 'traces',
  rename: (_type, { name, tags }) => ({
    name,
    tags: tags.filter((tag) => !tag.startsWith('t:')),
    exemplar: tags.some((tag) => tag.startsWith('t:')) ? tags.filter((tag) => tag.startsWith('t:')) : undefined,
  }),
};

function openTraces(limits: Partial<typeof defaultSettings.limits> = {}) {
  const { shard, intake } = openShard(limits);
  const windows = windowsOf(openMerger({ limits: { ...defaultSettings.limits, ...limits } }, { naming }));
  return {
    window(...lines: readonly string[]): Window {
      intake.lines(bytes(lines.join('\n')));
      return windows(shard.handOver(1, false));
    },
  };
}

/** By name and tags: each exemplar as `labels value`. */
function exemplarsOf(window: Window): Record<string, string[]> {
  const found = Array.from(window.series, (series) => {
    const exemplars = 'exemplars' in series ? (series.exemplars ?? []) : [];
    return [
      [series.name, ...series.tags].join(' '),
      exemplars.map(({ labels, value }) => `${labels.join()} ${value}`),
    ] as const;
  });
  return Object.fromEntries(found);
}

describe('exemplars of a window', () => {
  it('are of keys that are one series', () => {
    const window = openTraces().window('a:1|h|#r:x,t:1', 'a:2|h|#r:x,t:2', 'a:3|h|#r:y,t:3', 'a:4|h|#r:y');
    expect(window.seriesCount).toBe(2);
    expect(exemplarsOf(window)).toEqual({ 'a r:x': ['t:1 1', 't:2 2'], 'a r:y': ['t:3 3'] });
  });

  it.each(['ms', 'h', 'd'])('of values of the type %s: of those of one size the last', (type) => {
    const { window } = openTraces();
    const lines = ['100:t1', '-5:t2', '0:t3', '99:t4', '7:t5', '-5.01:t6', '0:t7'].map((line) => {
      const [value, trace] = line.split(':');
      return `a:${value}|${type}|#t:${trace}`;
    });
    expect(exemplarsOf(window(...lines))).toEqual({
      a: ['t:t4 99', 't:t5 7', 't:t6 -5.01', 't:t7 0'],
    });
  });

  it('of a counter: what the last key added', () => {
    const window = openTraces().window('a:1|c|#t:1', 'a:1|c|#t:2|@0.5', 'a:5|c|#t:2', 'b:1|c');
    expect(exemplarsOf(window)).toEqual({ a: ['t:2 7'], b: [] });
  });

  it('are those of their window alone', () => {
    const { window } = openTraces();
    expect(exemplarsOf(window('a:1|h|#t:1'))).toEqual({ a: ['t:1 1'] });
    expect(exemplarsOf(window('a:1|h'))).toEqual({ a: [] });
    expect(exemplarsOf(window('a:2|h|#t:1'))).toEqual({ a: ['t:1 2'] });
  });

  it('are forgotten with their keys, whose ids others get', () => {
    const { window } = openTraces();
    window(...Array.from({ length: 50 }, (_, i) => `a:1|h|#t:${i}`));
    // Until the shard has retired the keys that nobody sends.
    for (let i = 0; i < 15; i++) window();
    expect(exemplarsOf(window(...Array.from({ length: 50 }, (_, i) => `b:1|h|#x:${i}`)))).toEqual(
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`b x:${i}`, []])),
    );
  });

  it('are 4096 at the most, those that came last', () => {
    const { window } = openTraces();
    const lines = Array.from({ length: 5000 }, (_, i) => `a${i}:1|h|#t:1`);
    const found = Object.values(exemplarsOf(window(...lines)));
    expect(found.filter((one) => one.length > 0)).toHaveLength(4096);
    expect(found.slice(0, 904).every((one) => one.length === 0)).toBe(true);
  });

  it('gauges, sets and what is blocked have none', () => {
    const { window } = openTraces();
    expect(exemplarsOf(window('g:1|g|#t:1', 's:x|s|#t:1'))).toEqual({ g: [], s: [] });
    const { shard, intake } = openShard();
    const blocking = openMerger({}, { naming, mapping: { apply: () => undefined } });
    intake.lines(bytes('a:1|h|#t:1\nb:1|c|#t:1'));
    expect(exemplarsOf(windowsOf(blocking)(shard.handOver(1, false)))).toEqual({});
  });

  it('are as large as a rule makes the values', () => {
    const { shard, intake } = openShard();
    const scaled = openMerger(
      {},
      {
        naming: { id: 'same', rename: (_type, series) => ({ ...series, tags: [], exemplar: ['t:1'] }) },
        mapping: { apply: (_type, identity) => ({ ...identity, rule: { scale: 10, series: {} } }) },
      },
    );
    intake.lines(bytes('a:1|h\nb:2|c|#x:1'));
    const window = windowsOf(scaled)(shard.handOver(1, false));
    expect(exemplarsOf(window)).toEqual({ a: ['t:1 10'], b: ['t:1 20'] });
  });
});
