import { describe, expect, it } from 'vitest';
import { defaultSettings, defaultStatsdSettings, type Settings } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import { createStatsdState } from '../../src/statsd/state.ts';
import { openShard } from '../helper/shard.ts';
import { makeWindow } from '../helper/window.ts';

const START = 1_700_000_000;
const statsd = defaultStatsdSettings;
const admin = { host: '127.0.0.1', port: 0, strictCompat: false };

function open(changes: Partial<Settings>) {
  const { shard, intake } = openShard();
  const state = createStatsdState(START);
  const configure = (next: Partial<Settings>) => state.setSettings({ ...defaultSettings, ...next });
  configure(changes);
  let windows = 0;
  const flush = (...partials: Parameters<typeof state.absorb>[0]) => {
    windows++;
    const endMs = (START + windows * 10) * 1000 + 400;
    return atOnce(state.flush({ startMs: endMs - 10_000, endMs, partials }))(makeWindow({ endMs }));
  };
  return { state, shard, lines: (text: string) => intake.lines(Buffer.from(text)), flush, configure };
}

describe('the metrics of the original daemon', () => {
  it('are on every window where the configuration has them', () => {
    const { shard, lines, flush, state } = open({ statsd });
    lines('a:1|c');
    const window = flush(shard.handOver(1, false));
    expect(window.statsd).toMatchObject({ timestamp: START + 10, startupTime: START, flushIntervalMs: 10_000 });
    expect(window.statsd!.counters.get('a')).toBe(1);
    expect(window.byteLength).toBeGreaterThan(makeWindow().byteLength);
    expect([window.seriesCount, state.flushes]).toEqual([0, 1]);
  });

  it('are not there where nothing reads them', () => {
    const { shard, flush, state } = open({});
    const window = flush(shard.handOver(1, false));
    expect([window.statsd, state.ledger, state.flushes]).toEqual([undefined, undefined, 0]);
  });

  it('are kept for the admin interface alone', () => {
    const { state } = open({ admin });
    expect(state.ledger).toBeDefined();
  });

  it('have every partial once, whether it was taken in early or not', () => {
    const { shard, lines, flush, state } = open({ statsd });
    lines('a:1|c');
    const first = shard.handOver(1, false, true);
    atOnce(state.absorb([first]));
    expect(Object.fromEntries(state.ledger!.counters()).a).toBe(1);
    lines('a:2|c');
    const second = shard.handOver(1, false, true);
    atOnce(state.absorb([first, second]));
    lines('a:4|c');
    const window = flush(first, second, shard.handOver(1, false));
    expect(window.statsd!.counters.get('a')).toBe(7);
    expect(flush().statsd!.counters.get('a')).toBe(0);
  });

  it('tell when something came last', () => {
    const { shard, lines, state } = open({ statsd });
    atOnce(state.absorb([shard.handOver(1, false, true)]));
    expect(state.lastMessage).toBe(START);
    lines('bad');
    atOnce(state.absorb([shard.handOver(1, false, true)]));
    expect(Math.abs(state.lastMessage - Date.now() / 1000)).toBeLessThan(5);
  });

  it('begin with the first window in which a shard tells all its keys, when they are switched on later', () => {
    const { shard, lines, flush, configure } = open({});
    lines('a:1|c\nb:1|c');
    flush(shard.handOver(1, false));
    configure({ statsd });
    shard.renew();
    lines('a:1|c\nnew:1|c');
    const between = flush(shard.handOver(2, false));
    expect([...between.statsd!.counters.keys()]).toHaveLength(3);
    lines('a:2|c');
    expect(flush(shard.handOver(3, false)).statsd!.counters.get('a')).toBe(2);
    configure({});
    expect(flush(shard.handOver(4, false)).statsd).toBeUndefined();
  });
});
