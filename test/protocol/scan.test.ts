import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RejectReason } from '../../src/protocol/reasons.ts';
import type { NativeDialect } from '../../src/protocol/scan.ts';
import { createScanner } from '../../src/protocol/scan.ts';
import { type Group, type Line, lineReader } from './lines.ts';
import { readSlowly } from './oracle.ts';

const c = (...values: number[]): Group => ({ type: 'counter', weight: 1, values });
const g = (...values: number[]): Group => ({ type: 'gauge', weight: 1, values });
const ms = (...values: number[]): Group => ({ type: 'timer', weight: 1, values });
const h = (...values: number[]): Group => ({ type: 'histogram', weight: 1, values });
const d = (...values: number[]): Group => ({ type: 'distribution', weight: 1, values });
const s = (member: string): Group => ({ type: 'set', weight: 1, members: [member] });
/** Gauge values that are all signed deltas. */
const delta = (...values: number[]): Group => ({ ...g(...values), deltas: values.map(() => true) });
interface At {
  readonly timestamp: number;
}
const at = (timestamp: number): At => ({ timestamp });
const weighing = (weight: number, group: Group): Group => ({ ...group, weight });

type Accepted = readonly [line: string, name: string, tags: string, ...groups: (Group | At)[]];

/** Lines that say the same in both dialects. */
const accepted: Record<string, readonly Accepted[]> = {
  'the vectors of the DogStatsD reference': [
    ['daemon:666|g', 'daemon', '', g(666)],
    ['daemon:666:777|g', 'daemon', '', g(666, 777)],
    ['daemon:21|c', 'daemon', '', c(21)],
    ['custom_counter:1|c|#protocol:http,bench', 'custom_counter', 'protocol:http,bench', c(1)],
    ['daemon:21|h', 'daemon', '', h(21)],
    ['daemon:21:22|h', 'daemon', '', h(21, 22)],
    ['daemon:abc|s', 'daemon', '', s('abc')],
    ['daemon:abc:def|s', 'daemon', '', s('abc:def')],
    ['daemon:♬†øU|s', 'daemon', '', s('♬†øU')],
    ['daemon:3.5:4.5|d', 'daemon', '', d(3.5, 4.5)],
    ['daemon:666|g|#sometag1:v1,sometag2:v2', 'daemon', 'sometag1:v1,sometag2:v2', g(666)],
    ['daemon:666|g|@0.21', 'daemon', '', weighing(4.761904761904762, g(666))],
    ['♬†øU:666|g|#intitulé:T0µ', '♬†øU', 'intitulé:T0µ', g(666)],
    ['daemon:666|g|m:test', 'daemon', '', g(666)],
    ['metric:1234|g|#onetag|T1657100430', 'metric', 'onetag', g(1234), at(1657100430)],
    ['metric:1234|g|T1657100540|@0.25|#atag', 'metric', 'atag', weighing(4, g(1234)), at(1657100540)],
    ['metric:1234|g|c:1234567890abcdef', 'metric', '', g(1234)],
    ['m:1|c|c:ci-abc,in-4242', 'm', '', c(1)],
    ['m:1|c|c:in-xyz', 'm', '', c(1)],
    ['m:1|c|e:it-false,cn-nginx,pu-1234', 'm', '', c(1)],
    ['m:1|c|card:high', 'm', '', c(1)],
    ['my.counter:2|c|@0.25|T1234567890', 'my.counter', '', weighing(4, c(2)), at(1234567890)],
    ['m:1.1234::41|h', 'm', '', h(1.1234, 41)],
    ['m:1.1234:41:|h', 'm', '', h(1.1234, 41)],
    ['m:1e3|c', 'm', '', c(1000)],
    ['m:1|c|', 'm', '', c(1)],
    ['m:1|c||#a', 'm', 'a', c(1)],
    ['m:1|c|#a|#b', 'm', 'b', c(1)],
    ['m:1|d|@0.001', 'm', '', weighing(1000, d(1))],
    ['m:1|g|#host:', 'm', 'host:', g(1)],
    ['m:1|g|#dd.internal.entity_id:UID,x', 'm', 'dd.internal.entity_id:UID,x', g(1)],
    ['m:1|g|#dd.internal.card:none,x', 'm', 'dd.internal.card:none,x', g(1)],
    ['_scores.x:1|c|#a:b', '_scores.x', 'a:b', c(1)],
    ["codeheap 'non-nmethods'.usage:0.3|g", "codeheap 'non-nmethods'.usage", '', g(0.3)],
  ],
  'every type': [
    ['a:1|c', 'a', '', c(1)],
    ['a:1|g', 'a', '', g(1)],
    ['a:1|ms', 'a', '', ms(1)],
    ['a:1|h', 'a', '', h(1)],
    ['a:1|d', 'a', '', d(1)],
    ['a:1|s', 'a', '', s('1')],
  ],
  'the several values of StatsD': [
    ['a:1|c:2|c', 'a', '', c(1), c(2)],
    ['a:1|c:2|c:3|c', 'a', '', c(1), c(2), c(3)],
    ['m1:1|c:2|c|#t:v', 'm1', 't:v', c(1), c(2)],
    ['a:1|c:2|g:3|ms:4|h:5|d:6|s', 'a', '', c(1), g(2), ms(3), h(4), d(5), s('6')],
    ['a:1|ms:2|ms|@0.1|#t:v', 'a', 't:v', ms(1), weighing(10, ms(2))],
    ['a:1|ms|@0.1:2|ms|#t:v', 'a', 't:v', weighing(10, ms(1)), ms(2)],
    ['a:1|c|@0.5:2|c|@0.25', 'a', '', weighing(2, c(1)), weighing(4, c(2))],
    ['a:1|c|@0.5:2|c|@0.25:3|c', 'a', '', weighing(2, c(1)), weighing(4, c(2)), c(3)],
    ['a:1|c:2|c|#t|@0.5', 'a', 't', c(1), weighing(2, c(2))],
    ['a:1|c:2|c|@0.5|#t|@0.25', 'a', 't', c(1), weighing(4, c(2))],
    ['users:ann|s:bob|s', 'users', '', s('ann'), s('bob')],
    ['users:ann|s:a:b|s:1|c', 'users', '', s('ann'), s('a:b'), c(1)],
    ['a:|s:|s', 'a', '', s(''), s('')],
  ],
  'the packed values of DogStatsD': [
    ['a:1:2|c', 'a', '', c(1, 2)],
    ['a:1:2:3:4:5|d|@0.5|#x', 'a', 'x', weighing(2, d(1, 2, 3, 4, 5))],
    ['a::1|c', 'a', '', c(1)],
    ['a:1::|c', 'a', '', c(1)],
    ['a:::1:::2:::|ms', 'a', '', ms(1, 2)],
    ['a:-1:-2|ms', 'a', '', ms(-1, -2)],
    ['a:1:2|c:3:4|ms', 'a', '', c(1, 2), ms(3, 4)],
    ['a:1:2|c|@0.5:3:4|ms|@0.25|#t', 'a', 't', weighing(2, c(1, 2)), weighing(4, ms(3, 4))],
  ],
  numbers: [
    ['a:0|c', 'a', '', c(0)],
    ['a:-0|c', 'a', '', c(-0)],
    ['a:-5|c', 'a', '', c(-5)],
    ['a:+5|c', 'a', '', c(5)],
    ['a:-5|ms', 'a', '', ms(-5)],
    ['a:.5|ms', 'a', '', ms(0.5)],
    ['a:5.|ms', 'a', '', ms(5)],
    ['a:1E-3|h', 'a', '', h(0.001)],
    ['a:1e308|c', 'a', '', c(1e308)],
    ['a:1e-400|c', 'a', '', c(0)],
    ['a:00012|c', 'a', '', c(12)],
    ['a:123456789012345678901234567890|c', 'a', '', c(1.2345678901234568e29)],
  ],
  rates: [
    ['a:1|c|@1', 'a', '', c(1)],
    ['a:1|c|@1.0', 'a', '', c(1)],
    ['a:1|c|@0.1', 'a', '', weighing(10, c(1))],
    ['a:1|c|@.5', 'a', '', weighing(2, c(1))],
    ['a:1|c|@+0.5', 'a', '', weighing(2, c(1))],
    ['a:1|c|@5e-1', 'a', '', weighing(2, c(1))],
    ['a:1|c|@1e-3', 'a', '', weighing(1000, c(1))],
    ['a:1|c|@1e-300', 'a', '', weighing(9.999999999999999e299, c(1))],
    ['a:1|c|@25e-2', 'a', '', weighing(4, c(1))],
    ['a:1|g|@0.25', 'a', '', weighing(4, g(1))],
    ['m:1|g|@0', 'm', '', g(1)],
    ['m:1|g|@2', 'm', '', g(1)],
    ['m:1|g|#t|@-1', 'm', 't', g(1)],
    ['m:1|g|@1e-400', 'm', '', g(1)],
    ['m:x|s|@0', 'm', '', s('x')],
    ['m:x|s|@0:1|c|@0.5', 'm', '', s('x'), weighing(2, c(1))],
    ['m:1|g|@0.5|@0', 'm', '', g(1)],
    ['a:1|c|@0.5|@0.25', 'a', '', weighing(4, c(1))],
    ['a:1|c|@0.5||@1', 'a', '', c(1)],
    ['a:x|s|@0.5', 'a', '', weighing(2, s('x'))],
    ['a:5|c|@0.5|T123', 'a', '', weighing(2, c(5)), at(123)],
  ],
  'set members': [
    ['a:|s', 'a', '', s('')],
    ['a::|s', 'a', '', s(':')],
    ['a:::|s', 'a', '', s('::')],
    ['a: |s', 'a', '', s(' ')],
    ['a:a b\t|s', 'a', '', s('a b\t')],
    ['a:\0|s', 'a', '', s('\0')],
    ['a:http://x/?q=#1,2@3|s', 'a', '', s('http://x/?q=#1,2@3')],
    ['a:2001:db8::1|s|#v:6', 'a', 'v:6', s('2001:db8::1')],
    ['a:NaN|s', 'a', '', s('NaN')],
    ['a:__proto__|s', 'a', '', s('__proto__')],
    ['a:x\r|s', 'a', '', s('x\r')],
  ],
  'names that are special elsewhere': [
    ['__proto__:1|c|#constructor,__proto__:toString', '__proto__', 'constructor,__proto__:toString', c(1)],
    ['constructor:1|c', 'constructor', '', c(1)],
    ['hasOwnProperty:x|s', 'hasOwnProperty', '', s('x')],
    [' :1|c', ' ', '', c(1)],
    ['.:1|c', '.', '', c(1)],
    ['#:1|c', '#', '', c(1)],
    ['@0.5:1|c', '@0.5', '', c(1)],
    ['a/b\\c"d\'e%f$g*[h]{i}:1|c', 'a/b\\c"d\'e%f$g*[h]{i}', '', c(1)],
    ['  padded  :1|c', '  padded  ', '', c(1)],
    ['a,b=c:1|c', 'a,b=c', '', c(1)],
    ['\ufeffbom:1|c', '\ufeffbom', '', c(1)],
    ['_e:1|c', '_e', '', c(1)],
    ['_sc:1|c', '_sc', '', c(1)],
    ['-1:1|c', '-1', '', c(1)],
    ['café☕:1|c', 'café☕', '', c(1)],
    ['0:0|c', '0', '', c(0)],
  ],
  tags: [
    ['a:1|c|#', 'a', '', c(1)],
    ['a:1|c|#,', 'a', ',', c(1)],
    ['a:1|c|#,,a,,', 'a', ',,a,,', c(1)],
    ['a:1|c|#a:b:c', 'a', 'a:b:c', c(1)],
    ['a:1|c|#b:2,a:1', 'a', 'b:2,a:1', c(1)],
    ['a:1|c|#a b/c;d=e', 'a', 'a b/c;d=e', c(1)],
    ['a:1|c|#x#y', 'a', 'x#y', c(1)],
    ['a:1|c|##x', 'a', '#x', c(1)],
    ['a:1|c|#x@0.5', 'a', 'x@0.5', c(1)],
    ['a:1|c|#T0', 'a', 'T0', c(1)],
    ['a:1|c|#url:http://h:80/p', 'a', 'url:http://h:80/p', c(1)],
    ['a:1|c|@0.5|#x', 'a', 'x', weighing(2, c(1))],
    ['a:1|c|#x|@0.5', 'a', 'x', weighing(2, c(1))],
    ['a:1|c|#x|#', 'a', '', c(1)],
    ['a:1|c|#a:b|c:xyz', 'a', 'a:b', c(1)],
    ['a:1|c|#t:v:2|c', 'a', 't:v:2', c(1)],
    ['a:1|c|#café:☕', 'a', 'café:☕', c(1)],
    ['a:1|c|#a\tb', 'a', 'a\tb', c(1)],
  ],
  'Graphite tags in the name': [
    ['m8;x=y:1|c', 'm8;x=y', '', c(1)],
    ['m8;x=y:1|c|#a:b', 'm8;x=y', 'a:b', c(1)],
    ['m;a=1;b=2:1|c', 'm;a=1;b=2', '', c(1)],
    ['m;:1|c', 'm;', '', c(1)],
    ['m;;a=:1|c', 'm;;a=', '', c(1)],
  ],
  'fields that mean nothing here': [
    ['a:1|c|x', 'a', '', c(1)],
    ['a:1|c|x|y|z', 'a', '', c(1)],
    ['a:1|c||||', 'a', '', c(1)],
    ['a:1|c|x|#t|y|@0.5|z', 'a', 't', weighing(2, c(1))],
    ['a:1|c|0.5', 'a', '', c(1)],
    ['a:1|c|t123', 'a', '', c(1)],
    ['a:1|c|x:2|c', 'a', '', c(1)],
    ['a:1|c|\0', 'a', '', c(1)],
    ['a:1|c| @0.5', 'a', '', c(1)],
  ],
  timestamps: [
    ['a:1|c|T1', 'a', '', c(1), at(1)],
    ['a:1|g|T1657100430', 'a', '', g(1), at(1657100430)],
    ['a:1|c|T001', 'a', '', c(1), at(1)],
    ['metric:1234|g|T+1700000000', 'metric', '', g(1234), at(1700000000)],
    ['a:1|c|T+01', 'a', '', c(1), at(1)],
    ['a:1|c|T1|T2', 'a', '', c(1), at(2)],
    ['a:1|c:2|g|T7', 'a', '', c(1), g(2), at(7)],
    ['a:1:2|c|T7|#t', 'a', 't', c(1, 2), at(7)],
    ['a:1|c|T9007199254740991', 'a', '', c(1), at(2 ** 53 - 1)],
  ],
  'CRLF line ends': [
    ['a:1|c\r', 'a', '', c(1)],
    ['a:3|g\r', 'a', '', g(3)],
    ['a:4|ms\r', 'a', '', ms(4)],
    ['a:abc|s\r', 'a', '', s('abc')],
    ['a:5|c|@0.5\r', 'a', '', weighing(2, c(5))],
    ['a:5|c|#x:y\r', 'a', 'x:y', c(5)],
    ['a:5|c|T1\r', 'a', '', c(5), at(1)],
    ['a:5|c|\r', 'a', '', c(5)],
    ['a:1|c:2|c\r', 'a', '', c(1), c(2)],
    ['a:5|c|#x\r\r', 'a', 'x\r', c(5)],
  ],
};

