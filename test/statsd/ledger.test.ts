import { describe, expect, it } from 'vitest';
import { defaultSettings, defaultStatsdSettings, type Limits, type StatsdSettings } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import type { StatsdMetrics } from '../../src/plugin.ts';
import { createLedger } from '../../src/statsd/ledger.ts';
import { openShard } from '../helper/shard.ts';

const START = 1_700_000_000;

/** A ledger over shards whose clock ticks with each line. */
function open(statsd: Partial<StatsdSettings> = {}, limits: Partial<Limits> = {}, flushIntervalMs = 10_000) {
  let now = 0;
  let timestamp = START;
  const allLimits = { ...defaultSettings.limits, ...limits };
  const settings = (changes: Partial<StatsdSettings>) => ({
    statsd: { ...defaultStatsdSettings, ...changes },
    limits: allLimits,
    flushIntervalMs,
  });
  const ledger = createLedger(settings(statsd), START);
  const shards = [0, 1].map((index) => openShard(limits, index, () => now));
  return {
    ledger,
    /** Lines of one shard, handed over at once or with what comes later. */
    lines(text: string, shard = 0, handOver = true) {
      now++;
      shards[shard]!.intake.lines(Buffer.from(text));
      if (handOver) this.handOver(shard);
    },
    handOver(shard = 0, final = false) {
      atOnce(ledger.absorb(shards[shard]!.shard.handOver(now, final)));
    },
    flush(afterSeconds = 10) {
      timestamp += afterSeconds;
      return atOnce(ledger.flush(timestamp)).metrics;
    },
    configure: (changes: Partial<StatsdSettings>) => ledger.setSettings(settings(changes)),
    shard: shards[0]!.shard,
  };
}

const INTERNAL = ['statsd.bad_lines_seen', 'statsd.packets_received', 'statsd.metrics_received'];
const plain = <V>(map: ReadonlyMap<string, V>) => Object.fromEntries(map);
/** Counters without the daemon's own. */
const counters = (metrics: StatsdMetrics) =>
  Object.fromEntries([...metrics.counters].filter(([key]) => !INTERNAL.includes(key)));

