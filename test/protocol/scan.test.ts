import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/config/settings.ts';
import { rejectReasons } from '../../src/protocol/reasons.ts';
import { createScanner } from '../../src/protocol/scan.ts';
import { metricTypes } from '../../src/protocol/types.ts';

const LINE = 8192;
const scanner = createScanner(LINE);

/** A line in short: `name type values[ xweight]; …[ #tags]`, a delta as `Δvalue`, a set's members in quotes. */
function read(line: string | Buffer, dialect: Dialect = 'auto'): string {
  const padded = Buffer.concat([Buffer.from('<<'), Buffer.from(line), Buffer.from('>>')]);
  const reason = scanner.read(padded, 2, padded.length - 2, dialect);
  if (reason !== undefined) return reason;
  const { scan } = scanner;
  const text = (start: number, end: number) => padded.toString('utf8', start, end);
  const groups: string[] = [];
  let value = 0;
  for (let group = 0; group < scan.groupCount; group++) {
    const type = metricTypes[scan.groupType[group]!]!;
    const values: string[] = [];
    for (; value < scan.groupEnd[group]!; value++) {
      if (type === 'set') values.push(JSON.stringify(text(scan.memberStart[value]!, scan.memberEnd[value]!)));
      else values.push(`${scan.isDelta[value] === 1 ? 'Δ' : ''}${scan.value[value]}`);
    }
    const weight = scan.groupWeight[group]!;
    groups.push(`${type} ${values.join(',')}${weight === 1 ? '' : ` x${weight}`}`);
  }
  const tags = text(scan.tagStart, scan.tagEnd);
  return `${text(scan.nameStart, scan.nameEnd)} ${groups.join('; ')}${tags === '' ? '' : ` #${tags}`}`;
}

type Row = readonly [line: string, result: string];