/** Lines that are refused in both dialects. */
const rejected: Partial<Record<RejectReason, readonly string[]>> = {
  no_value: [
    '',
    '\r',
    'a',
    'abc666|g',
    'daemon:666',
    'a:',
    'a:\r',
    'a::',
    'a:1:2',
    'a|c',
    'a|c:1',
    '|',
    '||',
    '|c',
    'k|#t:v:1|c',
    'a:1|c:',
    'a:1|c:2',
    'a:1|c:2:3',
    'a:1|c|@0.5:2',
    '_sc|agent.up|0',
    '_e|text',
    '#x',
    'no colon and no pipe',
    '1|c|T1656581400',
    '__proto__',
    ';',
    '♬',
  ],
  bad_name: [
    'a\tb:1|c',
    'a\0b:1|c',
    '\0',
    '\r\r',
    '\u0001:1|c',
    'a\x7fb:1|c',
    '\x1f|c',
    'a\rb:1|c',
    '\r:1|c',
    'a\0',
    '\x1b[31m:1|c',
  ],
  empty_name: [':666|g', ':', '::', ':|', ':|c', ':1|c|#a', ';:1|c', ';a=b:1|c', ';;;:1|c', ':\r'],
  unknown_type: [
    'daemon:666|',
    'daemon:666|\r',
    'daemon:666|unknown',
    'a:1||',
    'a:1||c',
    'a:1|:2|c',
    'a:1|C',
    'a:1|G',
    'a:1|MS',
    'a:1|Ms',
    'a:1|msx',
    'a:1|mss',
    'a:1|cc',
    'a:1|c1',
    'a:1|c#a',
    'a:1|c@0.5',
    'a:1|c,#a',
    'a:1|@0.5',
    'a:1|#x',
    'a:1|zz',
    'a:1|ct',
    'a:1|kv',
    'a:x|set',
    'a:1|c:2|x',
    'a:1|c:2|',
    '_e:title|text',
    'a:1|S',
  ],
  bad_value: [
    'a:|c',
    'a:|g',
    'a:|ms',
    'a:|h',
    'a:|d',
    'm::|h',
    'm:::|c',
    'a:b:1|c',
    'a:1:b|c',
    'a:1:2:x|ms',
    'a:abc|c',
    'm:1_000|c',
    'm:1,5|c',
    'm:1e400|c',
    'm:-1e400|c',
    'm:NaN|g',
    'm:nan|c',
    'm:inf|g',
    'm:+Inf|g',
    'm:Infinity|g',
    'm:-Infinity|ms',
    'm:0x10|c',
    'm:0b1|c',
    'm:0o7|c',
    'm:1e|c',
    'm:--1|g',
    'm:++1|g',
    'm:+|g',
    'm:-|g',
    'm:.|g',
    'm:1.2.3|g',
    'm:♬|c',
    'm:٣|c',
    'm:1|c:x|c',
    'm:1|c:|c',
    'm:1|s:x|c',
    'm:__proto__|c',
  ],
  bad_rate: [
    'daemon:666|g|@abc',
    'm:1|c|@0',
    'm:1|c|@0.0',
    'm:1|c|@-0',
    'm:1|c|@',
    'm:1|c|@\r',
    'm:1|c|@-1',
    'm:1|c|@-0.5',
    'm:1|c|@2',
    'm:1|c|@1.0000000000000002',
    'm:1|c|@1e5',
    'm:1|c|@1e400',
    'm:1|c|@NaN',
    'm:1|c|@inf',
    'm:1|c|@Infinity',
    'm:1|c|@0.5x',
    'm:1|c|@0x1',
    'm:1|c|@0x2',
    'm:1|c|@.',
    'm:1|c|@0.1.2',
    'm:1|c|@0,5',
    'm:1|c|@1_0',
    'm:1|c|@@0.5',
    // 1 / rate is beyond the largest double.
    'm:1|c|@5e-324',
    'm:1|c|@1e-309',
    'm:1|c|@1e-400',
    'm:1|ms|@0',
    'm:1|d|@1.5',
    'm:1|c|@0.5|@2',
    'm:1|g|@nan',
    'm:x|s|@',
    'm:1|g:1|c|@0',
    'm:1|c|@0:1|g',
    'm:1|c|@2|@0.5',
    'm:1|c|#x|@0',
    'm:1|c|@:2|c',
    'm:1|c|@0:2|c',
    'm:1|c|@0.5:2|c|@3',
    'm:1|c|#x|@0.5:2|c',
  ],
  bad_timestamp: [
    'metric:1234|g|#onetag|TABCD',
    'metric:1234|g|#onetag|T',
    'metric:1234|g|T0',
    'metric:1234|g|T000',
    'metric:1234|g|T1657100430.5',
    'metric:1234|g|T-1',
    'metric:1234|g|T+',
    'metric:1234|g|T+0',
    'metric:1234|g|T++1',
    'metric:1234|g|T1+',
    'metric:1234|g|T1e9',
    'metric:1234|g|T0x10',
    'metric:1234|g|T\r',
    'metric:1234|g|T1|T',
    'metric:1234|g|T1:2|c',
    'metric:1234|c|Tag',
    'metric:1234|c|@0.5|T0|#x',
    'a:1|c|T9007199254740992',
    'a:1|c|T99999999999999999999999',
  ],
  untimed_type: ['a:1|ms|T1657100430', 'a:1|h|T1', 'a:1|d|T1', 'a:x|s|T1', 'a:1|c:1|ms|T1', 'a:1|h:1|g|T1|#t'],
};

