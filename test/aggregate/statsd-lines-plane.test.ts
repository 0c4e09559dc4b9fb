import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addOtherKeys, MANY_KEYS } from '../helper/other-keys.ts';
import { openStatsd } from '../helper/statsd-contents.ts';

/** Whether the plane takes the line by itself once its keys are known. */
function takenByPlane(line: string, lineLength = 8192, otherKeys = 0): boolean {
  const { intake } = openStatsd();
  addOtherKeys(intake.store(), otherKeys);
  // So that every key that the line may have is there.
  for (const tags of ['', '|#k:v', '|#a:b,c', '|#t\r', '|#é', '|#k:v|c:id']) {
    for (const name of ['a', '', '_e', 'x;k=v', 'é']) {
      intake.lines(Buffer.from(`${name}:1|c:2|g:3|ms:x|s${tags}\r`));
    }
  }
  const { plane, input, bytes } = intake.store();
  plane.setGrammar(lineLength, 0, 1, 0, 0);
  const text = Buffer.from(line);
  // Behind the end lies what was there before.
  bytes().fill(0x7a, input, input + text.length + 64);
  bytes().set(text, input);
  return plane.readLines(input, input + text.length) === input + text.length;
}

describe('the plane in the dialect statsd', () => {
  it.each([
    'a:1|c',
    'a:1|c\n',
    'a:1|c\r\n',
    'a:1|c\r',
    'a:-1|c|@0.1\r\n',
    'a:+1.5|c|@2|#k:v\r\n',
    'a:1|c|#',
    'a:1|c|#\r\n',
    'a:1|c|#a:b,c',
    'a:1|c|#t\r\r\n',
    'a:1|c|#k:v|c:id',
    ':1|c',
    '_e:1|c',
    'x;k=v:5|ms|@.5',
    'é:1|g|#é',
    'a:5|g',
    'a:5|g|@0.5',
    'a:-1|g',
    'a:+1|g',
    'a:1e3|c',
    'a:0.12345678901234567|ms',
    'a:.5|ms',
    'a:0|ms',
    'a:x|s',
    'a:123|s',
    'a:x y\t,z#|s',
    'a:x|s|@0.1|#k:v',
    '\n\na:1|c\n\n:2|c\n',
  ])('takes %j, among few keys and among many', (line) => {
    expect([0, MANY_KEYS].map((otherKeys) => takenByPlane(line, 8192, otherKeys))).toEqual([true, true]);
  });

  it.each([
    'b:1|c',
    'a:1|ms|#other',
    'a:1|c:2|c',
    'a:1:2|c',
    'a:b:c|s',
    'a:-1|ms',
    'a:1|h',
    'a:1|d',
    'a:1|',
    'a:1|cc',
    'a:1|m',
    'a:1| c',
    'a:1|c ',
    'a:1|c\r\r\n',
    'a:0x10|c',
    'a: 1|c',
    'a:|c',
    'a:|s',
    'a:é|s',
    'a:xxxxxxxxxxxxxxxxxxxxxxxxé|s',
    'a:1|c|@0',
    'a:1|c|@+1',
    'a:1|c|@-1',
    'a:1|c|@1e5',
    'a:1|c|@1e-1',
    'a:1|c|@0.12345678901234567',
    'a:1e99|c',
    'a:1|c|@',
    'a:1|c|@0.5|',
    'a:1|c|@0.5|x',
    'a:1|c|',
    'a:1|c||#k:v',
    'a:1|c|c:id',
    'a:1|c|#k:v|#c:id',
    'a:1|c|#k:v|@0.5',
    'a:1|c|T12',
    'a',
    'a:',
    'a:1',
    'a:1|m\ns:1|c',
    '\ra:1|c',
    '\r\na:1|c',
    '|#k:v:1|c',
  ])('leaves %j to the host', (line) => expect(takenByPlane(line)).toBe(false));

  it('takes a line of the longest length, its CR included', () => {
    const line = `a:${'1'.repeat(10)}|c\r\n`;
    expect([14, 15].map((longest) => takenByPlane(line, longest))).toEqual([false, true]);
  });

  it('shares no key with the other dialects', () => {
    const { shard, intake, take } = openStatsd();
    const native = shard.intake('native', 'auto');
    for (const line of ['a:1|c', 'a:1|c']) {
      intake.lines(Buffer.from(line));
      native.lines(Buffer.from(line));
    }
    expect(() => take()).toThrow('row of type 0 has the key "0 a"');
    const partial = shard.handOver(1, false);
    expect(partial.liveKeys).toBe(2);
  });

  it('gives what the host gives, line for line', () => {
    const pick = (...texts: string[]) => fc.constantFrom(...texts);
    const name = fc.oneof(pick('a', 'bb', '', '_x', 'é', 'x|y', 'a;k=v', 'n'.repeat(33)), fc.string({ maxLength: 20 }));
    const number = fc.oneof(
      fc.integer().map(String),
      fc.double({ noNaN: true }).map(String),
      fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value.toFixed(3)),
      pick(
        '',
        '.',
        '.5',
        '5.',
        '-0',
        '+1',
        '123456789012345',
        '1234567890123456',
        '1..2',
        ' 5',
        '0x1f',
        'x',
        'é',
        'x:y',
      ),
    );
    const type = pick('c', 'c', 'g', 'ms', 'ms', 's', 's', 'h', '', 'm', ' c', 's\r');
    const field = fc.oneof(
      number.map((rate) => `|@${rate}`),
      pick('|#', '|#k:v', '|#a,b', '|#x|y', '|#x|#y', '|#\r', '|', '|c:id', `|#${'t'.repeat(33)}`, '|#é'),
    );
    const ending = pick('', '', '', '\r', '\r\r', ' ', ':2|c', ':x|s');
    const line = fc
      .tuple(name, number, type, fc.array(field, { maxLength: 2 }), ending)
      .map(([n, v, t, fields, e]) => `${n}:${v}|${t}${fields.join('')}${e}`);
    fc.assert(
      fc.property(line, fc.array(line, { maxLength: 5 }), fc.constantFrom(0, MANY_KEYS), (one, before, otherKeys) => {
        // A key that is new is the host's to read, one that is known the plane's.
        const fresh = openStatsd();
        fresh.intake.lines(Buffer.from(one));
        const byHost = fresh.take();
        const known = openStatsd();
        addOtherKeys(known.intake.store(), otherKeys);
        known.intake.lines(Buffer.from([...before, one].join('\n')));
        known.take();
        // Behind the end lies one more digit.
        const { input, bytes } = known.intake.store();
        bytes().fill(0x7a, input, input + 512);
        bytes()[input + Buffer.byteLength(one)] = 0x39;
        known.intake.lines(Buffer.from(one));
        expect(known.take()).toEqual(byHost);
      }),
      { numRuns: 1000 },
    );
  });
});