describe('state from flush to flush', () => {
  it('keeps counters at 0, timers and sets empty and gauges as they are', () => {
    const daemon = open();
    daemon.lines('c:3|c\nc:1|c|@0.1\ng:7|g\nt:5|ms\nu:x|s\nu:y|s\nu:x|s');
    const first = daemon.flush();
    expect(counters(first)).toEqual({ c: 13 });
    expect(first.counterRates.get('c')).toBe(1.3);
    expect(plain(first.gauges)).toEqual({ g: 7 });
    expect(plain(first.timers)).toEqual({ t: [5] });
    expect(plain(first.timerCounters)).toEqual({ t: 1 });
    expect(first.timerData.get('t')?.fields.get('upper_90')).toBe(5);
    expect(plain(first.sets)).toEqual({ u: { values: ['x', 'y'], size: 2 } });

    const second = daemon.flush();
    expect(counters(second)).toEqual({ c: 0 });
    expect(plain(second.gauges)).toEqual({ g: 7, 'statsd.timestamp_lag': 0 });
    expect(plain(second.timers)).toEqual({ t: [] });
    expect(plain(second.timerCounters)).toEqual({ t: 0 });
    expect([...second.timerData.get('t')!.fields]).toEqual([
      ['count_ps', 0],
      ['count', 0],
    ]);
    expect(plain(second.sets)).toEqual({ u: { values: [], size: 0 } });
    // A snapshot is not touched by what comes after it.
    expect([counters(first), plain(first.timers), first.sets.get('u')?.size]).toEqual([{ c: 13 }, { t: [5] }, 2]);
  });

  it('forgets what is idle with deleteCounters, deleteTimers, deleteSets and deleteGauges', () => {
    const daemon = open({ deleteCounters: true, deleteTimers: true, deleteSets: true, deleteGauges: true });
    daemon.lines('c:3|c\ng:7|g\nt:5|ms\nu:x|s\napp.metrics_received:2|c\nxbad_lines_seenx:1|c');
    const first = daemon.flush();
    expect([counters(first).c, first.gauges.get('g'), first.timers.size, first.sets.size]).toEqual([3, 7, 1, 1]);
    const second = daemon.flush();
    expect(counters(second)).toEqual({ 'app.metrics_received': 0, xbad_lines_seenx: 0 });
    expect(plain(second.gauges)).toEqual({ 'statsd.timestamp_lag': 0 });
    expect([second.timers.size, second.timerData.size, second.timerCounters.size, second.sets.size]).toEqual([
      0, 0, 0, 0,
    ]);
    daemon.lines('c:1|c\ng:+2|g\nt:1|ms\nu:z|s');
    const third = daemon.flush();
    expect([counters(third).c, third.gauges.get('g'), third.timers.get('t'), third.sets.get('u')?.values]).toEqual([
      1,
      2,
      [1],
      ['z'],
    ]);
  });

  it('emits an idle gauge in as many flushes as gaugesMaxTTL, counted from its last update', () => {
    const daemon = open({ deleteGauges: true, gaugesMaxTTL: 2 });
    const has = () => daemon.flush().gauges.has('g');
    daemon.lines('g:1|g');
    expect([has(), has(), has()]).toEqual([true, true, false]);
    daemon.lines('g:1|g');
    expect(has()).toBe(true);
    daemon.lines('g:+1|g');
    expect([has(), has(), has()]).toEqual([true, true, false]);
  });

  it('takes new settings at once', () => {
    const daemon = open();
    daemon.lines('c:1|c\ng:1|g\nt:1|ms');
    daemon.configure({
      deleteCounters: true,
      deleteTimers: true,
      deleteGauges: true,
      percentThreshold: [50],
      histogram: [{ metric: '', bins: ['inf'] }],
    });
    const first = daemon.flush();
    expect(counters(first)).toEqual({ c: 1 });
    expect([...first.timerData.get('t')!.fields.keys()].slice(0, 2)).toEqual(['count_50', 'mean_50']);
    expect(first.timerData.get('t')!.histogram?.get('bin_inf')).toBe(1);
    const second = daemon.flush();
    expect([counters(second), second.timers.size]).toEqual([{}, 0]);
    // Only an update gives a gauge an age, as in the original.
    expect(second.gauges.get('g')).toBe(1);
    daemon.lines('g:2|g');
    daemon.flush();
    expect(daemon.flush().gauges.has('g')).toBe(false);
  });

  it('does not age gauges any more when deleteGauges is switched off', () => {
    const daemon = open({ deleteGauges: true, gaugesMaxTTL: 3 });
    daemon.lines('g:1|g');
    daemon.configure({ deleteGauges: false });
    daemon.flush();
    daemon.configure({ deleteGauges: true });
    for (let flushes = 0; flushes < 5; flushes++) expect(daemon.flush().gauges.get('g')).toBe(1);
  });
});

it('does not know points with a time of their own', () => {
  const daemon = open();
  daemon.lines('c:3|c|T5\ng:7|g|T5\nc:1|c');
  const metrics = daemon.flush();
  expect(counters(metrics)).toEqual({ c: 1 });
  expect(plain(metrics.gauges)).toEqual({});
});

