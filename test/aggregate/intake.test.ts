import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { type Partial, transferList } from '../../src/partial/partial.ts';
import type { Intake, SeriesInput } from '../../src/plugin.ts';
import {
  AGGREGATED,
  dropReasons,
  dropSlot,
  OVERFLOWED,
  PACKETS,
  RECEIVED,
  type RejectReason,
  rejectReasons,
  rejectSlot,
} from '../../src/protocol/reasons.ts';
import { type Bench, contents, openMerger, openShard, windowsOf } from '../helper/shard.ts';

const bytes = (text: string) => Buffer.from(text);
const slotOf = (partial: Partial, slot: number) => partial.accounts[0]!.slots[slot]!;
const contentsOf = (partial: Partial) => contents(windowsOf(openMerger({ percentiles: [] }))(partial));

describe('a line', () => {
  const limits = { ...defaultSettings.limits, nameLength: 10, tags: 2, tagLength: 6, lineLength: 60 };
  const lines: ReasonTable = {
    no_value: ['a', 'a:1', '|'],
    empty_name: [':1|c', ';a=b:1|c', ':'],
    bad_name: ['a\0:1|c', '\x7f:1|c', '\t'],
    name_too_long: ['elevenchars:1|c', 'elevenchars;k=v:1|c|#t', `${'é'.repeat(6)}:1|c`],
    unknown_type: ['a:1|', 'a:1|x', 'a:1|C'],
    bad_value: ['a:x|c', 'a:|g', 'a:NaN|ms'],
    bad_rate: ['a:1|c|@0', 'a:1|c|@2', 'a:1|c|@5e-324'],
    bad_timestamp: ['a:1|c|T', 'a:1|c|T0', 'a:1|c|Tx'],
    bad_tag: ['a:1|c|#\x01', 'a:1|c|#a,\tb', 'a:1|c|#a\r\r'],
    too_many_tags: ['a:1|c|#1,2,3', 'a;1;2;3:1|c', 'a;1:1|c|#2,3'],
    tag_too_long: ['a:1|c|#sevench', 'a;sevench:1|c', 'a:1|c|#ok,sevench'],
    line_too_long: ['x'.repeat(61), `a:${'1'.repeat(60)}|c`, `_e{1,1}:a|${'b'.repeat(60)}`],
    bad_event: ['_e{', '_e{1,1}:a', '_e{9,9}:a|b'],
    bad_service_check: ['_sc|', '_sc|a|9', '_sc||0'],
  };

  it.each(Object.entries(lines) as [RejectReason, string[]][])('is rejected for %s', (reason, rejected) => {
    const { shard, intake } = openShard(limits);
    for (const line of rejected) intake.lines(bytes(`${line}\n`));
    const partial = shard.handOver(1, false);
    expect(slotOf(partial, rejectSlot(reason))).toBe(rejected.length);
    expect([slotOf(partial, RECEIVED), slotOf(partial, AGGREGATED)]).toEqual([rejected.length, 0]);
    expect(contentsOf(partial)).toEqual({});
  });

  it('is none when it is blank', () => {
    const { shard, intake } = openShard();
    for (const text of ['', '\n', '\n\n\n', '\r\n', '\r\n\r\n', '\r']) intake.lines(bytes(text));
    const stream = intake.stream();
    stream.push(bytes('\r'));
    stream.push(bytes('\n\n'));
    stream.end();
    expect(slotOf(shard.handOver(1, false), RECEIVED)).toBe(0);
  });

  it('counts for its front-end, by tags where there are some', () => {
    const { shard, intake } = openShard();
    intake.count('own', 1);
    intake.count('own', 2, ['rule:a']);
    intake.count('own', 3, ['rule:a']);
    const { accounts } = shard.handOver(1, false);
    expect([...accounts[0]!.counts]).toEqual([
      ['own', 1],
      ['own\nrule:a', 5],
    ]);
  });

  it('is of the dialect of its front-end', () => {
    const { shard, intake } = openShard();
    const agent = shard.intake('agent', 'dogstatsd');
    for (const line of ['g:5|g', 'g:+3|g']) intake.lines(bytes(line));
    for (const line of ['h:5|g', 'h:+3|g']) agent.lines(bytes(line));
    expect(contentsOf(shard.handOver(1, false))).toEqual({ 'gauge g': 8, 'gauge h': 3 });
  });

  describe('of the dialect dogstatsd', () => {
    const clippedIn = ({ accounts }: Partial) => accounts.find(({ frontend }) => frontend === 'agent')?.counts;

    it('is clipped and counted where its tags are over a limit, whenever it comes', () => {
      const { shard } = openShard(limits);
      const agent = shard.intake('agent', 'dogstatsd');
      const merge = windowsOf(openMerger({ percentiles: [], limits }));
      for (let window = 0; window < 3; window++) {
        for (const line of ['a:1|c|#z,y,x', 'a:1|c|#y,z', 'b:1|c:5|g|#abcdefgh', 'a:1|c|#z,y,w']) {
          agent.lines(bytes(line));
        }
        const partial = shard.handOver(window, false);
        expect(contents(merge(partial))).toEqual({
          'counter a{y,z}': 3,
          'counter b{abcdef}': 1,
          'gauge b{abcdef}': 5,
        });
        const { slots } = partial.accounts.find(({ frontend }) => frontend === 'agent')!;
        expect([slots[RECEIVED], slots[AGGREGATED]]).toEqual([4, 4]);
        expect(clippedIn(partial)).toEqual(new Map([['tags.clipped', 3]]));
      }
    });

    it('keeps control bytes in tags, which clip nothing', () => {
      const { shard } = openShard(limits);
      const agent = shard.intake('agent', 'dogstatsd');
      agent.lines(bytes('a:1|c|#a\tb\na:1|c|#a\tb\na:1|c|#\x01'));
      const partial = shard.handOver(1, false);
      expect(contentsOf(partial)).toEqual({ 'counter a{a\tb}': 2, 'counter a{\x01}': 1 });
      expect(clippedIn(partial)).toEqual(new Map());
    });

    it('makes nothing known that other dialects refuse', () => {
      const { shard, intake } = openShard(limits);
      const agent = shard.intake('agent', 'dogstatsd');
      for (const line of ['a:1|c|#z,y,x', 'a:1|c|#a\tb']) {
        agent.lines(bytes(line));
        intake.lines(bytes(line));
      }
      const { slots } = shard.handOver(1, false).accounts.find(({ frontend }) => frontend === 'test')!;
      expect([slots[rejectSlot('too_many_tags')], slots[rejectSlot('bad_tag')]]).toEqual([1, 1]);
    });

    it('is refused where more than its tags is over a limit', () => {
      const { shard } = openShard({ ...limits, nameLength: 12 });
      const agent = shard.intake('agent', 'dogstatsd');
      agent.lines(bytes('thirteenchars:1|c|#1,2,3\nstatsdrain.x:1|c|#1,2,3'));
      const { slots } = shard.handOver(1, false).accounts.find(({ frontend }) => frontend === 'agent')!;
      expect([slots[rejectSlot('name_too_long')], slots[rejectSlot('reserved_name')]]).toEqual([1, 1]);
    });

    it('goes into an overflow series where there is no room for another one', () => {
      const { shard } = openShard({ ...limits, series: 1 });
      const agent = shard.intake('agent', 'dogstatsd');
      agent.lines(bytes('a:1|c\na:2|c|#z,y,x\na:3|c|#z,y,x'));
      expect(contentsOf(shard.handOver(1, false))).toEqual({
        'counter a': 1,
        'counter statsdrain.overflow.counter': 5,
      });
    });
  });

  it('of several types is taken whole when a reload has made its limits tighter', () => {
    const { shard, intake } = openShard({ tags: 2 });
    intake.lines(bytes('a:1|c|#x,y'));
    shard.setLimits({ ...defaultSettings.limits, tags: 1 });
    intake.lines(bytes('a:1|c:5|g|#x,y\nb:1|c:5|g|#x,y'));
    const partial = shard.handOver(1, false);
    expect([slotOf(partial, AGGREGATED), slotOf(partial, rejectSlot('too_many_tags'))]).toEqual([2, 1]);
    expect(contentsOf(partial)).toEqual({ 'counter a{x,y}': 2, 'gauge a{x,y}': 5 });
  });

  it('of several types that has no room counts once', () => {
    const { shard, intake } = openShard({ series: 1 });
    intake.lines(bytes('a:1|c\nb:1|c:2|g:3|c'));
    const partial = shard.handOver(1, false);
    expect([slotOf(partial, AGGREGATED), slotOf(partial, OVERFLOWED)]).toEqual([2, 1]);
    expect(contentsOf(partial)).toEqual({
      'counter a': 1,
      'counter statsdrain.overflow.counter': 4,
      'gauge statsdrain.overflow.gauge': 2,
    });
  });

  it('may be as long as the largest limits allow', () => {
    const size = 65_536;
    const { shard, intake } = openShard({ lineLength: size, nameLength: 65_535, tags: 65_535, tagLength: 65_535 });
    const tags = Array.from({ length: 15 }, (_, tag) => String.fromCharCode(97 + tag).repeat(4_000));
    intake.lines(bytes(`before:1|c\nlong:1|c|#${tags.join()}\nafter:1|c\nlong:2|c|#${tags.join()}`));
    const found = contentsOf(shard.handOver(1, false));
    expect(found).toEqual({ 'counter before': 1, [`counter long{${tags.join()}}`]: 3, 'counter after': 1 });
  });

  it('keeps a byte order mark: the name is not what follows it', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('\ufeff:1|c\n\ufeffa:1|c\na:1|c|#\ufeff'));
    expect(contentsOf(shard.handOver(1, false))).toEqual({
      'counter \ufeff': 1,
      'counter \ufeffa': 1,
      'counter a{\ufeff}': 1,
    });
  });
});