/** Lines that the original takes, and `auto` with it, and why `dogstatsd` refuses them as the Datadog Agent does. */
const forgiven: Partial<Record<RejectReason, readonly Accepted[]>> = {
  unknown_type: [
    ['a:1| c', 'a', '', c(1)],
    ['a:1|c ', 'a', '', c(1)],
    ['a:1|c\t', 'a', '', c(1)],
    ['a:1|c\v\f', 'a', '', c(1)],
    ['a:1|c\r\r', 'a', '', c(1)],
    ['a:1|c\0', 'a', '', c(1)],
    ['a:1|c\0\0', 'a', '', c(1)],
    ['a:1|c\r\0', 'a', '', c(1)],
    ['a:1|c \0', 'a', '', c(1)],
    ['queue:0| ms', 'queue', '', ms(0)],
    ['a:1| ms |@0.5', 'a', '', weighing(2, ms(1))],
    ['a:1|ms |#t:v ', 'a', 't:v ', ms(1)],
    ['a:5|g ', 'a', '', g(5)],
    ['a:-5|g ', 'a', '', delta(-5)],
    ['a: x |s ', 'a', '', s(' x ')],
    ['a:1| c :2 | c ', 'a', '', c(1), c(2)],
    ['a:1|m', 'a', '', c(1)],
    ['a:1|m|@0.1|#t', 'a', 't', weighing(10, c(1))],
    ['a:1|m:1|s', 'a', '', c(1), s('1')],
    ['a:1|ms:1|m', 'a', '', ms(1), c(1)],
    ['a:1:2| m ', 'a', '', c(1, 2)],
  ],
  bad_value: [
    ['a: 1|c', 'a', '', c(1)],
    ['a:1 |c', 'a', '', c(1)],
    ['a:\t1|c', 'a', '', c(1)],
    ['a:1\r|c', 'a', '', c(1)],
    ['a:1\0|c', 'a', '', c(1)],
    ['a:5 |g', 'a', '', g(5)],
    ['a: -7|g', 'a', '', g(-7)],
    ['a:-7 |g', 'a', '', delta(-7)],
    ['a: 1 : 2 |h|#t', 'a', 't', h(1, 2)],
    ['a:1 |c|#t', 'a', 't', c(1)],
    ['a:1 |c|#t\0', 'a', 't', c(1)],
  ],
  bad_rate: [
    ['m:1|c|@ 0.5', 'm', '', weighing(2, c(1))],
    ['m:1|c|@0.5 ', 'm', '', weighing(2, c(1))],
    ['m:1|c|@\t1', 'm', '', c(1)],
    ['m:1|c|#t|@0.5\0', 'm', 't', weighing(2, c(1))],
  ],
  bad_timestamp: [
    ['m:1|g|T 1', 'm', '', g(1), at(1)],
    ['m:1|g|T1 ', 'm', '', g(1), at(1)],
    ['m:1|c|T1\0', 'm', '', c(1), at(1)],
  ],
};