const both: readonly Row[] = [
  // Types.
  ['a:1|c', 'a counter 1'],
  ['a:1|g', 'a gauge 1'],
  ['a:1|ms', 'a timer 1'],
  ['a:1|h', 'a histogram 1'],
  ['a:1|d', 'a distribution 1'],
  ['a:1|s', 'a set "1"'],
  ['daemon:666|g', 'daemon gauge 666'],
  ['daemon:21|c', 'daemon counter 21'],
  ['custom_counter:1|c|#protocol:http,bench', 'custom_counter counter 1 #protocol:http,bench'],
  ['daemon:abc|s', 'daemon set "abc"'],
  // Values.
  ['a:-5|c', 'a counter -5'],
  ['a:1.5|c', 'a counter 1.5'],
  ['a:.5|ms', 'a timer 0.5'],
  ['a:5.|ms', 'a timer 5'],
  ['a:1e3|c', 'a counter 1000'],
  ['a:1E-2|h', 'a histogram 0.01'],
  ['a:-5|ms', 'a timer -5'],
  ['a:0|c', 'a counter 0'],
  ['a:00012|c', 'a counter 12'],
  ['a:123456789012345678|c', 'a counter 123456789012345680'],
  // Packed values (DogStatsD 1.1).
  ['daemon:666:777|g', 'daemon gauge 666,777'],
  ['daemon:21:22|h', 'daemon histogram 21,22'],
  ['daemon:3.5:4.5|d', 'daemon distribution 3.5,4.5'],
  ['a:1:2:3:4|c|@0.5|#t:v', 'a counter 1,2,3,4 x2 #t:v'],
  ['m:1.1234::41|h', 'm histogram 1.1234,41'],
  ['m:1.1234:41:|h', 'm histogram 1.1234,41'],
  ['m::41|h', 'm histogram 41'],
  // Several values, each with its type (StatsD).
  ['a:1|c:2|c', 'a counter 1; counter 2'],
  ['a:1|c:2|ms', 'a counter 1; timer 2'],
  ['a:1|ms|@0.1:2|ms', 'a timer 1 x10; timer 2'],
  ['a:1|c:2|c|@0.5:3|g', 'a counter 1; counter 2 x2; gauge 3'],
  ['m1:1|c:2|c|#t:v', 'm1 counter 1; counter 2 #t:v'],
  ['u:a|s:b|s', 'u set "a"; set "b"'],
  ['a:1:2|c:3:4|ms', 'a counter 1,2; timer 3,4'],
  // Sets keep the whole text.
  ['daemon:abc:def|s', 'daemon set "abc:def"'],
  ['daemon:♬†øU|s', 'daemon set "♬†øU"'],
  ['a:|s', 'a set ""'],
  ['a:http://x/y?z=1|s|#t', 'a set "http://x/y?z=1" #t'],
  ['a:b c|s', 'a set "b c"'],
  // Rates.
  ['a:1|c|@0.1', 'a counter 1 x10'],
  ['a:1|c|@.5', 'a counter 1 x2'],
  ['a:1|c|@1', 'a counter 1'],
  ['a:1|c|@1.0', 'a counter 1'],
  ['a:1|c|@+0.5', 'a counter 1 x2'],
  ['a:1|c|@25e-2', 'a counter 1 x4'],
  ['a:1|g|@0.25', 'a gauge 1 x4'],
  ['a:1|d|@0.001', 'a distribution 1 x1000'],
  ['a:1|c|#x|@0.5', 'a counter 1 x2 #x'],
  ['a:1|c|@0.5|@0.25', 'a counter 1 x4'],
  // Tags.
  ['a:1|c|#', 'a counter 1'],
  ['a:1|c|#a', 'a counter 1 #a'],
  ['a:1|c|#a:b,c:d', 'a counter 1 #a:b,c:d'],
  ['a:1|c|#a:b:c', 'a counter 1 #a:b:c'],
  ['a:1|c|#url:http://x/y', 'a counter 1 #url:http://x/y'],
  ['m:1|c|#a|#b', 'm counter 1 #b'],
  ['♬†øU:666|g|#intitulé:T0µ', '♬†øU gauge 666 #intitulé:T0µ'],
  ['a:1|c|#t:v:2|c', 'a counter 1 #t:v:2'],
  ['a;env=prod:1|c', 'a;env=prod counter 1'],
  ['a;env=prod;x=y:1|c|#z:1', 'a;env=prod;x=y counter 1 #z:1'],
  // Further fields.
  ['daemon:666|g|m:test', 'daemon gauge 666'],
  ['m:1|c|', 'm counter 1'],
  ['m:1|c||#a', 'm counter 1 #a'],
  ['m:1|c|c:ci-abc,in-4242', 'm counter 1'],
  ['m:1|c|#a:b|c:xyz', 'm counter 1 #a:b'],
  ['m:1|c|e:it-false,cn-x,pu-1', 'm counter 1'],
  ['m:1|c|card:high', 'm counter 1'],
  ['metric:1234|g|#onetag|T1657100430', 'metric gauge 1234 #onetag'],
  ['metric:1234|g|T1657100540|@0.25|#atag', 'metric gauge 1234 x4 #atag'],
  ['my.counter:2|c|T1234567890', 'my.counter counter 2'],
  // Names are kept as sent.
  ["codeheap 'non-nmethods'.usage:0.3|g", "codeheap 'non-nmethods'.usage gauge 0.3"],
  ['a/b,c=d#e[f]:1|c', 'a/b,c=d#e[f] counter 1'],
  ['__proto__:1|c', '__proto__ counter 1'],
  ['constructor:1|ms', 'constructor timer 1'],
  ['toString:x|s', 'toString set "x"'],
  [' :1|c', '  counter 1'],
  ['_scores.x:1|c|#a:b', '_scores.x counter 1 #a:b'],
  // CRLF.
  ['a:1|c\r', 'a counter 1'],
  ['a:abc|s\r', 'a set "abc"'],
  ['a:1|c|@0.5\r', 'a counter 1 x2'],
  ['a:1|c|#t:v\r', 'a counter 1 #t:v'],
  // Rejected whole.
  ['', 'no_value'],
  ['\r', 'no_value'],
  ['a', 'no_value'],
  ['abc666|g', 'no_value'],
  ['daemon:666', 'no_value'],
  ['a:', 'no_value'],
  ['a:1', 'no_value'],
  ['a:1|c:2', 'no_value'],
  ['k|#t:v:1|c', 'no_value'],
  ['1|c|T1656581400', 'no_value'],
  [':', 'empty_name'],
  [':666|g', 'empty_name'],
  [';a=b:1|c', 'empty_name'],
  ['a\0b:1|c', 'bad_name'],
  ['a\tb:1|c', 'bad_name'],
  ['a\x7f:1|c', 'bad_name'],
  ['\x1b[31m:1|c', 'bad_name'],
  ['daemon:666|', 'unknown_type'],
  ['daemon:666|unknown', 'unknown_type'],
  ['a:1|C', 'unknown_type'],
  ['a:1|m', 'unknown_type'],
  ['a:1|msx', 'unknown_type'],
  ['a:1|cc', 'unknown_type'],
  ['a:1| c', 'unknown_type'],
  ['a:1|kv', 'unknown_type'],
  ['a:1|S', 'unknown_type'],
  ['a:1||c', 'unknown_type'],
  ['a:1|c:2|x', 'unknown_type'],
  ['a:|c', 'bad_value'],
  ['m::|h', 'bad_value'],
  ['a:b:1|c', 'bad_value'],
  ['m: 1|c', 'bad_value'],
  ['m:1 |c', 'bad_value'],
  ['m:1_000|c', 'bad_value'],
  ['m:1e400|c', 'bad_value'],
  ['m:NaN|g', 'bad_value'],
  ['m:inf|g', 'bad_value'],
  ['m:0x10|c', 'bad_value'],
  ['m:1,5|c', 'bad_value'],
  ['m:--5|c', 'bad_value'],
  ['m:+|c', 'bad_value'],
  ['a:1|c:x|c', 'bad_value'],
  ['a:1:x|c', 'bad_value'],
  ['a:1|c|@', 'bad_rate'],
  ['a:1|c|@0', 'bad_rate'],
  ['a:1|c|@-1', 'bad_rate'],
  ['a:1|c|@2', 'bad_rate'],
  ['a:1|c|@abc', 'bad_rate'],
  ['a:1|c|@0.5x', 'bad_rate'],
  ['a:1|c|@Infinity', 'bad_rate'],
  ['a:1|c|@ 0.5', 'bad_rate'],
  ['a:1|c|#t|@9', 'bad_rate'],
  ['metric:1234|g|#onetag|TABCD', 'bad_timestamp'],
  ['metric:1234|g|#onetag|T', 'bad_timestamp'],
  ['metric:1234|g|T0', 'bad_timestamp'],
  ['metric:1234|g|T000', 'bad_timestamp'],
  ['metric:1234|g|T1657100430.5', 'bad_timestamp'],
  ['metric:1234|g|T-5', 'bad_timestamp'],
];

