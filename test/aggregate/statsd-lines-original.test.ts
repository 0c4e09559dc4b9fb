import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openOriginal } from '../helper/original.ts';
import { openStatsd, type StatsdContents } from '../helper/statsd-contents.ts';

/**
 * Packets from a grammar and from nothing at all, given to the original daemon and to an intake of the dialect `statsd`. Left
 * out are the deliberate differences, which have their tests in statsd-table.test.ts.
 */

const pick = (...texts: string[]) => fc.constantFrom(...texts);
/** Often what is in all metrics, now and then anything. */
const mostly = (common: fc.Arbitrary<string>, rare: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 5, arbitrary: common }, { weight: 1, arbitrary: rare });
const noise = fc.string({
  unit: pick(
    'a',
    'b',
    ':',
    '|',
    '#',
    '@',
    '1',
    '0',
    '.',
    '-',
    '+',
    ',',
    ';',
    '=',
    ' ',
    '\t',
    '\r',
    's',
    'g',
    'é',
    '\ufeff',
    '\ufffd',
  ),
  maxLength: 12,
});

const name = mostly(pick('a', 'b', 'a b', 'a_b', 'a/b', 'x;k=v', ''), noise);
const number = mostly(
  fc.oneof(
    pick('0', '1', '5', '-1', '+1', '-0', '12.5', '.5', '5.', '0.1'),
    fc.integer({ min: -1000, max: 1000 }).map(String),
    fc.integer({ min: 0, max: 64_000 }).map((eighths) => String(eighths / 8)),
  ),
  fc.oneof(
    pick(
      '',
      ' ',
      '\t',
      ' 5 ',
      '-',
      '+',
      '.',
      '1e3',
      '0x10',
      '0o17',
      '0b11',
      'NaN',
      '1_000',
      '1,5',
      '--5',
      ' -7',
      '1e-9',
    ),
    noise,
  ),
);
const type = mostly(
  pick('c', 'ms', 'g', 's'),
  fc.oneof(pick('', ' c', 'ms ', ' g', 's\r', '\ufeffs', 'C', 'MS', 'h', 'd', 'zz', 'constructor'), noise),
);
const rate = mostly(
  pick('|@1', '|@0.5', '|@.25', '|@2', '|@0.1'),
  fc.oneof(
    pick('|', '|@', '|@-1', '|@.', '|@0.5x', '|@0.1.2', '|0.1', '|@1e-1', '|@0.5 ', '|T12', '|@0.5|x|y'),
    noise.map((text) => `|@${text}`),
  ),
);
const value = fc.tuple(number, type, fc.option(rate, { nil: '' })).map(([n, t, r]) => `:${n}|${t}${r}`);
const tags = mostly(
  pick('|#', '|#k:v', '|#k:v,l:w', '|#l:w,k:v', '|#t', '|#,', '|#a:b:c', '|#a;b;c:d', '|#a b:c/d', '|#é:1'),
  noise.map((text) => `|#${text}`),
);
const metric = fc
  .tuple(
    name,
    fc.array(mostly(value, noise), { minLength: 0, maxLength: 3 }),
    fc.option(tags, { nil: '' }),
    pick('', '', '', '\r'),
  )
  .map(([n, all, t, ending]) => `${n}${all.join('')}${t}${ending}`);
const line = fc
  .oneof({ weight: 12, arbitrary: metric }, { weight: 1, arbitrary: noise })
  .map((text) => Buffer.from(text));
const randomBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
/** A good line with some bytes that are others. */
const damaged = fc.tuple(line, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
  if (bytes.length > 0) bytes[at % bytes.length] = byte;
  return bytes;
});
const anyLine = fc.oneof(
  { weight: 10, arbitrary: line },
  { weight: 1, arbitrary: randomBytes },
  { weight: 2, arbitrary: damaged },
);
const packet = fc.array(anyLine, { maxLength: 8 }).map((lines) => {
  const whole = Buffer.concat(lines.flatMap((bytes) => [bytes, Buffer.from('\n')]));
  return lines.length % 2 === 0 ? whole : whole.subarray(0, -1);
});