/** Lines that blanks make no better: `auto` refuses them, too. */
const unforgiven: Partial<Record<RejectReason, readonly string[]>> = {
  bad_value: ['a: |c', 'a:1: |c', 'a: :1|c', 'a:1 2|c', 'a:- 1|g', 'a:1\u00a0|c', 'a:\0|g'],
  unknown_type: ['a:1| ', 'a:1|m s', 'a:1|q ', 'a:1| |c', 'a:1|c x', 'a:1|c\u00a0'],
  bad_rate: ['a:1|c|@ ', 'a:1|c|@0 .5', 'a:1 |c|@2'],
  bad_name: ['a\0', '\0', ' \0:1|c ', 'a\t: 1|c'],
  no_value: ['a ', ' ', 'a:1 ', 'a:1|c: 2', 'a:1 |c\0:'],
};

/** What lies around a line in a buffer must not change it. */
const surroundings = [
  { before: '', after: '' },
  { before: 'x:9|c\n', after: '\ny:8|c|@0.5|#stale' },
  { before: 'x:9', after: '1|c|@0.5|#stale,T0' },
  { before: '|', after: ':7|c' },
  { before: ':', after: '|#stale' },
  { before: ';', after: 's|@0.1' },
  { before: '@', after: '@0.1' },
  { before: '#', after: '#stale' },
  { before: '\r', after: '\r' },
];