describe('gauges', () => {
  it.each([
    [['+5', '+5', '-10', '-3', '-3', '4', '-0'], 4],
    [['-7'], -7],
    [['10', '-3', '+1'], 8],
    [['10', '0', '-3'], -3],
  ])('%j give %d', (values, expected) => {
    const daemon = open();
    for (const value of values) daemon.lines(`g:${value}|g`);
    expect(daemon.flush().gauges.get('g')).toBe(expected);
    const together = open();
    together.lines(values.map((value) => `g:${value}|g`).join('\n'));
    expect(together.flush().gauges.get('g')).toBe(expected);
  });

  it('keep their value over flushes for a delta', () => {
    const daemon = open();
    daemon.lines('g:5|g');
    daemon.flush();
    daemon.lines('g:+2|g');
    expect(daemon.flush().gauges.get('g')).toBe(7);
  });

  it.each([
    ['a set of the other shard comes to light before a later delta', [1, 0]],
    ['a delta comes to light before the earlier set of the other shard', [0, 1]],
  ])('are in the order of the clock: %s', (_, order) => {
    const daemon = open();
    daemon.lines('g:100|g', 1);
    daemon.flush();
    daemon.lines('g:+1|g', 0, false);
    daemon.lines('g:10|g', 1, false);
    daemon.lines('g:+5|g', 0, false);
    for (const shard of order) daemon.handOver(shard);
    expect(daemon.flush().gauges.get('g')).toBe(15);
  });
});

describe('timers', () => {
  it('have their values in order of arrival until the flush, and then sorted', () => {
    const daemon = open();
    daemon.lines('t:3:1|ms|@0.5');
    daemon.lines('t:2|ms\nh:9|h\nd:8|d');
    expect([...daemon.ledger.timers()]).toEqual([
      ['t', [3, 1, 2]],
      ['h', [9]],
      ['d', [8]],
    ]);
    const { timers, timerCounters, timerData } = daemon.flush();
    expect(timers.get('t')).toEqual([1, 2, 3]);
    expect(timerCounters.get('t')).toBe(5);
    expect(timerData.get('t')!.fields.get('count')).toBe(5);
    expect(timerData.get('t')!.fields.get('count_ps')).toBe(0.5);
    expect(timerData.get('t')!.fields.get('mean')).toBe(2);
    expect(timers.get('h')).toEqual([9]);
  });

  it('are within 1 % over the limit of exact values, in bounded memory', () => {
    const daemon = open({ percentThreshold: [90] }, { timerValuesPerSeries: 50 });
    for (let value = 1; value <= 1000; value++) daemon.lines(`t:${value}|ms`, 0, false);
    daemon.handOver();
    const { timers, timerCounters, timerData } = daemon.flush();
    expect(timers.get('t')).toHaveLength(50);
    expect([timers.get('t')![0], timers.get('t')![49]]).toEqual([1, 1000]);
    expect(timerCounters.get('t')).toBe(1000);
    const fields = timerData.get('t')!.fields;
    expect([
      fields.get('count'),
      fields.get('sum'),
      fields.get('mean'),
      fields.get('upper'),
      fields.get('lower'),
    ]).toEqual([1000, 500_500, 500.5, 1000, 1]);
    expect(fields.get('count_90')).toBe(900);
    expect(Math.abs(fields.get('upper_90')! / 900 - 1)).toBeLessThan(0.02);
    expect(Math.abs(fields.get('sum_90')! / 405_450 - 1)).toBeLessThan(0.02);
    expect(Math.abs(fields.get('median')! / 500 - 1)).toBeLessThan(0.04);
    expect(daemon.flush().timers.get('t')).toEqual([]);
  });

  it('become sketches where several partials are over the limit of the window', () => {
    const daemon = open({}, { timerValues: 3 });
    daemon.lines('t:1:2|ms');
    daemon.lines('t:3:4|ms');
    const { timerCounters, timerData } = daemon.flush();
    expect(timerCounters.get('t')).toBe(4);
    expect(timerData.get('t')!.fields.get('sum')).toBe(10);
  });
});

