import { describe, expect, it } from 'vitest';
import { defaultSettings, defaultStatsdSettings, type StatsdSettings } from '../../src/config/settings.ts';
import {
  AGGREGATED,
  BAD_VALUES,
  dropReasons,
  dropSlot,
  PACKETS,
  RECEIVED,
  type RejectReason,
  rejectReasons,
  rejectSlot,
} from '../../src/protocol/reasons.ts';
import { contents, openMerger, openShard, windowsOf } from '../helper/shard.ts';
import { openStatsd } from '../helper/statsd-contents.ts';

const bytes = (text: string) => Buffer.from(text);

/** The account of a window: lines by what became of them, packets and bad values. */
function accountOf(shard: ReturnType<typeof openStatsd>['shard']) {
  const { slots } = shard.handOver(1, false).accounts[0]!;
  const reasons = [
    ...rejectReasons.map((reason) => [reason, rejectSlot(reason)] as const),
    ...dropReasons.map((reason) => [reason, dropSlot(reason)] as const),
  ];
  return {
    received: slots[RECEIVED],
    aggregated: slots[AGGREGATED],
    packets: slots[PACKETS],
    bad: slots[BAD_VALUES],
    ...Object.fromEntries(
      reasons.filter(([, slot]) => slots[slot]! > 0).map(([reason, slot]) => [reason, slots[slot]]),
    ),
  };
}

describe('the account of an intake of the dialect statsd', () => {
  it.each([
    ['a:1|c', { received: 1, aggregated: 1, packets: 1, bad: 0 }],
    ['', { received: 0, aggregated: 0, packets: 1, bad: 0 }],
    ['\n\n', { received: 0, aggregated: 0, packets: 1, bad: 0 }],
    ['\r\n', { received: 1, aggregated: 0, packets: 1, bad: 1, no_value: 1 }],
    ['a:1|c:x|c:y|c', { received: 1, aggregated: 1, packets: 1, bad: 2 }],
    ['a:x|c:y|c\nb', { received: 2, aggregated: 0, packets: 1, bad: 3, bad_value: 1, no_value: 1 }],
    ['a:x|c:1|c|@0', { received: 1, aggregated: 0, packets: 1, bad: 2, bad_value: 1 }],
    ['a:1|c|@0:x|c', { received: 1, aggregated: 0, packets: 1, bad: 2, bad_rate: 1 }],
    ['_e{1,1}:a|b', { received: 1, aggregated: 0, packets: 1, bad: 1, bad_value: 1 }],
  ])('%j', (packet, expected) => {
    const { shard, intake } = openStatsd();
    intake.lines(bytes(packet));
    expect(accountOf(shard)).toEqual(expected);
  });

  it('has one bad value more for a line that is over a limit', () => {
    const { shard, intake } = openStatsd({ nameLength: 5, tags: 2, tagLength: 4, lineLength: 30 });
    const lines: readonly (readonly [RejectReason, string, number])[] = [
      ['name_too_long', 'abcdef:1|c', 1],
      ['too_many_tags', 'a:1|c|#a,b,c', 1],
      ['too_many_tags', 'a;x;y:1|c|#a', 1],
      ['tag_too_long', 'a:1|c:x|c|#abcde', 2],
      ['line_too_long', `a:${'1'.repeat(30)}|c`, 1],
    ];
    for (const [reason, line, bad] of lines) {
      intake.lines(bytes(line));
      expect(accountOf(shard), line).toEqual({ received: 1, aggregated: 0, packets: 1, bad, [reason]: 1 });
    }
    const stream = intake.stream();
    for (const chunk of ['a'.repeat(20), 'b'.repeat(20), '\n']) stream.push(bytes(chunk));
    expect(accountOf(shard)).toEqual({ received: 1, aggregated: 0, packets: 1, bad: 1, line_too_long: 1 });
    intake.discard('truncated', 2);
    expect(accountOf(shard)).toEqual({ received: 2, aggregated: 0, packets: 0, bad: 2, truncated: 2 });
  });

  it('has control characters in names and tags as no fault', () => {
    const { intake, take } = openStatsd();
    intake.lines(bytes('a\0\x1b\x7f:1|c|#k\x01:\tv'));
    expect(take()).toMatchObject({ counters: new Map([['a;k=_v', 1]]), badValues: 0 });
  });

  it('follows a reload of the longest line, whatever comes first after it', () => {
    const { shard, intake, take } = openStatsd({ lineLength: 10 });
    const long = Array.from({ length: 10 }, (_, index) => `:${index}|c`).join('');
    intake.lines(bytes(`a${long}`));
    expect(take()).toMatchObject({ badValues: 1 });
    shard.setLimits({ ...defaultSettings.limits, lineLength: 100 });
    intake.stream().push(bytes(`a${long}\n`));
    expect(take()).toMatchObject({ counters: new Map([['a', 45]]), badValues: 0 });
  });
});

