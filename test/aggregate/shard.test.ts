import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Partial, transferList } from '../../src/partial/partial.ts';
import {
  ACCOUNT_SLOTS,
  AGGREGATED,
  BAD_VALUES,
  dropReasons,
  dropSlot,
  KERNEL_DROPPED,
  OVERFLOWED,
  RECEIVED,
  rejectReasons,
  rejectSlot,
} from '../../src/protocol/reasons.ts';
import { contents, openMerger, openShard, windowsOf } from '../helper/shard.ts';

/** What is not 0 in the account of the front-end, by name; without packets and bad values, which are no lines. */
function accountOf(partial: Partial): Record<string, number> {
  const { slots } = partial.accounts[0]!;
  const names = new Map([
    [RECEIVED, 'received'],
    [AGGREGATED, 'aggregated'],
    [KERNEL_DROPPED, 'kernel'],
    [OVERFLOWED, 'overflowed'],
    ...rejectReasons.map((reason) => [rejectSlot(reason), reason] as const),
    ...dropReasons.map((reason) => [dropSlot(reason), reason] as const),
  ]);
  return Object.fromEntries(
    [...slots].flatMap((value, slot) => (value > 0 && names.has(slot) ? [[names.get(slot)!, value]] : [])),
  );
}

const missing = (slots: Float64Array) => {
  let accounted = slots[AGGREGATED]!;
  for (let slot = BAD_VALUES + 1; slot < ACCOUNT_SLOTS; slot++) accounted += slots[slot]!;
  return slots[RECEIVED]! - accounted;
};

const bytes = (text: string) => Buffer.from(text);

describe('intake', () => {
  it('accounts for every line by its reason', () => {
    const { shard, intake } = openShard({ lineLength: 40, nameLength: 10, tags: 2, tagLength: 6 });
    intake.lines(bytes('a:1|c\n\n\r\nb:2|g\r\nbad\n:1|c\na\0:1|c\na:1|x\na:x|c\na:1|c|@9\na:1|c|Tx\na:1|c|#\x01\n'));
    intake.lines(
      bytes(
        `elevenchars:1|c\na:1|c|#1,2,3\na:1|c|#sevench\n${'x'.repeat(41)}\n_e{1,1}:a\n_sc|a|9\n_e{1,1}:a|b\n_sc|a|0`,
      ),
    );
    intake.discard('truncated', 2);
    intake.discard('overload', 3);
    intake.kernelDropped(5);
    intake.count('own.counter', 4);
    const partial = shard.handOver(1, false);
    expect(accountOf(partial)).toEqual({
      received: 23,
      aggregated: 4,
      kernel: 5,
      no_value: 1,
      empty_name: 1,
      bad_name: 1,
      unknown_type: 1,
      bad_value: 1,
      bad_rate: 1,
      bad_timestamp: 1,
      bad_tag: 1,
      name_too_long: 1,
      too_many_tags: 1,
      tag_too_long: 1,
      line_too_long: 1,
      bad_event: 1,
      bad_service_check: 1,
      truncated: 2,
      overload: 3,
    });
    expect(partial.accounts[0]!.counts).toEqual(new Map([['own.counter', 4]]));
    expect([partial.events.length, partial.serviceChecks.length]).toEqual([1, 1]);
    expect(accountOf(shard.handOver(2, false))).toEqual({});
  });

  it('accounts for any bytes', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'a:1|c',
        'a:+1|g',
        'b:1:2|ms|@0.5|#t:v',
        'u:x|s',
        '__proto__:1|c',
        '_e{1,1}:a|b',
        '_sc|a|0',
        'bad',
        '',
      ),
      fc.string({ maxLength: 30 }),
      fc.uint8Array({ maxLength: 30 }).map((raw) => Buffer.from(raw).toString('latin1')),
    );
    const input = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(input, fc.nat(3), (text, limit) => {
        const { shard, intake } = openShard({
          series: limit,
          events: 1,
          serviceChecks: 1,
          setMembers: 1,
          lineLength: 25,
        });
        const raw = Buffer.from(text, 'latin1');
        intake.lines(raw);
        const stream = intake.stream();
        stream.push(raw.subarray(0, 10));
        stream.push(raw.subarray(10));
        stream.end();
        const partial = shard.handOver(1, false);
        expect(missing(partial.accounts[0]!.slots)).toBe(0);
        openMerger().merge([partial], 0, 1, () => []);
      }),
      { numRuns: 500 },
    );
  });

  it('takes ready samples of every type', () => {
    const { shard, intake } = openShard();
    intake.sample('counter', 'jobs', 2, 'source:eu');
    intake.lines(bytes('jobs:1|c|#source:eu'));
    intake.sample('gauge', 'temp', -4);
    intake.sample('timer', 'größe', 5);
    intake.sample('histogram', 'h', 6);
    intake.sample('distribution', 'd', 7);
    intake.member('users', 'alice', 'x:ü');
    intake.member('users', 'bob', 'x:ü');
    intake.sample('counter', 'a:b|c', 1);
    intake.sample('counter', '', 1);
    intake.sample('counter', 'a\nb', 1);
    intake.sample('counter', 'nan', Number.NaN);
    intake.sample('counter', 'x'.repeat(70_000), 1);
    const partial = shard.handOver(1, false);
    expect(accountOf(partial)).toEqual({
      received: 13,
      aggregated: 9,
      empty_name: 1,
      bad_name: 1,
      bad_value: 1,
      name_too_long: 1,
    });
    expect(contents(windowsOf(openMerger({ percentiles: [50] }))(partial))).toEqual({
      'counter jobs{source:eu}': 3,
      'counter a:b|c': 1,
      'gauge temp': -4,
      'set users{x:ü}': 2,
      'timer größe': { count: 1, sum: 5, min: 5, max: 5, percentiles: [5] },
      'histogram h': { count: 1, sum: 6, min: 6, max: 6, percentiles: [6] },
      'distribution d': { count: 1, sum: 7, min: 7, max: 7, percentiles: [7] },
    });
  });

  it('reads no byte outside of what it was given', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('x:9|c\na:1|c\nb:1|c9|g'), 6, 17);
    expect(Object.keys(contents(windowsOf(openMerger())(shard.handOver(1, false))))).toEqual([
      'counter a',
      'counter b',
    ]);
  });
});