describe('lines', () => {
  it.each(both)('%j', (line, result) => {
    expect(read(line, 'auto')).toBe(result);
    expect(read(line, 'dogstatsd')).toBe(result);
  });

  it.each([
    ['m:+5|g', 'm gauge Δ5', 'm gauge 5'],
    ['m:-5|g', 'm gauge Δ-5', 'm gauge -5'],
    ['m:-0|g', 'm gauge Δ0', 'm gauge 0'],
    ['m:5:+1:-2|g', 'm gauge 5,Δ1,Δ-2', 'm gauge 5,1,-2'],
    ['m:+1|g:7|g:-1|g', 'm gauge Δ1; gauge 7; gauge Δ-1', 'm gauge 1; gauge 7; gauge -1'],
    ['m:+5|c', 'm counter 5', 'm counter 5'],
  ])('a signed gauge is a change in dialect auto only: %j', (line, auto, dogstatsd) => {
    expect(read(line, 'auto').replace('-0', '0')).toBe(auto);
    expect(read(line, 'dogstatsd').replace('-0', '0')).toBe(dogstatsd);
  });

  it('reads the longest line of a limit', () => {
    const values = Array.from({ length: (LINE - 3) / 2 }, () => '1').join(':');
    expect(read(`a:${values}|c`.slice(0, LINE)).startsWith('a counter 1,1,1')).toBe(true);
    expect(read(`${'n'.repeat(LINE - 4)}:1|c`)).toBe(`${'n'.repeat(LINE - 4)} counter 1`);
  });

  it('never throws, and never reads outside of the line', () => {
    const piece = fc.constantFrom(
      'a',
      ':',
      '|',
      '1',
      '-',
      '.',
      'c',
      'g',
      'ms',
      's',
      '@',
      '0.5',
      '#',
      ',',
      'T',
      ';',
      '\r',
      '\0',
      'é',
    );
    const line = fc.oneof(
      fc.array(piece, { maxLength: 20 }).map((all) => Buffer.from(all.join(''))),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).map((byte) => (byte === 10 ? 58 : byte))),
    ) as fc.Arbitrary<Buffer>;
    const reasons = new Set<string>(rejectReasons);
    fc.assert(
      fc.property(line, fc.constantFrom<Dialect>('auto', 'dogstatsd'), (one, dialect) => {
        const result = read(one, dialect);
        if (!reasons.has(result)) expect(scanner.scan.nameEnd).toBeGreaterThan(scanner.scan.nameStart);
        expect(read(Buffer.concat([one, Buffer.alloc(0)]), dialect)).toBe(result);
      }),
      { numRuns: 5000 },
    );
  });
});
