import { describe, expect, it } from 'vitest';
import { type Original, openOriginal } from '../helper/original.ts';
import { openStatsd, type StatsdContents } from '../helper/statsd-contents.ts';

/** What a packet leaves; a section that is left out is empty. */
interface Expected {
  readonly c?: Readonly<Record<string, number>>;
  readonly g?: Readonly<Record<string, number>>;
  readonly ms?: Readonly<Record<string, readonly number[]>>;
  /** Timer counts that are not the number of values. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly s?: Readonly<Record<string, readonly string[]>>;
  readonly bad?: number;
  /** Lines; 1 unless given. */
  readonly lines?: number;
}

function contentsOf({ c = {}, g = {}, ms = {}, counts = {}, s = {}, bad = 0, lines = 1 }: Expected): StatsdContents {
  return {
    counters: new Map(Object.entries(c)),
    gauges: new Map(Object.entries(g)),
    timers: new Map(Object.entries(ms)),
    timerCounts: new Map(Object.entries(ms).map(([key, values]) => [key, counts[key] ?? values.length])),
    sets: new Map(Object.entries(s)),
    packets: 1,
    lines,
    badValues: bad,
  };
}

/** The same twice: first the keys are new, then they are known, and the plane takes what it can. */
function expectOurs(packet: string | Buffer, expected: Expected, sanitize = true): void {
  const { intake, take } = openStatsd({}, sanitize);
  for (let window = 0; window < 2; window++) {
    intake.lines(Buffer.from(packet as string));
    expect(take()).toEqual(contentsOf(expected));
  }
}

function expectTheirs(packet: string | Buffer, expected: Expected, original: Original = openOriginal()): void {
  original.packet(Buffer.from(packet as string));
  expect(original.take()).toEqual(contentsOf(expected));
}

const BAD: Expected = { bad: 1 };
const c = (key: string, value: number): Expected => ({ c: { [key]: value } });
const g = (key: string, value: number): Expected => ({ g: { [key]: value } });
const ms = (key: string, ...values: number[]): Expected => ({ ms: { [key]: values } });
const s = (key: string, ...members: string[]): Expected => ({ s: { [key]: members } });

type Table = readonly (readonly [packet: string, expected: Expected])[];

/** Section 1.2 of the contract: keys and tags. */
const keys: Table = [
  ['  ao:1|c', c('_ao', 1)],
  ['ap :1|c', c('ap_', 1)],
  ['café:1|c', c('caf', 1)],
  ['a \t b:1|c', c('a_b', 1)],
  ['a/b/c:1|c', c('a-b-c', 1)],
  ['a\u00a0b\ufeff:1|c', c('a_b_', 1)],
  ['a$%&()!b:1|c', c('ab', 1)],
  ['x|y:1|c', c('xy', 1)],
  [':1|c', c('', 1)],
  ['#:1|c', c('', 1)],
  ['ac:5|c|#t:v,u:w', c('ac;t=v;u=w', 5)],
  ['af:5|c|#novalue', c('af;novalue', 5)],
  ['ae:5|c|#', c('ae', 5)],
  ['m4:1|c|#,', c('m4;;', 1)],
  ['m5:1|c|#a:b,,c:d', c('m5;a=b;;c=d', 1)],
  ['bh:1|c|#a:b:c', c('bh;a=bc', 1)],
  ['bi:1|c|#a;b:c', c('bi;a_b=c', 1)],
  ['bj:1|c|#a;b;c:d', c('bj;a_b;c=d', 1)],
  ['m6:1|c|#a b:c/d', c('m6;a_b=c-d', 1)],
  ['m8;x=y:1|c|#a:b', c('m8;x=y;a=b', 1)],
  ['m1:1|c:2|c|#t:v', c('m1;t=v', 3)],
  ['m2:1|c|#t:v:2|c', c('m2;t=v2c', 1)],
  ['br:1|c|#a:b|c:xyz', c('br;a=bcxyz', 1)],
  ['bq:1|c|#a:b|#c:d', c('bq;a=b', 1)],
  ['k|#t:v:1|c', BAD],
  ['a:1|c|#a:1,b:2\na:1|c|#b:2,a:1', { c: { 'a;a=1;b=2': 1, 'a;b=2;a=1': 1 }, lines: 2 }],
  ['a:1|c|#t,t', c('a;t;t', 1)],
  ['bs:1|c|c:xyz', { bad: 2 }],
  ['_e{1,1}:t|x', BAD],
  ['_sc|name|0', BAD],
  ['_x:1|c', c('_x', 1)],
  ['a:1|c|T1656581400', BAD],
  ['a:5|c|@0.5|T123', c('a', 10)],
];