describe('packets', () => {
  it.each(['auto', 'dogstatsd', 'statsd'] as const)('are counted in the dialect %s', (dialect) => {
    const { shard } = openShard();
    shard.release('test');
    shard.handOver(0, false);
    const intake = shard.intake('test', dialect);
    for (const packet of ['a:1|c\nb:2|c\n', 'a:1|c', '', 'bad']) intake.lines(bytes(packet));
    const stream = intake.stream();
    for (const chunk of ['a:1|c\nb:', '2|c', '\n', '\n\n', 'tail']) stream.push(bytes(chunk));
    stream.end();
    expect(accountOf(shard).packets).toBe(4 + 3);
    intake.sample('counter', 'ready', 1);
    expect(accountOf(shard).packets).toBe(0);
  });

  it('are datagrams where they lie in memory, empty ones too', () => {
    const { shard, intake } = openStatsd();
    const { input } = intake.store();
    const datagrams = { bytes: input, stride: 64, lengths: input + 1024, lengthStride: 4 };
    for (let window = 0; window < 2; window++) {
      const view = intake.store().bytes();
      const texts = ['a:1|c\nb:x|c', '', 'a:+1|g\n'];
      texts.forEach((text, number) => {
        view.set(bytes(text), input + number * 64);
        new DataView(view.buffer).setUint32(input + 1024 + number * 4, text.length, true);
      });
      intake.datagrams(datagrams, texts.length);
      expect(accountOf(shard)).toEqual({ received: 3, aggregated: 2, packets: 3, bad: 1, bad_value: 1 });
    }
  });
});

describe('a stream in the dialect statsd', () => {
  it('is 7-bit ASCII, where a datagram is UTF-8', () => {
    const { intake, take } = openStatsd();
    intake.lines(bytes('é:é|s\n'));
    expect(take().sets).toEqual(new Map([['', ['é']]]));
    const stream = intake.stream();
    stream.push(bytes('é:é|s\n'));
    // é is c3 a9, which is C and ) with the highest bit.
    expect(take().sets).toEqual(new Map([['C', ['C)']]]));
    stream.push(Buffer.from([0x61, 0xba, 0x31, 0xfc, 0x63, 0x8a]));
    expect(take().counters).toEqual(new Map([['a', 1]]));
  });

  it('leaves the bytes that it was given as they are', () => {
    const { intake } = openStatsd();
    const chunk = bytes('é:1|c\n');
    intake.stream().push(chunk);
    expect(chunk).toEqual(bytes('é:1|c\n'));
  });

  it('ends with its last LF: what follows is neither taken nor counted', () => {
    const { shard, intake } = openStatsd();
    const stream = intake.stream();
    for (const chunk of ['a:1|c\nb:', '2|c\nc:3|', 'c']) stream.push(bytes(chunk));
    stream.end();
    expect(accountOf(shard)).toEqual({ received: 2, aggregated: 2, packets: 2, bad: 0 });
  });
});

