import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createShard } from '../../src/aggregate/shard.ts';
import { type Dialect, defaultSettings } from '../../src/config/settings.ts';
import { KEY_RECORD_HEAD, MEMBER_RECORD_HEAD, type Partial, recordLength } from '../../src/partial/partial.ts';
import { TYPE_BITS } from '../../src/protocol/codes.ts';
import { AGGREGATED, RECEIVED } from '../../src/protocol/reasons.ts';
import { metricTypes } from '../../src/protocol/types.ts';
import { addOtherKeys, MANY_KEYS } from '../helper/other-keys.ts';
import { letters, readSlowly } from '../protocol/oracle.ts';

/**
 * The WebAssembly plane reads lines of known keys by itself and leaves the rest to the parser in TypeScript. Whoever took
 * a line, the result must be that of a grammar made of strings and regular expressions.
 */

/** By `type name#tags`: a counter's sum, a gauge's last value, values with weights in order, members in order. */
type Contents = Record<string, unknown>;

interface Outcome {
  readonly received: number;
  readonly aggregated: number;
  readonly contents: Contents;
  /** By `type name#tags`: lines that it was in. */
  readonly lines: Readonly<Record<string, number>>;
}

function expected(lines: readonly string[], dialect: Dialect): Outcome {
  let received = 0;
  let aggregated = 0;
  const contents = new Map<string, unknown>();
  const counts = new Map<string, number>();
  const list = (key: string) => {
    if (!contents.has(key)) contents.set(key, []);
    return contents.get(key) as unknown[];
  };
  for (const text of lines) {
    if (text === '' || text === '\r') continue;
    received++;
    const line = readSlowly(text, dialect);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a tag must not hold, but for the Datadog Agent
    if (typeof line === 'string' || (dialect === 'auto' && /[\x00-\x1f\x7f]/.test(line.tags))) continue;
    aggregated++;
    if (line.timestamp !== undefined) {
      for (const { type, values = [] } of line.groups) {
        const key = `${type} ${line.name}#${line.tags} at ${line.timestamp}`;
        const known = type === 'counter' && contents.has(key) ? [contents.get(key) as number] : [];
        const counted = type === 'counter' ? [...known, ...values] : values.slice(-1);
        contents.set(
          key,
          counted.reduce((sum, value) => sum + value),
        );
      }
      continue;
    }
    for (const [group, { type, weight, values = [], members = [] }] of line.groups.entries()) {
      const key = `${type} ${line.name}#${line.tags}`;
      if (line.groups[group - 1]?.type !== type) counts.set(key, (counts.get(key) ?? 0) + 1);
      switch (type) {
        case 'counter':
          for (const value of values) contents.set(key, ((contents.get(key) as number) ?? 0) + value * weight);
          break;
        case 'gauge':
          if (dialect === 'dogstatsd') contents.set(key, values.at(-1));
          break;
        case 'timer':
        case 'histogram':
        case 'distribution':
          list(key).push(...values.map((value) => [value, weight]));
          break;
        case 'set':
          for (const member of members) if (!list(key).includes(member)) list(key).push(member);
          break;
        default:
          return type satisfies never;
      }
    }
  }
  return { received, aggregated, contents: Object.fromEntries(contents), lines: Object.fromEntries(counts) };
}

/** Names of keys by id, from all partials so far. */
function readKeys({ keys }: Partial, names: Map<number, string>): void {
  for (const { buffer, length } of keys.chunks) {
    const words = new Uint32Array(buffer, 0, length >> 2);
    for (let at = 0; at < length; ) {
      const [id, type, nameLength, tagLength] = words.subarray(at / 4, at / 4 + 4) as unknown as number[];
      const text = Buffer.from(buffer, at + KEY_RECORD_HEAD, nameLength! + tagLength!).toString('latin1');
      names.set(id!, `${metricTypes[type! & TYPE_BITS]} ${text.slice(0, nameLength)}#${text.slice(nameLength)}`);
      at += recordLength(KEY_RECORD_HEAD, text.length);
    }
  }
}