describe('limits', () => {
  it('counts what has no room for a series in one overflow series for each type', () => {
    const { shard, intake } = openShard({ series: 2 });
    intake.lines(bytes('a:1|c\nb:1|c\nc:1|c\nd:2|c\ne:5|ms\na:1|c'));
    const partial = shard.handOver(1, false);
    expect(accountOf(partial)).toEqual({ received: 6, aggregated: 6, overflowed: 3 });
    const found = contents(windowsOf(openMerger({ percentiles: [50] }))(partial));
    expect(found).toMatchObject({ 'counter a': 2, 'counter b': 1, 'counter statsdrain.overflow.counter': 3 });
    expect(found['timer statsdrain.overflow.timer']).toMatchObject({ count: 1, sum: 5 });
  });

  it('drops events and checks that have no room', () => {
    const { shard, intake } = openShard({ events: 1, serviceChecks: 0 });
    intake.lines(bytes('_e{1,1}:a|b\n_e{1,1}:c|d\n_sc|a|0'));
    expect(accountOf(shard.handOver(1, false))).toEqual({ received: 3, aggregated: 1, events: 1, service_checks: 1 });
  });

  it('drops points that have no room, and adds to those that are there', () => {
    const { shard, intake } = openShard({ points: 2 });
    intake.lines(bytes('a:1|c|T5\na:1|c|T6\na:1|c|T7\na:1|c|T5\nb:1:2|g|T5\nb:1|g'));
    const partial = shard.handOver(1, false);
    expect(accountOf(partial)).toEqual({ received: 6, aggregated: 4, points: 2 });
    expect([...partial.points.values.subarray(0, partial.points.length)]).toEqual([2, 1]);
  });

  it('follows a reload', () => {
    const { shard, intake } = openShard({ lineLength: 16 });
    const long = bytes(`${'x'.repeat(30)}:1|c`);
    intake.lines(long);
    shard.setLimits({
      ...{ series: 10, seriesPerName: 10, keyBytes: 1e6, nameLength: 100, tags: 5, tagLength: 50, lineLength: 100 },
      ...{
        timerValuesPerSeries: 10,
        timerValues: 10,
        setMembersPerSeries: 10,
        setMembers: 10,
        points: 1,
        events: 1,
        serviceChecks: 1,
      },
    });
    intake.lines(long);
    expect(accountOf(shard.handOver(1, false))).toEqual({ received: 2, aggregated: 1, line_too_long: 1 });
  });
});