describe('sets', () => {
  it('are the union of all partials, with members as text', () => {
    const daemon = open();
    daemon.lines('u:é|s\nu:1|s', 0);
    daemon.lines('u:1|s\nu:2|s', 1);
    expect(daemon.flush().sets.get('u')).toEqual({ values: ['é', '1', '2'], size: 3 });
  });

  it('are estimates beyond the limit of members', () => {
    const daemon = open({}, { setMembersPerSeries: 100 });
    for (let member = 0; member < 5000; member++) daemon.lines(`u:m${member}|s`, 0, false);
    daemon.handOver();
    const { values, size } = daemon.flush().sets.get('u')!;
    expect(values).toHaveLength(100);
    expect(Math.abs(size / 5000 - 1)).toBeLessThan(0.04);
  });
});

describe('keys', () => {
  it('are those of the original, whatever the dialect', () => {
    const daemon = open();
    daemon.lines('a b/c$:1|c|#env:prod,x\nn;k=v:2|c|#b:1,a:2\n__proto__:3|c\nconstructor:4|c');
    expect(Object.entries(counters(daemon.flush()))).toEqual([
      ['a_b-c;env=prod;x', 1],
      ['n;k=v;b=1;a=2', 2],
      ['__proto__', 3],
      ['constructor', 4],
    ]);
  });

  it('are left as they are without keyNameSanitize', () => {
    const daemon = open({ keyNameSanitize: false });
    daemon.lines('a b/c$:1|c|#k y:v');
    expect(counters(daemon.flush())).toEqual({ 'a b/c$;k y=v': 1 });
  });

  it('that several raw keys become are one', () => {
    const daemon = open();
    daemon.lines('a b:1|c\na_b:2|c', 0);
    daemon.lines('a  b:4|c', 1);
    expect(counters(daemon.flush())).toEqual({ a_b: 7 });
  });

  it('stay apart when a shard gives an id to another key', () => {
    const daemon = open({ deleteCounters: true });
    daemon.lines('old:1|c');
    expect(counters(daemon.flush())).toEqual({ old: 1 });
    for (let windows = 0; windows < 12; windows++) {
      daemon.handOver();
      daemon.flush();
    }
    daemon.lines('new:2|c');
    daemon.lines('old:4|c');
    expect(counters(daemon.flush())).toEqual({ new: 2, old: 4 });
  });

  it('beyond the limit of series go into one', () => {
    const daemon = open({}, { series: 5 });
    daemon.lines('a:1|c\nb:1|c', 0);
    daemon.lines('c:1|c\nd:2|c', 1);
    expect(counters(daemon.flush())).toEqual({ a: 1, b: 1, 'statsdrain.overflow': 3 });
    expect([daemon.ledger.takeFolded(), daemon.ledger.takeFolded(), daemon.ledger.size]).toEqual([2, 0, 6]);
  });

  it('beyond the limit of bytes go into one, and those that are gone make room', () => {
    // A third is for these: three keys of the daemon's own take 427 bytes, others 120 and their text.
    const daemon = open({ deleteCounters: true }, { keyBytes: 3 * 700 });
    daemon.lines('a:1|c\nb:1|c\nc:1|c\nd:2|c');
    expect(counters(daemon.flush())).toEqual({ a: 1, b: 1, 'statsdrain.overflow': 3 });
    expect(daemon.ledger.takeFolded()).toBe(2);
    for (let windows = 0; windows < 12; windows++) {
      daemon.handOver();
      daemon.flush();
    }
    daemon.lines('e:5|c');
    expect(counters(daemon.flush())).toEqual({ e: 5 });
  });

  it('beyond the limit of series go into one, within a partial too', () => {
    const daemon = open({}, { series: 5 });
    daemon.lines('a:1|c\nb:1|c\nc:1|c\nd:2|g', 0);
    const { gauges } = daemon.flush();
    expect([gauges.size, daemon.ledger.takeFolded()]).toEqual([1, 2]);
    expect(gauges.get('statsdrain.overflow')).toBe(2);
  });

  it('of a shard that has ended make room', () => {
    const daemon = open({ deleteCounters: true }, { series: 5 });
    daemon.lines('a:1|c\nb:1|c', 0, false);
    daemon.handOver(0, true);
    daemon.flush();
    daemon.lines('c:1|c\nd:2|c', 1);
    expect(counters(daemon.flush())).toEqual({ c: 1, d: 2 });
  });

  it('of a shard that is older than the ledger are waited for', () => {
    const { shard, intake } = openShard();
    intake.lines(Buffer.from('a:1|c'));
    shard.handOver(1, false);
    intake.lines(Buffer.from('a:1|c\nb:1|c'));
    const ledger = createLedger({ ...defaultSettings, statsd: defaultStatsdSettings }, START);
    atOnce(ledger.absorb(shard.handOver(2, false)));
    const { metrics } = atOnce(ledger.flush(START + 10));
    expect(counters(metrics)).toEqual({});
    expect(metrics.counters.get('statsd.metrics_received')).toBe(2);
  });
});