const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether the original dies of the line, or keeps something that is no number, or loses it. */
function isDifferent(text: string): boolean {
  const metricText = text.split('|#')[0]!;
  const [rawName, ...pieces] = metricText.split(':');
  if (
    inherited.has(
      rawName!
        .replace(/\s+/g, '_')
        .replaceAll('/', '-')
        .replace(/[^\w\-.;=]/g, ''),
    )
  )
    return true;
  return pieces.some((piece) => {
    const [number = '', , sent] = piece.split('|');
    if (number === '__proto__' || Math.abs(Number(number)) > 1e300) return true;
    if (sent === undefined || sent.length < 2 || !sent.startsWith('@')) return false;
    const digits = /^[\d.]+/.exec(sent.slice(1))?.[0];
    return digits === undefined
      ? !Number.isNaN(Number(sent.slice(1)))
      : !(Number(digits) > 1e-300 && Number(digits) < 1e300);
  });
}

/** Lines of bytes as latin1 text, without deliberate differences: for us, and for the original without the CR that we take off. */
function split(text: string): { ours: string[]; theirs: string[] } {
  const ours = text.split('\n').filter((one) => !isDifferent(Buffer.from(one, 'latin1').toString('utf8')));
  return { ours, theirs: ours.map((one) => (one === '\r' ? one : one.replace(/\r$/, ''))) };
}

/** Sums of several raw keys may have been added up in another order; timers are sorted by the original. */
function comparable({ timers, counters, timerCounts, gauges, ...rest }: StatsdContents) {
  const rounded = (sums: ReadonlyMap<string, number>) =>
    new Map([...sums].map(([key, sum]) => [key, Number(sum.toPrecision(12))]));
  return {
    ...rest,
    // A gauge that is 0 becomes -0 by `-0` in the original, and stays 0 by that change here. Both are sent as `0`.
    gauges: new Map([...gauges].map(([key, value]) => [key, value + 0])),
    counters: rounded(counters),
    timerCounts: rounded(timerCounts),
    timers: new Map([...timers].map(([key, all]) => [key, [...all].sort((a, b) => a - b)])),
  };
}

describe('an intake of the dialect statsd and the original', () => {
  it.each([true, false])('agree on packets of UDP (keyNameSanitize %s)', (sanitize) => {
    const original = openOriginal(sanitize);
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 6 }), (packets) => {
        const { intake, take } = openStatsd({}, sanitize);
        // Of a run that failed.
        original.take();
        // As latin1 text no byte is changed by the split.
        const parts = packets.map((bytes) => split(bytes.toString('latin1')));
        for (let window = 0; window < 2; window++) {
          for (const { ours, theirs } of parts) {
            intake.lines(Buffer.from(ours.join('\n'), 'latin1'));
            original.packet(Buffer.from(theirs.join('\n'), 'latin1'));
          }
          expect(comparable(take())).toEqual(comparable(original.take()));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('agree on streams, which are 7-bit ASCII', () => {
    const original = openOriginal();
    const cuts = fc.array(fc.nat(400), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), cuts, (packets, places) => {
        const { intake, take } = openStatsd();
        original.take();
        const sevenBit = Buffer.concat(packets).toString('ascii');
        const { ours, theirs } = split(sevenBit);
        // Every other byte with its highest bit set: the lines are the same.
        const sent = Buffer.from(ours.join('\n'), 'latin1').map((byte, at) => (at % 2 === 0 ? byte : byte | 0x80));
        const stream = intake.stream();
        const ends = [...places.map((place) => Math.min(place, sent.length)), sent.length].sort((a, b) => a - b);
        ends.forEach((end, index) => {
          stream.push(sent.subarray(ends[index - 1] ?? 0, end));
        });
        stream.end();
        const whole = theirs.join('\n');
        if (whole.includes('\n')) original.packet(whole.slice(0, whole.lastIndexOf('\n') + 1));
        const { packets: _, ...we } = comparable(take());
        const { packets: __, ...they } = comparable(original.take());
        expect(we).toEqual(they);
      }),
      { numRuns: 1000 },
    );
  });
});
