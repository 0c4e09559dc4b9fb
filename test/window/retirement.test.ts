import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import type { MergeState } from '../../src/window/merger.ts';
import { contents, openMerger, openShard } from '../helper/shard.ts';

const SECOND = 1000;
const held = { ...defaultSettings.expire, gauge: 0 };

/** A shard and a merger, and one window after the other through both. */
function open(expire = held) {
  const { shard, intake } = openShard();
  const merger = openMerger({ expire, percentiles: [] });
  let endMs = 0;
  return (lines: string, windows = 1) => {
    let state: Pick<MergeState, 'series'> = { series: 0 };
    let found = {};
    for (let window = 0; window < windows; window++) {
      if (window === 0) intake.lines(Buffer.from(lines));
      endMs += SECOND;
      const partial = shard.handOver(endMs, false);
      const merged = merger.merge([partial], endMs - SECOND, endMs, (now) => {
        state = now;
        return [];
      });
      found = contents(merged);
    }
    return { found, series: state.series };
  };
}

describe('a series that is no longer sent', () => {
  it('is forgotten some windows later', () => {
    const next = open();
    expect(next('a:1|c\nb:1|g\nc:1|ms\nd:x|s\na:1|c|#t').series).toBe(5);
    expect(next('', 4).series).toBe(5);
    expect(next('', 8).series).toBe(0);
  });

  it('lives on under its other spelling', () => {
    const next = open();
    next('a:1|c|#x,y');
    for (let window = 0; window < 12; window++) expect(next('a:1|c|#y,x').series).toBe(1);
    expect(next('a:2|c|#y,x').found).toEqual({ 'counter a{x,y}': 2 });
    expect(next('', 12).series).toBe(0);
  });

  it('is kept for as long as it is held', () => {
    const next = open({ ...held, counter: 20 * SECOND });
    next('a:1|c');
    expect(next('', 20)).toEqual({ found: { 'counter a': 0 }, series: 1 });
    expect(next('', 2).series).toBe(0);
  });

  it('leaves no value behind for a series that gets its number', () => {
    const next = open();
    next('old:100|g');
    expect(next('', 12).series).toBe(0);
    expect(next('new:+1|g').found).toEqual({ 'gauge new': 1 });
    next('', 12);
    next('count:7|c');
    next('', 12);
    expect(next('new:-1|g').found).toEqual({ 'gauge new': -1 });
  });

  it('comes back as if it were new', () => {
    const next = open();
    next('a:100|g\nb:5|c');
    next('', 12);
    expect(next('a:+1|g\nb:1|c').found).toEqual({ 'counter b': 1, 'gauge a': 1 });
  });
});

it('two shards that forget at different times keep the series between them', () => {
  const [first, second] = [openShard({}, 0), openShard({}, 1)];
  const merger = openMerger({ expire: held });
  let endMs = 0;
  const next = (a: string, b: string) => {
    first.intake.lines(Buffer.from(a));
    second.intake.lines(Buffer.from(b));
    endMs += SECOND;
    const partials = [first, second].map(({ shard }) => shard.handOver(endMs, false));
    let live = 0;
    const window = merger.merge(partials, endMs - SECOND, endMs, ({ series }) => {
      live = series;
      return [];
    });
    return { found: contents(window), live };
  };
  next('a:1|c', 'a:2|c');
  for (let window = 0; window < 12; window++) expect(next('', 'a:1|c').live).toBe(1);
  expect(next('b:3|c', 'a:1|c').found).toEqual({ 'counter a': 1, 'counter b': 3 });
  expect(next('a:4|c', 'a:1|c').found).toEqual({ 'counter a': 5 });
  for (let window = 0; window < 12; window++) next('', '');
  expect(next('', '').live).toBe(0);
});