describe('a ready sample', () => {
  it('is subject to the limits of a line', () => {
    const { shard, intake } = openShard({ nameLength: 5, tags: 1, tagLength: 4 });
    const rejected: readonly [RejectReason, () => void][] = [
      ['name_too_long', () => intake.sample('counter', 'abcdef', 1)],
      ['too_many_tags', () => intake.sample('gauge', 'a', 1, 'x,y')],
      ['too_many_tags', () => intake.sample('timer', 'a', 1, 'x'.repeat(70_000))],
      ['tag_too_long', () => intake.member('a', 'm', 'abcde')],
      ['bad_tag', () => intake.sample('counter', 'a', 1, 'x\n')],
      ['bad_name', () => intake.member('a\n', 'm')],
      ['empty_name', () => intake.sample('counter', '', 1)],
      ['empty_name', () => intake.sample('counter', ';k=v', 1)],
      ['empty_name', () => intake.member('', 'm')],
      ['bad_value', () => intake.sample('gauge', 'a', Number.POSITIVE_INFINITY)],
      ['bad_value', () => intake.member('a', 'm'.repeat(70_000))],
    ];
    for (const [reason, push] of rejected) {
      push();
      const partial = shard.handOver(1, false);
      expect([slotOf(partial, RECEIVED), slotOf(partial, rejectSlot(reason))], reason).toEqual([1, 1]);
      expect(contentsOf(partial)).toEqual({});
    }
  });

  it('has tags of any characters but commas, which divide them, and control characters', () => {
    const { shard, intake } = openShard();
    const odd = ['k:v:w', 'alone', 'a|b', 'x=y z', '#h', '@0.1', ':', 'größe:\u{1F321}', 'back\\slash', 'q"\'`'];
    intake.sample('counter', 'c', 1, [...odd, '', 'alone', ''].join());
    intake.sample('counter', 'c', 1, [...odd].reverse().join());
    intake.sample('counter', 'd', 1, 'half:\uD800');
    intake.sample('counter', 'e', 1, 'good,bad:\x7f');
    intake.sample('counter', 'e', 1, 'good,bad:\u001f');
    const partial = shard.handOver(1, false);
    expect(contentsOf(partial)).toEqual({ [`counter c{${odd.sort().join()}}`]: 2, 'counter d{half:\uFFFD}': 1 });
    expect(slotOf(partial, rejectSlot('bad_tag'))).toBe(2);
  });

  it('counts one that a front-end cannot hand over as rejected', () => {
    const { shard, intake } = openShard();
    intake.discard('unsupported', 3);
    const partial = shard.handOver(1, false);
    expect([slotOf(partial, RECEIVED), slotOf(partial, rejectSlot('unsupported'))]).toEqual([3, 3]);
  });

  it('has an absolute value, and tags of either style', () => {
    const { shard, intake } = openShard();
    intake.sample('gauge', 'g', 5);
    intake.sample('gauge', 'g', -2);
    intake.sample('counter', 'c;b=2', 1, 'a:1');
    intake.lines(bytes('c:1|c|#b:2,a:1'));
    expect(contentsOf(shard.handOver(1, false))).toEqual({ 'counter c{a:1,b:2}': 2, 'gauge g': -2 });
  });

  it.each([
    [
      'by itself',
      ({ intake }: Bench): Adder =>
        (type, name) =>
        (value, weight) =>
          intake.sample(type, name, value, '', weight),
    ],
    [
      'of a series',
      ({ intake }: Bench): Adder =>
        (type, name) =>
          intake.series(type, name).add,
    ],
  ])('%s stands for as many as its weight says', (_, adderOf) => {
    const bench = openShard({ timerValuesPerSeries: 2 });
    const adder = adderOf(bench);
    const [counter, timer, gauge] = [adder('counter', 'c'), adder('timer', 't'), adder('gauge', 'g')];
    const [histogram, distribution] = [adder('histogram', 'h'), adder('distribution', 'd')];
    for (const [value, weight] of [[3], [5, 10], [7, 0.5]] as const) {
      for (const add of [counter, timer, histogram, distribution, gauge]) add(value, weight);
    }
    const partial = bench.shard.handOver(1, false);
    expect([slotOf(partial, RECEIVED), slotOf(partial, AGGREGATED)]).toEqual([15, 15]);
    // 3 once, 5 ten times and 7 half a time: 56.5. The last of the others has no room as an exact value.
    const weighted = { count: 11.5, sum: 56.5, min: 3, max: 7, percentiles: [] };
    expect(contentsOf(partial)).toEqual({
      'counter c': 56.5,
      'gauge g': 7,
      'timer t': weighted,
      'histogram h': weighted,
      'distribution d': weighted,
    });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'is refused with the weight %s, whatever its type',
    (weight) => {
      const { shard, intake } = openShard();
      const types = ['counter', 'gauge', 'timer', 'histogram', 'distribution'] as const;
      const series = types.map((type) => intake.series(type, 'known'));
      for (const one of series) one.add(1);
      shard.handOver(1, false);
      for (const type of types) intake.sample(type, 'a', 1, '', weight);
      for (const one of series) one.add(1, weight);
      const partial = shard.handOver(2, false);
      expect([slotOf(partial, RECEIVED), slotOf(partial, rejectSlot('bad_value'))]).toEqual([10, 10]);
      expect(contentsOf(partial)).toEqual({});
    },
  );

  it('of a series weighs 1 again after one that did not', () => {
    const { shard, intake } = openShard();
    const series = intake.series('counter', 'c');
    for (const weight of [4, undefined, 2, undefined]) series.add(1, weight);
    intake.sample('counter', 'c', 1, '', 10);
    intake.sample('counter', 'c', 1);
    intake.member('s', 'm');
    expect(contentsOf(shard.handOver(1, false))).toEqual({ 'counter c': 19, 'set s': 1 });
  });

  it('leaves nothing behind for the next one', () => {
    const { shard, intake } = openShard();
    intake.member('a', 'x', 'tag:long');
    intake.member('a', 'y', 't');
    intake.member('a', '');
    intake.sample('counter', 'é', 1, 'é');
    intake.sample('counter', 'e', 1);
    expect(contentsOf(shard.handOver(1, false))).toEqual({
      'counter é{é}': 1,
      'counter e': 1,
      'set a': 1,
      'set a{t}': 1,
      'set a{tag:long}': 1,
    });
  });
});

describe('the account', () => {
  const names = fc.constantFrom('a', 'b', '__proto__', 'é', 'a;k=v', 'long-name-here', '', ';', '\0', '_e', '_sc');
  const good = fc.constantFrom('1|c', '+1|g', '2|g', '3:4|ms|@0.5', 'x|s', 'y|s', 'z|s', '5|d|#t:1', '1|c:2|s:3|g');
  const bad = fc.constantFrom('x|c', '1|q', '1', '1|c|@0', '1|c|T0', '1|c|#\x01', '1|c|#1,2,3');
  const metric = fc.tuple(names, fc.oneof(good, bad)).map((parts) => parts.join(':'));
  const other = fc.constantFrom('_e{1,1}:a|b', '_e{1,1}:a', '_sc|a|0', '_sc|a|7', '', '\r', 'x'.repeat(50));
  const raw = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'));
  const line = fc.oneof({ weight: 5, arbitrary: metric }, { weight: 2, arbitrary: other }, raw);

  it('is even: received = aggregated + rejected + dropped, line for line', () => {
    const limits = { events: 2, serviceChecks: 1, nameLength: 10, tags: 2, tagLength: 5, lineLength: 40, series: 3 };
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.array(fc.nat(2000), { maxLength: 5 }), (all, cuts) => {
        const input = Buffer.from(all.join('\n'), 'latin1');
        const expected = input
          .toString('latin1')
          .split('\n')
          .filter((one) => one !== '' && one !== '\r').length;
        const whole = openShard({ ...limits, setMembersPerSeries: 1 });
        whole.intake.lines(input);
        const cut = openShard({ ...limits, setMembersPerSeries: 1 });
        const stream = cut.intake.stream();
        const places = [0, ...cuts.map((place) => Math.min(place, input.length)), input.length].sort((a, b) => a - b);
        places.slice(1).forEach((end, index) => {
          stream.push(input.subarray(places[index], end));
        });
        stream.end();
        const partials = [whole, cut].map(({ shard }) => shard.handOver(1, false));
        for (const partial of partials) {
          const reasons = [...rejectReasons.map(rejectSlot), ...dropReasons.map(dropSlot)];
          const lost = reasons.reduce((sum, slot) => sum + slotOf(partial, slot), 0);
          expect(slotOf(partial, RECEIVED)).toBe(expected);
          expect(slotOf(partial, AGGREGATED) + lost).toBe(expected);
        }
        // A stream has a packet for each chunk that ends a line.
        for (const { accounts } of partials) accounts[0]!.slots[PACKETS] = 0;
        // What a stream skips because it is too long is not there to be shown.
        const accountsOf = ({ accounts }: Partial) =>
          accounts.map((one) => ({
            ...one,
            examples: one.examples.filter(({ reason }) => reason !== 'line_too_long'),
          }));
        expect(accountsOf(partials[1]!)).toEqual(accountsOf(partials[0]!));
        expect(contentsOf(partials[1]!)).toEqual(contentsOf(partials[0]!));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a partial', () => {
  it('moves every array that it holds, each once', () => {
    const { shard, intake } = openShard({ timerValuesPerSeries: 1, setMembersPerSeries: 1 });
    shard.intake('other', 'auto').lines(bytes('bad'));
    intake.lines(bytes('a:1|c\ng:1|g\ng:+1|g\nt:1:2:3|ms|@0.5\nt:1:2|h\nu:x|s:y|s\nv:x|s:y|s\n_sc|a|0'));
    const partial = shard.handOver(1, false);
    const held: ArrayBufferLike[] = [];
    const visit = (value: unknown): void => {
      if (ArrayBuffer.isView(value)) held.push(value.buffer);
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
    };
    visit(partial);
    const moved = transferList(partial);
    expect(moved.length).toBe(held.length);
    expect(new Set(moved)).toEqual(new Set(held));
    expect(new Set(moved).size).toBe(moved.length);
    const copy = structuredClone(partial, { transfer: moved });
    expect(held.every((buffer) => buffer.byteLength === 0)).toBe(true);
    intake.lines(bytes('a:2|c'));
    const next = windowsOf(openMerger({ percentiles: [] }));
    expect(contents(next(copy))).toMatchObject({ 'counter a': 1, 'gauge g': 2, 'set u': 2, 'set v': 2 });
    expect(contents(next(shard.handOver(2, false)))).toMatchObject({ 'counter a': 2, 'gauge g': 2 });
  });
});

/** A way to add samples to one series. */
type Adder = (type: Parameters<Intake['series']>[0], name: string) => SeriesInput['add'];
type ReasonTable = { readonly [Reason in RejectReason]?: readonly string[] };