function actual(partial: Partial, names: Map<number, string>, dialect: Dialect): Outcome {
  readKeys(partial, names);
  const { counters, gauges, timers, sets, points, accounts } = partial;
  const contents: Contents = {};
  const nameOf = (ids: Uint32Array, row: number) => names.get(ids[row]!)!;
  for (let row = 0; row < counters.length; row++) contents[nameOf(counters.ids, row)] = counters.sums[row];
  for (let row = 0; row < gauges.length; row++) {
    if (dialect === 'dogstatsd') contents[nameOf(gauges.ids, row)] = gauges.values[row];
  }
  for (let row = 0; row < points.length; row++) {
    contents[`${nameOf(points.ids, row)} at ${points.timestamps[row]}`] = points.values[row];
  }
  const push = (name: string, item: unknown) => {
    contents[name] = [...((contents[name] as unknown[]) ?? []), item];
  };
  for (const { length, rows, values, weights } of timers.chunks) {
    for (let at = 0; at < length; at++) push(nameOf(timers.ids, rows[at]!), [values[at], weights?.[at] ?? 1]);
  }
  for (const { buffer, length } of sets.chunks) {
    const words = new Uint32Array(buffer, 0, length >> 2);
    for (let at = 0; at < length; ) {
      const size = words[at / 4 + 1]!;
      const member = Buffer.from(buffer, at + MEMBER_RECORD_HEAD, size).toString('latin1');
      push(nameOf(sets.ids, words[at / 4]!), member);
      at += recordLength(MEMBER_RECORD_HEAD, size);
    }
  }
  const lines: Record<string, number> = {};
  for (const section of [counters, gauges, timers, sets]) {
    for (let row = 0; row < section.length; row++) lines[nameOf(section.ids, row)] = section.lines?.[row] ?? 0;
  }
  const { slots } = accounts[0]!;
  return { received: slots[RECEIVED]!, aggregated: slots[AGGREGATED]!, contents, lines };
}

function open(dialect: Dialect, otherKeys = 0) {
  const shard = createShard({ index: 0, limits: defaultSettings.limits, now: () => 0, seed: 7 });
  shard.setLines(true);
  const intake = shard.intake('test', dialect);
  addOtherKeys(intake.store(), otherKeys);
  return { shard, intake, names: new Map<number, string>() };
}

/** Takes datagrams as a receive thread does: from memory of the shard, where each is followed by what was there before. */
function takeDatagrams({ intake }: ReturnType<typeof open>, datagrams: readonly Buffer[]): void {
  const stride = 8192;
  const store = intake.store();
  const slots = store.reserve(stride * datagrams.length);
  const lengths = store.reserve(4 * datagrams.length);
  const bytes = store.bytes();
  bytes.fill(0x39, slots, slots + stride * datagrams.length);
  datagrams.forEach((datagram, number) => {
    bytes.set(datagram, slots + number * stride);
    new DataView(bytes.buffer).setUint32(lengths + 4 * number, datagram.length, true);
  });
  intake.datagrams({ bytes: slots, stride, lengths, lengthStride: 4 }, datagrams.length);
}

const piece = (...texts: string[]) => fc.constantFrom(...texts);
const digits = fc.oneof(
  fc.integer({ min: 0, max: 10_000 }).map(String),
  fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value.toFixed(3)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  piece(
    '0',
    '1',
    '12345678',
    '123456789012345',
    '1234567890123456',
    '0.1',
    '.5',
    '5.',
    '1..2',
    '1.2.3',
    '',
    '.',
    '1e3',
  ),
);
const name = fc.oneof(
  piece('a', 'bb', 'a.name.of.16byte', 'a.name.of.17.byte', 'n'.repeat(31), 'n'.repeat(32), 'n'.repeat(33), 'x|y', ''),
  fc.string({ unit: piece('a', 'b', '.', 'é', ';', '='), minLength: 1, maxLength: 40 }),
);
const sign = piece('', '', '', '-', '+', '--');
const type = piece('c', ...Object.values(letters), 'm', 'x', 'cc', '');
const field = fc.oneof(
  digits.map((rate) => `|@${rate}`),
  piece(
    '|@0.1',
    '|@1',
    '|@0',
    '|#',
    '|#a:1',
    `|#${'t'.repeat(40)}`,
    '|#a:1,b:2',
    '|#a\t',
    '|c:id',
    '|e:it',
    '|T12',
    '|T13',
    '|T',
    '|',
    '||#x',
  ),
);
const ending = piece('', '', '', '', '\r', '\r\r', ':2|c', ' ', '\0', '\t\r');
const blank = piece('', '', '', '', ' ', '\t', '\0');
const wellFormed = fc
  .tuple(name, sign, digits, type, fc.array(field, { maxLength: 3 }), ending, fc.tuple(blank, blank, blank, blank))
  .map(([n, s, d, t, fields, e, [w, x, y, z]]) => `${n}:${w}${s}${d}${x}|${y}${t}${z}${fields.join('')}${e}`);