describe('members of sets that are stored as other bytes', () => {
  it('are distinct by what they are stored as', () => {
    const { intake, take } = openStatsd();
    intake.lines(Buffer.from('a:|s:0|s:\xff|s:\xfe|s:x\xff|s:y|s', 'latin1'));
    expect(take().sets).toEqual(new Map([['a', ['0', 'x\ufffd', 'y', '\ufffd']]]));
  });

  it('have a place of their own beside the name of the overflow series', () => {
    const { shard, intake } = openStatsd({ series: 1 });
    intake.lines(Buffer.from('a:1|c\nb:\xff|s:|s:\xfe|s:2|c', 'latin1'));
    const window = windowsOf(openMerger())(shard.handOver(1, false));
    expect(contents(window)).toEqual({
      'counter a': 1,
      'counter statsdrain.overflow.counter': 2,
      'set statsdrain.overflow.set': 2,
    });
  });

  it('are bad where they have no room', () => {
    const { intake, take } = openStatsd({ lineLength: 65_536 });
    // Each byte takes three: 43,000 have room, 44,000 have not.
    for (let window = 0; window < 2; window++) {
      intake.lines(Buffer.from(`a:${'\xff'.repeat(43_000)}|s:x|s`, 'latin1'));
      intake.lines(Buffer.from(`a:${'\xff'.repeat(44_000)}|s:y|s`, 'latin1'));
      const { sets, badValues, lines } = take();
      expect([badValues, lines]).toEqual([1, 2]);
      expect(sets).toEqual(new Map([['a', ['x', 'y', '\ufffd'.repeat(43_000)]]]));
    }
  });
});

describe('a window of keys of the dialect statsd', () => {
  const window = (lines: string, statsd?: Partial<StatsdSettings>) => {
    const { shard, intake } = openStatsd();
    intake.lines(bytes(lines));
    const settings = statsd === undefined ? {} : { statsd: { ...defaultStatsdSettings, ...statsd } };
    return contents(windowsOf(openMerger({ percentiles: [], ...settings }))(shard.handOver(1, false)));
  };

  it('has series by the original’s keys', () => {
    expect(window('a b:1|c\na_b:2|c\na/b:3|g|#t:v\n:1|c\nx;k=v:1|h|#z:1,a:2,z:1\nu:é|s|@0.1')).toEqual({
      'counter a_b': 3,
      'gauge a-b{t:v}': 3,
      'counter _': 1,
      'counter x{a:2,k:v,z:1}': 1,
      'set u': 1,
    });
  });

  it('has them as sent without "keyNameSanitize"', () => {
    expect(window('a b:1|c\na_b:2|c', { keyNameSanitize: false })).toEqual({ 'counter a b': 1, 'counter a_b': 2 });
    expect(window('a b:1|c\na_b:2|c', {})).toEqual({ 'counter a_b': 3 });
  });

  it('shares its series with lines of the other dialects', () => {
    const { shard, intake } = openStatsd();
    const native = shard.intake('native', 'auto');
    intake.lines(bytes('a:1|c|#k:v\nconstructor:1|c'));
    native.lines(bytes('a:2|c|#k:v\n__proto__:1|c'));
    expect(contents(windowsOf(openMerger())(shard.handOver(1, false)))).toEqual({
      'counter a{k:v}': 3,
      'counter constructor': 1,
      'counter __proto__': 1,
    });
  });

  it('adds the deltas of a gauge one by one', () => {
    const { shard, intake } = openStatsd();
    const windows = windowsOf(openMerger());
    intake.lines(bytes('a:5|g:+.1|g:+.2|g\nb:5|g'));
    // (5 + 0.1) + 0.2, not 5 + (0.1 + 0.2).
    expect(contents(windows(shard.handOver(1, false)))).toEqual({ 'gauge a': 5.3, 'gauge b': 5 });
    intake.lines(bytes('b:+.1|g\nb:+.2|g\na:-1|g'));
    expect(contents(windows(shard.handOver(2, false)))).toEqual({ 'gauge a': 4.3, 'gauge b': 5.3 });
  });
});