describe('the daemon’s own metrics', () => {
  it('come first, and count lines and bad ones', () => {
    const daemon = open();
    daemon.lines('a:1|c\nbad\nb:x|c\n');
    const { counters: all } = daemon.flush();
    expect([...all]).toEqual([
      ['statsd.bad_lines_seen', 2],
      ['statsd.packets_received', 1],
      ['statsd.metrics_received', 3],
      ['a', 1],
    ]);
    expect([...daemon.flush().counters.values()]).toEqual([0, 0, 0, 0]);
    expect([daemon.ledger.badValues, daemon.ledger.messages]).toEqual([2, 4]);
  });

  it('are under prefixStats; the old ones stay at 0 after a reload', () => {
    const daemon = open({ prefixStats: '' });
    daemon.lines('a:1|c');
    expect([...daemon.flush().counters.keys()].slice(0, 3)).toEqual([
      '.bad_lines_seen',
      '.packets_received',
      '.metrics_received',
    ]);
    daemon.configure({ prefixStats: 'p', deleteCounters: true });
    daemon.lines('a:1|c');
    const after = daemon.flush();
    expect([...after.counters]).toEqual([
      ['p.bad_lines_seen', 0],
      ['p.packets_received', 1],
      ['p.metrics_received', 1],
      ['.bad_lines_seen', 0],
      ['.packets_received', 0],
      ['.metrics_received', 0],
      ['a', 1],
    ]);
    expect(after.gauges.get('p.timestamp_lag')).toBe(0);
  });

  it('have the lag of the second flush and all after it', () => {
    const daemon = open({ deleteGauges: true });
    expect(daemon.flush(10).gauges.has('statsd.timestamp_lag')).toBe(false);
    expect(daemon.flush(12).gauges.get('statsd.timestamp_lag')).toBe(2);
    expect(daemon.flush(10).gauges.get('statsd.timestamp_lag')).toBe(0);
    expect(daemon.flush(3).gauges.get('statsd.timestamp_lag')).toBe(-7);
  });

  it('tell when, and how long the timers took', () => {
    const metrics = open({ prefixStats: 'p', percentThreshold: [50] }, {}, 700).flush(1);
    expect(metrics).toMatchObject({
      ...{ timestamp: START + 1, startupTime: START, prefixStats: 'p', flushIntervalMs: 700 },
      ...{ percentThreshold: [50], histogram: undefined },
    });
    expect(Number.isInteger(metrics.processingTime)).toBe(true);
  });
});