/** Section 1.3: values, types and rates. */
const values: Table = [
  ['a:1|c\r', c('a', 1)],
  ['a:3|g\r', g('a', 3)],
  ['a:4|ms\r', ms('a', 4)],
  ['a:1| ms', ms('a', 1)],
  ['a:1| g', g('a', 1)],
  ['a:1|\ufeffg\u2003', g('a', 1)],
  ['a:5|c|@0.5\r', c('a', 10)],
  ['a:7|s\r', s('a', '7')],
  ['a:abc| s', BAD],
  ['a:7| s', s('a', '7')],
  ['a:abc|s\r|x', BAD],
  ['a:-5|ms', BAD],
  ['a:-5| ms', ms('a', -5)],
  ['a:-5|ms\r|@1', ms('a', -5)],
  ['a:-0|ms', ms('a', -0)],
  ...['', 'zz', 'C', 'MS', 'h', 'd', 'constructor', 'cc', ' c ', 'é'].map(
    (type) => [`a:5|${type}`, c('a', 5)] as const,
  ),
  ['a:1e3|c', c('a', 1000)],
  ['a:0x10|c', c('a', 16)],
  ['a:0o17|c', c('a', 15)],
  ['a:0b11|c', c('a', 3)],
  ['a: 5 |c', c('a', 5)],
  ['a:  |c', c('a', 0)],
  ['a:\t|g', g('a', 0)],
  ['a: |ms', ms('a', 0)],
  ['a:-4|c', c('a', -4)],
  ['a:+4|c', c('a', 4)],
  ['a:.5|c', c('a', 0.5)],
  ['a:5.|c', c('a', 5)],
  ['a:123456789012345678|c', c('a', 123456789012345680)],
  ...['', 'NaN', '1_000', '1,5', '--5', '+', '-', '+-2', '٣', '1n', '.', 'e', '0x', '1e', '-0x10'].map(
    (value) => [`a:${value}|c`, BAD] as const,
  ),
  ['a:|g', BAD],
  ['a:|ms', BAD],
  ['a:|s', s('a', '0')],
  ['a: |s', s('a', ' ')],
  ['a:x y|s\na:x\tz|s\na:|s\na:0|s', { s: { a: ['0', 'x\tz', 'x y'] }, lines: 4 }],
  ['a:é|s\na:\ufeff|s', { s: { a: ['é', '\ufeff'] }, lines: 2 }],
  ['a:b:c|s', { s: { a: ['c'] }, bad: 1 }],
  ['a:5|c|@0.1', c('a', 50)],
  ['a:1|c|@.5', c('a', 2)],
  ['a:5|c|@2', c('a', 2.5)],
  ['a:1|c|@1e-1', c('a', 1)],
  ['a:1|c|@1e5', c('a', 1)],
  ['a:5|c|@0.5 ', c('a', 10)],
  ['a:5|c|@0.5|', c('a', 10)],
  ['a:5|c|@0.5|@x|y', c('a', 10)],
  ['a:5|c|@0.5|#t', c('a;t', 10)],
  ...['', '@', '@-1', '@0.5x', '@.', '@0.1.2', '0.1', '@NaN', '@@1', ' @1', 'T12'].flatMap((rate) =>
    ['c', 'g', 'ms', 's', 'x'].map((type) => [`a:1|${type}|${rate}`, BAD] as const),
  ),
  ['a:100|ms|@0.1', { ms: { a: [100] }, counts: { a: 10 } }],
  ['a:100|ms|@2', { ms: { a: [100] }, counts: { a: 0.5 } }],
  ['a:5|g|@0.1', g('a', 5)],
  ['a:5|g|@0', g('a', 5)],
  ['a:5|s|@0.1', s('a', '5')],
  ['a:x|s|@0x2', s('a', 'x')],
  ['ah:1:2:3|c', { c: { ah: 3 }, bad: 2 }],
  ['a:1|c:x|c:2|g:|ms:y|s:3|ms', { c: { a: 1 }, g: { a: 2 }, ms: { a: [3] }, s: { a: ['y'] }, bad: 2 }],
  ['a:1|c:', { c: { a: 1 }, bad: 1 }],
  ['a:1|c::2|c', { c: { a: 3 }, bad: 1 }],
  ['a:1|c\nb', { c: { a: 1 }, bad: 1, lines: 2 }],
  ['a', BAD],
  ['a:', BAD],
  ['a|c', BAD],
  ['|', BAD],
  ['|#', BAD],
  ['\r', BAD],
  ['', { lines: 0 }],
  ['\n\n', { lines: 0 }],
  ['\na:1|c\n\nb:2|c', { c: { a: 1, b: 2 }, lines: 2 }],
];