function asLine([line, name, tags, ...said]: Accepted): { readonly line: string; readonly expected: Line } {
  const groups = said.filter((one): one is Group => !('timestamp' in one));
  const time = said.find((one): one is At => 'timestamp' in one);
  return { line, expected: { name, tags, groups, ...time } };
}

const dialects: readonly NativeDialect[] = ['auto', 'dogstatsd'];
const reader = lineReader(1024, 'utf8');

function expectEverywhere(line: string, dialect: NativeDialect, expected: Line | RejectReason): void {
  for (const around of surroundings) {
    expect(reader.read(line, dialect, around), JSON.stringify(around)).toEqual(expected);
  }
}

describe.each(dialects)('a line in dialect %s', (dialect) => {
  describe.each(Object.entries(accepted))('%s', (_, lines) => {
    it.each(lines.map(asLine))('reads $line', ({ line, expected }) => expectEverywhere(line, dialect, expected));
  });

  describe.each(Object.entries(rejected) as [RejectReason, readonly string[]][])('%s', (reason, lines) => {
    it.each(lines)('rejects %j', (line) => expectEverywhere(line, dialect, reason));
  });
});

describe.each(Object.entries(forgiven) as [RejectReason, readonly Accepted[]][])('%s in dogstatsd', (reason, lines) => {
  it.each(lines.map(asLine))('and no fault in auto: $line', ({ line, expected }) => {
    expectEverywhere(line, 'dogstatsd', reason);
    expectEverywhere(line, 'auto', expected);
  });
});