const garbage = fc.string({ unit: piece('a', ':', '|', '#', '@', '1', '.', '\r', 'c', 's', '-', ','), maxLength: 25 });
const line = fc.oneof({ weight: 4, arbitrary: wellFormed }, { weight: 1, arbitrary: garbage });

describe('the plane', () => {
  it.each([
    { dialect: 'auto', otherKeys: 0 },
    { dialect: 'dogstatsd', otherKeys: 0 },
    { dialect: 'auto', otherKeys: MANY_KEYS },
    { dialect: 'dogstatsd', otherKeys: MANY_KEYS },
  ] as const)(
    'agrees with the slow grammar, in new keys and known ones ($dialect, $otherKeys other keys)',
    ({ dialect, otherKeys }) => {
      fc.assert(
        fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), fc.boolean(), (texts, lastLf) => {
          const { shard, intake, names } = open(dialect, otherKeys);
          const lines = texts.map((text) => Buffer.from(text).toString('latin1'));
          // The first window learns the keys, the second finds them all known; in the third each line comes alone.
          for (let window = 0; window < 2; window++) {
            intake.lines(Buffer.from(lines.join('\n') + (lastLf ? '\n' : ''), 'latin1'));
            expect(actual(shard.handOver(window, false), names, dialect)).toEqual(expected(lines, dialect));
          }
          for (const one of lines) intake.lines(Buffer.from(`garbage${one}|1`, 'latin1'), 7, 7 + one.length);
          expect(actual(shard.handOver(3, false), names, dialect)).toEqual(expected(lines, dialect));
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each([0, MANY_KEYS])('takes datagrams, however lines are divided among them (%i other keys)', (otherKeys) => {
    const datagram = fc.array(line, { minLength: 0, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(datagram, { minLength: 1, maxLength: 12 }), (texts) => {
        const opened = open('dogstatsd', otherKeys);
        const datagrams = texts.map((lines) => Buffer.from(lines.join('\n')));
        const lines = datagrams.flatMap((bytes) => bytes.toString('latin1').split('\n'));
        for (let window = 0; window < 2; window++) {
          takeDatagrams(opened, datagrams);
          const partial = opened.shard.handOver(window, false);
          expect(actual(partial, opened.names, 'dogstatsd')).toEqual(expected(lines, 'dogstatsd'));
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    { dialect: 'auto', handsOnOrigin: 0, otherKeys: 0, learned: 3 },
    { dialect: 'auto', handsOnOrigin: 0, otherKeys: MANY_KEYS, learned: 3 },
    { dialect: 'dogstatsd', handsOnOrigin: 0, otherKeys: MANY_KEYS, learned: 3 },
    { dialect: 'auto', handsOnOrigin: 1, otherKeys: 0, learned: 0 },
    { dialect: 'statsd', handsOnOrigin: 0, otherKeys: 0, learned: 0 },
  ] as const)(
    'has the host learn keys without giving it their lines, up to the first that is refused ($dialect, $handsOnOrigin, $otherKeys)',
    ({ dialect, handsOnOrigin, otherKeys, learned }) => {
      const { intake, shard } = open(dialect, otherKeys);
      const { plane, input, bytes } = intake.store();
      plane.setGrammar(8192, dialect === 'auto' ? 1 : 0, dialect === 'statsd' ? 1 : 0, 0, handsOnOrigin);
      const lines = ['a:1|c|#t', 'b:1|g', 'a:2|c|#t', 'c:x|s', 'd:1|c|#bad\t', 'e:1|c'];
      const text = lines.join('\n');
      bytes().set(Buffer.from(text), input);
      const stopped = learned === 0 ? 0 : text.indexOf('d:');
      expect(plane.readLines(input, input + text.length) - input).toBe(stopped);
      const { keys, counters } = shard.handOver(1, false);
      expect([keys.length, [...counters.sums]]).toEqual(learned === 0 ? [0, []] : [learned, [3]]);
    },
  );

  it('reads no line twice when keys become known between those of a group', () => {
    const opened = open('auto', MANY_KEYS);
    const lines = Array.from({ length: 500 }, (_, i) => `key.${i % 7 === 0 ? i : i % 3}:1|c`);
    const datagrams = Array.from({ length: 100 }, (_, i) => Buffer.from(lines.slice(i * 5, i * 5 + 5).join('\n')));
    for (let window = 0; window < 3; window++) {
      takeDatagrams(opened, datagrams);
      const partial = opened.shard.handOver(window, false);
      expect(actual(partial, opened.names, 'auto')).toEqual(expected(lines, 'auto'));
    }
  });

  it.each([
    '0',
    '1',
    '-1',
    '+1',
    '12.5',
    '-0.001',
    '.5',
    '5.',
    '999999999999999',
    '99999999999999.9',
    '0.00000000000001',
    '123456789.012345',
    '4.35',
    '0.1',
    '1.005',
    '33.3333333333333',
  ])('reads %s as Number() does, bit for bit', (text) => {
    const { shard, intake } = open('dogstatsd');
    for (let window = 0; window < 2; window++) {
      intake.lines(Buffer.from(`a:${text}|g`));
      expect(shard.handOver(window, false).gauges.values[0]).toBe(Number(text));
    }
  });

  it('reads any decimal as Number() does, bit for bit', () => {
    const { shard, intake } = open('dogstatsd');
    intake.lines(Buffer.from('a:1|g'));
    const decimal = fc.tuple(piece('', '-', '+'), fc.nat(999_999_999), fc.stringMatching(/^(\.\d{0,8})?$/));
    fc.assert(
      fc.property(decimal, ([minus, whole, decimals]) => {
        intake.lines(Buffer.from(`a:${minus}${whole}${decimals}|g`));
        expect(shard.handOver(0, false).gauges.values[0]).toBe(Number(`${minus}${whole}${decimals}`));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['known', 'new'])('counts the CR of a line against the limit (%s key)', (key) => {
    const limits = { ...defaultSettings.limits, lineLength: 16 };
    const shard = createShard({ index: 0, limits, now: () => 0, seed: 7 });
    const { lines } = shard.intake('test', 'auto');
    if (key === 'known') lines(Buffer.from('key:1|c'));
    shard.handOver(0, false);
    for (const line of ['key:1234567890|c', 'key:123456789|c\r', 'key:1234567890|c\r']) lines(Buffer.from(line));
    expect([...shard.handOver(1, false).counters.sums]).toEqual([1_234_567_890 + 123_456_789]);
  });

  it('holds many keys and members, and hands over full chunks of values and members in order', () => {
    const { shard, intake, names } = open('auto');
    const count = 100_000;
    const text = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `key.${from + i}:${i}|c\nt:${from + i}|ms\ns:m${from + i}|s`).join(
        '\n',
      );
    for (let window = 0; window < 2; window++) {
      for (let from = 0; from < count; from += 1000) intake.lines(Buffer.from(text(from, from + 1000)));
      const partial = shard.handOver(window, false);
      readKeys(partial, names);
      expect(partial.counters.length).toBe(count);
      // In several blocks of rows; and of those beyond the limits too.
      expect(partial.counters.lines).toEqual(new Uint32Array(count).fill(1));
      expect([partial.timers.lines, partial.sets.lines]).toEqual([Uint32Array.of(count), Uint32Array.of(count)]);
      const sums = Array.from({ length: count }, (_, row) => {
        const key = names.get(partial.counters.ids[row]!)!;
        return [key, partial.counters.sums[row]];
      });
      expect(sums).toEqual(Array.from({ length: count }, (_, i) => [`counter key.${i}#`, i % 1000]));
      // Beyond `timerValuesPerSeries` and `setMembersPerSeries` there are a sketch and an estimate.
      const { chunks } = partial.timers;
      const values = chunks.flatMap(({ length, values: some }) => [...some.subarray(0, length)]);
      expect(values).toEqual(Array.from({ length: defaultSettings.limits.timerValuesPerSeries }, (_, i) => i));
      expect([partial.timers.sketchRows.length, partial.sets.sketches.length]).toEqual([1, 1]);
      expect(partial.sets.memberLength).toBe(defaultSettings.limits.setMembersPerSeries);
    }
  });

  it('never reads behind the end of its memory', () => {
    // Records of exactly 64 bytes fill each block to its last byte, and memory grows under them.
    const { shard, intake } = open('auto');
    const lines = (from: number) =>
      Buffer.from(Array.from({ length: 64 }, (_, i) => `abc:1|c|#${String(from + i).padStart(29, 't')}`).join('\n'));
    let taken = 0;
    for (let from = 0; from < 120_000; from += 64) {
      for (let round = 0; round < 2; round++) intake.lines(lines(from));
      taken += 128;
    }
    const { accounts, liveKeys } = shard.handOver(0, false);
    expect([accounts[0]!.slots[AGGREGATED], liveKeys]).toEqual([taken, taken / 2]);
  });

  it('takes more values and members of many series than one chunk holds', () => {
    const { shard, intake, names } = open('auto');
    const lines = Array.from({ length: 40_000 }, (_, i) => [
      `t${i % 50}:${i}|ms|@0.5`,
      `s${i % 90}:member-${i}|s`,
    ]).flat();
    for (let window = 0; window < 2; window++) {
      intake.lines(Buffer.from(lines.join('\n')));
      const partial = shard.handOver(window, false);
      readKeys(partial, names);
      expect(partial.timers.chunks.length).toBeGreaterThan(1);
      expect(partial.sets.chunks.length).toBeGreaterThan(1);
      const { received, aggregated } = actual(partial, names, 'auto');
      expect([received, aggregated]).toEqual([lines.length, lines.length]);
      const flat = partial.timers.chunks.flatMap(({ length, rows, values, weights }) =>
        Array.from({ length }, (_, at) => [names.get(partial.timers.ids[rows[at]!]!), values[at], weights?.[at]]),
      );
      expect(flat).toEqual(Array.from({ length: 40_000 }, (_, i) => [`timer t${i % 50}#`, i, 2]));
      expect(partial.sets.memberLength).toBe(40_000);
    }
  });
});

describe('idle keys', () => {
  it('are forgotten after six windows, and may come back', () => {
    const { shard, intake, names } = open('auto');
    intake.lines(Buffer.from('a:1|c\nb:1|c'));
    readKeys(shard.handOver(0, false), names);
    const retired: number[] = [];
    for (let window = 1; window < 9; window++) {
      intake.lines(Buffer.from('b:1|c'));
      const partial = shard.handOver(window, false);
      retired.push(...partial.retired);
      expect(partial.liveKeys).toBe(partial.retired.length > 0 || retired.length > 0 ? 1 : 2);
    }
    expect(retired.map((id) => names.get(id))).toEqual(['counter a#']);
    intake.lines(Buffer.from('a:5|c\nb:1|c'));
    expect(actual(shard.handOver(10, false), names, 'auto').contents).toEqual({ 'counter a#': 5, 'counter b#': 1 });
  });

  it('of a large table are let go of together, and the few in use learned again', () => {
    let shrunk = 0;
    const limits = defaultSettings.limits;
    const onShrink = () => {
      shrunk++;
    };
    const shard = createShard({ index: 0, limits, now: () => 0, seed: 7, onShrink });
    const intake = shard.intake('test', 'auto');
    const names = new Map<number, string>();
    const series = intake.series('counter', 'held');
    for (let i = 0; i < 70_000; i += 1000) {
      intake.lines(Buffer.from(Array.from({ length: 1000 }, (_, at) => `many.${i + at}:1|c`).join('\n')));
    }
    series.add(1);
    const live = new Set<number>();
    const follow = (partial: Partial) => {
      readKeys(partial, names);
      for (const { buffer, length } of partial.keys.chunks) {
        const words = new Uint32Array(buffer, 0, length >> 2);
        for (let at = 0; at < length; at += recordLength(KEY_RECORD_HEAD, words[at / 4 + 2]! + words[at / 4 + 3]!)) {
          expect(live.has(words[at / 4]!)).toBe(false);
          live.add(words[at / 4]!);
        }
      }
      for (const id of partial.retired) expect(live.delete(id)).toBe(true);
    };
    follow(shard.handOver(0, false));
    for (let window = 1; window < 10; window++) {
      series.add(window);
      intake.lines(Buffer.from('used:1|c'));
      const partial = shard.handOver(window, false);
      const before = new Map(names);
      readKeys(partial, before);
      expect(actual(partial, before, 'auto').contents).toEqual({ 'counter held#': window, 'counter used#': 1 });
      follow(partial);
    }
    expect(shrunk).toBe(1);
    expect([...live].map((id) => names.get(id)).sort()).toEqual(['counter held#', 'counter used#']);
  });
});