describe('handing over', () => {
  // A message looks for each of its buffers among all the others: 250,000 sketches, one buffer each, took 18 s.
  it('takes no buffer for each of the sketches of many timers', () => {
    const buffersFor = (timers: number) => {
      const { shard, intake } = openShard({ timerValues: 1 });
      const lines = Array.from({ length: timers }, (_, timer) => `t${timer}:1:${timer}|ms`);
      intake.lines(bytes(lines.join('\n')));
      const partial = shard.handOver(1, false);
      const { series } = windowsOf(openMerger({ percentiles: [] }))(partial);
      const sums = Array.from(series, (one) => ('statistics' in one ? [one.name, one.statistics.sum] : []));
      expect(sums).toEqual(Array.from({ length: timers }, (_, timer) => [`t${timer}`, 1 + timer]));
      return transferList(partial).length;
    };
    // Names fill more chunks.
    expect(buffersFor(500) - buffersFor(1)).toBeLessThan(5);
  });

  it('tells of how many lines each key was in, from when somebody wants to know', () => {
    const { shard, intake } = openShard({ timerValuesPerSeries: 1, setMembersPerSeries: 1 });
    intake.lines(bytes('a:1|c\na:1|c'));
    const before = shard.handOver(1, false);
    expect([before.counters, before.gauges, before.timers, before.sets].map(({ lines }) => lines)).toEqual(
      Array(4).fill(undefined),
    );
    shard.setLines(true);
    intake.lines(bytes('a:1|c\nt:1:2:3|ms\nt:4|ms\nu:x|s\nu:y|s\nu:x|s\ng:1|g\ng:+1|g\na:1|c|T5\nbad\na:2|c'));
    intake.sample('timer', 't', 5);
    const counter = intake.series('counter', 'a');
    for (let value = 0; value < 5; value++) counter.add(value);
    intake.series('timer', 't').add(6);
    const linesOf = (partial: Partial) =>
      [partial.counters, partial.gauges, partial.timers, partial.sets].map(({ lines }) => [...lines!]);
    // A line with three values counts once, one with a time of its own is in no series, and ready samples count as lines.
    expect(linesOf(shard.handOver(2, false))).toEqual([[7], [2], [4], [3]]);
    expect(linesOf(shard.handOver(3, false))).toEqual([[], [], [], []]);
    shard.setLines(false);
    expect(shard.handOver(4, false).counters.lines).toBeUndefined();
  });

  it('counts lines for the series that take what has no room', () => {
    const { shard, intake } = openShard({ series: 1 });
    shard.setLines(true);
    intake.lines(bytes('a:1|c\nb:1|c\nc:1|c\na:1|c'));
    expect([...shard.handOver(1, false).counters.lines!]).toEqual([2, 2]);
  });

  it('shares nothing between two windows, and sends each name once', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('a:1|c\ng:1|g\nt:1|ms\nu:x|s'));
    const first = shard.handOver(1, false);
    intake.lines(bytes('a:5|c\nu:y|s'));
    const second = shard.handOver(2, true);
    expect([first.keys.length, second.keys.length, first.final, second.final]).toEqual([4, 0, false, true]);
    const next = windowsOf(openMerger({ percentiles: [] }));
    expect(contents(next(first))).toMatchObject({ 'counter a': 1, 'gauge g': 1, 'set u': 1 });
    expect(contents(next(second))).toEqual({ 'counter a': 5, 'gauge g': 1, 'set u': 1 });
  });

  it('remembers keys of points alone as it does others', () => {
    const { shard, intake } = openShard();
    const announced: number[] = [];
    for (let window = 0; window < 20; window++) {
      intake.lines(bytes('a:1|c|T5'));
      shard.tidy();
      announced.push(shard.handOver(1, false).keys.length);
    }
    expect(announced).toEqual([1, ...announced.slice(1).map(() => 0)]);
    for (let window = 0; window < 6; window++) shard.handOver(1, false);
    expect(shard.handOver(1, false).liveKeys).toBe(0);
  });

  it('retires keys that were not used for some windows, and gives their ids again', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('old:1|c'));
    const next = windowsOf(openMerger());
    let retired = 0;
    for (let window = 0; window < 10; window++) {
      intake.lines(bytes('kept:1|c'));
      const partial = shard.handOver(window, false);
      retired += partial.retired.length;
      expect(contents(next(partial))['counter kept']).toBe(1);
    }
    expect(retired).toBe(1);
    intake.lines(bytes('new:1|c\nold:2|c'));
    expect(contents(next(shard.handOver(20, false)))).toEqual({ 'counter new': 1, 'counter old': 2 });
  });

  it('hands over the account of a front-end that ended', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('a:1|c'));
    shard.release('test');
    expect(accountOf(shard.handOver(1, false))).toEqual({ received: 1, aggregated: 1 });
    expect(shard.handOver(2, false).accounts).toEqual([]);
  });
});

describe('the last partial', () => {
  it('retires every key, since nobody hears of them again', () => {
    const { shard, intake } = openShard();
    intake.lines(Buffer.from('a:1|c\nb:1|g'));
    expect(shard.handOver(1000, false).retired).toHaveLength(0);
    intake.lines(Buffer.from('c:1|ms'));
    expect(shard.handOver(2000, true).retired.toSorted()).toEqual(Uint32Array.of(0, 1, 2));
  });
});