/** Section 1.4: gauges. */
const gauges: Table = [
  ['a:+5|g', g('a', 5)],
  ['a:+5|g\na:+5|g', { g: { a: 10 }, lines: 2 }],
  ['a:-3|g', g('a', -3)],
  ['a:-3|g:-3|g', g('a', -6)],
  ['a:+5|g:+5|g:-10|g:-3|g:-3|g', g('a', -6)],
  ['a:+5|g: -7|g', g('a', -7)],
  ['a:4|g:-0|g', g('a', 4)],
  ['a:4|g:+1| g:+1|g\r', g('a', 6)],
  ['a:5|g:+.1|g:+.2|g', g('a', 5.3)],
  ['a:.1|g:+.2|g:+.3|g', g('a', 0.6000000000000001)],
  ['a:1|g:+2|g:7|g:+1|g', g('a', 8)],
  ['a:0x10|g', g('a', 16)],
];

describe.each([
  ['keys and tags', keys],
  ['values, types and rates', values],
  ['gauges', gauges],
])('the dialect statsd: %s', (_, table) => {
  it.each(table)('%j', (packet, expected) => expectOurs(packet, expected));

  // What this file says of the original is held against it. Its lines with CR at their end are another table.
  it.each(table.filter(([packet]) => !/\r$/.test(packet) || packet === '\r'))(
    'is what the original does: %j',
    (...row) => expectTheirs(...row),
  );
});

describe('the dialect statsd without "keyNameSanitize"', () => {
  const table: Table = [
    ['a b/c$d\t(e):1|c', c('a b/c$d\t(e)', 1)],
    ['é:1|c|#a:b:c,d;e;f', c('é;a=b:c;d_e;f', 1)],
    ['x|y:1|c', c('x|y', 1)],
  ];
  it.each(table)('%j', (packet, expected) => {
    expectOurs(packet, expected, false);
    expectTheirs(packet, expected, openOriginal(false));
  });
});

describe('the dialect statsd, where bytes are no UTF-8', () => {
  const table: readonly (readonly [Buffer, Expected])[] = [
    [Buffer.from('a\xff\xe9b:1|c', 'latin1'), c('ab', 1)],
    [Buffer.from('a:\xff|s', 'latin1'), s('a', '\ufffd')],
    [
      Buffer.from('a:x\xe2\x82y|s\na:x\ufffdy|s'.replace('\ufffd', '\xef\xbf\xbd'), 'latin1'),
      { s: { a: ['x\ufffdy'] }, lines: 2 },
    ],
    [Buffer.from('a:1|c|#k:\xc0\xaf', 'latin1'), c('a;k=', 1)],
    [Buffer.from('a:1|\xff', 'latin1'), c('a', 1)],
    [Buffer.from('a:1\xff|c', 'latin1'), BAD],
  ];
  it.each(table)('%j', (packet, expected) => {
    expectOurs(packet, expected);
    expectTheirs(packet, expected);
  });
});

describe('the dialect statsd differs on purpose', () => {
  it.each(['@Infinity', '@+1', '@ 0.5', '@\t1'])('from a crash at the rate %j: a bad value', (rate) => {
    for (const type of ['c', 'ms', 'g', 's', '']) {
      const packet = `a:1|${type}|${rate}`;
      expect(() => openOriginal().packet(Buffer.from(packet))).toThrow(TypeError);
      expectOurs(packet, BAD);
    }
  });

  it.each([
    'a:1|c|@0',
    'a:1|c|@0x2',
    'a:1|ms|@0',
    `a:1|c|@${'9'.repeat(400)}`,
    `a:1|c|@0.${'0'.repeat(400)}1`,
    'a:1e308|c|@0.1',
    'a:1e400|c',
    'a:Infinity|g',
    'a:-Infinity|c',
    'a:Infinity|ms',
    'a:0|c|@0',
  ])('from numbers that are not finite: %s', (packet) => expectOurs(packet, BAD));

  const crlf: Table = [
    ['a:abc|s\r', s('a', 'abc')],
    ['a:-5|ms\r', BAD],
    ['a:|s\r', s('a', '0')],
    ['a:1|c|#k:v\r', c('a;k=v', 1)],
    ['a:1|c|#\r', c('a', 1)],
    ['a:abc|s\r\r', BAD],
    ['a:1|c\r\r', c('a', 1)],
    ['\r\r', BAD],
  ];
  it.each(crlf)('in one CR at the end of a line: %j', (packet, expected) => expectOurs(packet, expected));

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'in the name %s, which is one',
    (name) => {
      const { intake, take } = openStatsd();
      for (let window = 0; window < 2; window++) {
        intake.lines(Buffer.from(`${name}:1|c:2|g:+1|g:3|ms:${name}|s|#${name}:${name}`));
        const key = `${name};${name}=${name}`;
        const { counters, gauges, timers, sets } = take();
        expect([counters, gauges, timers, sets]).toEqual([
          new Map([[key, 1]]),
          new Map([[key, 3]]),
          new Map([[key, [3]]]),
          new Map([[key, [name]]]),
        ]);
      }
    },
  );
});