describe.each(Object.entries(unforgiven) as [RejectReason, readonly string[]][])('%s in auto', (reason, lines) => {
  it.each(lines)('rejects %j', (line) => expectEverywhere(line, 'auto', reason));
});

describe('a NUL at the end of tags', () => {
  it('is no part of them in auto, and one in dogstatsd', () => {
    expectEverywhere('a:1|c|#t:v\0', 'auto', { name: 'a', tags: 't:v', groups: [c(1)] });
    expectEverywhere('a:1|c|#t:v\0', 'dogstatsd', { name: 'a', tags: 't:v\0', groups: [c(1)] });
  });
});

describe('signed gauges', () => {
  const rows: readonly (readonly [line: string, auto: readonly Group[], dogstatsd: readonly Group[]])[] = [
    ['m:+5|g', [delta(5)], [g(5)]],
    ['m:-5|g', [delta(-5)], [g(-5)]],
    ['m:-0|g', [delta(-0)], [g(-0)]],
    ['m:+.5|g', [delta(0.5)], [g(0.5)]],
    ['m:-1e3|g', [delta(-1000)], [g(-1000)]],
    ['m:+5:-3|g', [delta(5, -3)], [g(5, -3)]],
    ['m:1:+2|g', [{ ...g(1, 2), deltas: [false, true] }], [g(1, 2)]],
    ['m:+1:2|g', [{ ...g(1, 2), deltas: [true, false] }], [g(1, 2)]],
    ['m::+1|g', [delta(1)], [g(1)]],
    ['m:1|g:+2|g', [g(1), delta(2)], [g(1), g(2)]],
    ['m:+1|g|@0.5|#t', [weighing(2, delta(1))], [weighing(2, g(1))]],
    ['m:+1|c:-1|ms:+1|h:-1|d:+1|s', [c(1), ms(-1), h(1), d(-1), s('+1')], [c(1), ms(-1), h(1), d(-1), s('+1')]],
  ];

  it.each(rows)('%s', (line, auto, dogstatsd) => {
    const tags = line.includes('#t') ? 't' : '';
    expectEverywhere(line, 'auto', { name: 'm', tags, groups: auto });
    expectEverywhere(line, 'dogstatsd', { name: 'm', tags, groups: dogstatsd });
  });

  it('keep no sign from the line before', () => {
    reader.read('m:+1:+2:+3|g', 'auto');
    expect(reader.read('m:1:2:3|g', 'auto')).toEqual({ name: 'm', tags: '', groups: [g(1, 2, 3)] });
    reader.read('m:+1:+2:+3|g', 'auto');
    expect(reader.read('m:1:2:3|c', 'auto')).toEqual({ name: 'm', tags: '', groups: [c(1, 2, 3)] });
  });
});