describe('keys that are taken out', () => {
  it('are gone until they are sent again, with their values', () => {
    const daemon = open();
    daemon.lines('a:1|c\nb:1|c\ng:5|g\nt:1|ms\nv:1|ms');
    daemon.ledger.remove('counters', new Set(['a', 'nothing']));
    daemon.ledger.remove('gauges', new Set(['g']));
    daemon.ledger.remove('timers', new Set(['t']));
    expect([...daemon.ledger.gauges()]).toEqual([]);
    daemon.lines('t:7|ms\ng:+1|g');
    expect([...daemon.ledger.timers()]).toEqual([
      ['v', [1]],
      ['t', [7]],
    ]);
    const { gauges, timerCounters, ...rest } = daemon.flush();
    expect(counters({ ...rest, gauges, timerCounters })).toEqual({ b: 1 });
    expect([plain(gauges), plain(timerCounters)]).toEqual([{ g: 1 }, { v: 1, t: 1 }]);
  });

  it('come back at 0 when they are the daemon’s own', () => {
    const daemon = open();
    daemon.lines('a:1|c');
    daemon.ledger.remove('counters', new Set(INTERNAL));
    expect([...daemon.ledger.counters()]).toEqual([['a', 1]]);
    daemon.lines('a:1|c');
    expect([...daemon.flush().counters]).toEqual([...INTERNAL.map((key, at) => [key, at === 0 ? 0 : 1]), ['a', 2]]);
  });
});

it('hundreds of thousands of series take no seconds', () => {
  const daemon = open();
  const lines: string[] = [];
  for (let series = 0; series < 200_000; series++) lines.push(`c${series}:1|c\nt${series}:5|ms`);
  for (let at = 0; at < lines.length; at += 500) daemon.lines(lines.slice(at, at + 500).join('\n'), 0, false);
  daemon.handOver();
  const started = performance.now();
  const metrics = daemon.flush();
  expect(performance.now() - started).toBeLessThan(2000);
  expect([metrics.counters.size, metrics.timers.size]).toEqual([200_003, 200_000]);
});

describe('gauges from before the start', () => {
  const kept = (daemon: ReturnType<typeof open>) => [...atOnce(daemon.ledger.keepGauges())];

  it('are what there is but the gauge of the daemon itself, and come back as they were', () => {
    const before = open();
    before.lines('g:7|g\nh:-0|g\nc:1|c');
    before.flush();
    expect([...before.flush().gauges.keys()]).toContain('statsd.timestamp_lag');
    const gauges = kept(before);
    expect(gauges).toEqual([
      { key: 'g', value: 7, left: 0 },
      { key: 'h', value: -0, left: 0 },
    ]);
    const after = open();
    expect(gauges.map((gauge) => after.ledger.restoreGauge(gauge, 86_400_000))).toEqual([true, true]);
    after.lines('g:+3|g');
    expect(plain(after.flush().gauges)).toEqual({ g: 10, h: -0 });
  });

  it('are forgotten after as many flushes as they would have been, those of the time in between included', () => {
    const settings = { deleteGauges: true, gaugesMaxTTL: 3 };
    const before = open(settings);
    before.lines('g:7|g');
    before.flush();
    expect(kept(before)).toEqual([{ key: 'g', value: 7, left: 2 }]);
    const after = open(settings);
    expect(after.ledger.restoreGauge({ key: 'late', value: 1, left: 2 }, 20_000)).toBe(false);
    expect(after.ledger.restoreGauge({ key: 'g', value: 7, left: 2 }, 19_999)).toBe(true);
    expect(plain(after.flush().gauges)).toEqual({ g: 7 });
    expect(after.flush().gauges.has('g')).toBe(false);
  });

  it('stay where they are not to be forgotten any more', () => {
    const after = open();
    expect(after.ledger.restoreGauge({ key: 'g', value: 7, left: 1 }, 86_400_000)).toBe(true);
    for (let flushes = 0; flushes < 3; flushes++) expect(after.flush().gauges.get('g')).toBe(7);
  });

  it('take no room beyond the limits, and come back over nothing that is there', () => {
    const full = open({}, { series: 5 });
    const back = ['a', 'b', 'c'].map((key) => full.ledger.restoreGauge({ key, value: 1, left: 0 }, 0));
    expect(back).toEqual([true, true, false]);
    full.lines('a:9|g');
    expect(full.ledger.restoreGauge({ key: 'a', value: 1, left: 0 }, 0)).toBe(false);
    expect(full.flush().gauges.get('a')).toBe(9);
  });
});