describe('bytes that are no UTF-8', () => {
  it('are kept where they are', () => {
    const bytes = Buffer.from([0xff, 0x80, 0x3a, 0x31, 0x7c, 0x63, 0x7c, 0x23, 0xc3, 0x28]);
    const { scan, read } = createScanner(64);
    expect(read(bytes, 0, bytes.length, 'auto')).toBeUndefined();
    expect([scan.nameStart, scan.nameEnd, scan.tagStart, scan.tagEnd]).toEqual([0, 2, 8, 10]);
  });
});

describe('the longest line', () => {
  const lineLength = 8192;
  const long = lineReader(lineLength, 'latin1');

  it('holds as many packed values as fit', () => {
    const values = Array.from({ length: (lineLength - 3) / 2 }, (_, index) => index % 10);
    const line = `a:${values.join(':')}|c`;
    expect(line.length).toBeLessThanOrEqual(lineLength);
    expect(long.read(line, 'auto')).toEqual({ name: 'a', tags: '', groups: [c(...values)] });
  });

  it('holds as many groups as fit', () => {
    const count = Math.floor((lineLength - 1) / 3);
    const line = `a${':|s'.repeat(count)}`;
    const groups = Array<Group>(count).fill(s(''));
    expect(long.read(line, 'auto')).toEqual({ name: 'a', tags: '', groups });
  });

  it('is rejected at its last byte', () => {
    const line = `a:${'1:'.repeat(4093)}x|c`;
    expect(line.length).toBeLessThanOrEqual(lineLength);
    expect(long.read(line, 'auto')).toBe('bad_value');
  });

  it.each([1, 2, 16, 17])('of %i bytes has room for whatever is in it', (length) => {
    const small = lineReader(length, 'latin1');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':', '|', '1', 's', 'c'), maxLength: length }), (line) => {
        expect(small.read(line, 'auto')).toEqual(readSlowly(line, 'auto'));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('any line', () => {
  const latin1 = lineReader(1024, 'latin1');
  const token = fc.constantFrom(
    ...['a', 'b.c', ':', ':', ':', '|', '|', '|', '1', '2.5', '-3', '+4', '1e3', '0', '@', '@0.5', '@2', '#'],
    ...[
      '#t:v',
      ',',
      ';',
      'k=v',
      'T',
      'T1',
      'T0',
      'c',
      'g',
      'ms',
      'm',
      's',
      'h',
      'd',
      'x',
      ' ',
      ' ',
      '\r',
      '\t',
      '\0',
      'é',
    ],
  );
  const nearly = fc.array(token, { maxLength: 24 }).map((tokens) => tokens.join(''));
  const value = fc.constantFrom('1', '-2', '+3', '', '.5', '1e2', 'x', 'NaN', '1e400');
  const rate = fc.constantFrom('', '', '', '|@0.5', '|@1', '|@0', '|@', '|@1e-320');
  const group = fc
    .tuple(
      fc.array(value, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('c', 'g', 'ms', 'h', 'd', 's', 's', 'q', ''),
      rate,
    )
    .map(([values, type, suffix]) => `:${values.join(':')}|${type}${suffix}`);
  const field = fc.constantFrom('|#a:1,b', '|#', '|T1', '|T', '|@0.25', '|c:abc', '|', '|x:1', '|#z|#y');
  const structured = fc
    .tuple(
      fc.constantFrom('a', 'a.b', 'a;k=v', '', ';', 'é'),
      fc.array(group, { minLength: 1, maxLength: 4 }),
      fc.array(field, { maxLength: 3 }),
      fc.constantFrom('', '', '\r'),
    )
    .map(([name, groups, fields, end]) => name + groups.join('') + fields.join('') + end);
  const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array).toString('latin1'));

  it.each([
    { lines: 'of the grammar, nearly', arbitrary: structured, numRuns: 6000 },
    { lines: 'of its tokens in any order', arbitrary: nearly, numRuns: 6000 },
    { lines: 'of any bytes', arbitrary: bytes, numRuns: 2000 },
  ])('$lines is read as by the slow reader', ({ arbitrary, numRuns }) => {
    fc.assert(
      fc.property(
        arbitrary,
        fc.constantFrom(...dialects),
        fc.constantFrom(...surroundings),
        (line, dialect, around) => {
          expect(latin1.read(line, dialect, around)).toEqual(readSlowly(line, dialect));
        },
      ),
      { numRuns },
    );
  });
});
