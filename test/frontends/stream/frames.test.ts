import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { linesOrFrames } from '../../../frontends/stream/frames.ts';
import { recordIntake } from '../../helper/intake.ts';

function frame(text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([head, Buffer.from(text)]);
}

function open(eolRequired = false) {
  const intake = recordIntake();
  const framed = vi.fn();
  const broken = vi.fn();
  return { intake, framed, broken, stream: linesOrFrames(intake, { framed, broken, eolRequired }) };
}

/** `bytes` cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

describe('a connection', () => {
  it.each<[string, Buffer[], string[], boolean]>([
    ['lines', [Buffer.from('a:1|c\nb:2|c\n')], ['a:1|c', 'b:2|c'], false],
    ['a line without LF', [Buffer.from('a:1|c')], ['a:1|c'], false],
    ['less than a length', [Buffer.from('a:1')], ['a:1'], false],
    ['one frame', [frame('a:1|c')], ['a:1|c'], true],
    ['a frame of several lines', [frame('a:1|c\nb:2|c\n')], ['a:1|c', 'b:2|c'], true],
    [
      'frames in one read',
      [Buffer.concat([frame('a:1|c'), frame('b:2|c'), frame('c:3|c')])],
      ['a:1|c', 'b:2|c', 'c:3|c'],
      true,
    ],
    ['an empty frame and another', [Buffer.concat([frame(''), frame('a:1|c')])], ['a:1|c'], true],
    [
      'a frame whose length holds LF and digits',
      [frame(`${'a'.repeat(0x0a31 - 4)}:1|c`)],
      [`${'a'.repeat(0x0a31 - 4)}:1|c`],
      true,
    ],
    [
      'a frame of 64 KiB less one byte',
      [frame(`${'x:1|c\n'.repeat(10_922)}abc`)],
      [...Array(10_922).fill('x:1|c'), 'abc'],
      true,
    ],
  ])('of %s', (_, chunks, lines, isFramed) => {
    const { intake, framed, broken, stream } = open();
    for (const chunk of chunks) stream.push(chunk);
    stream.end();
    expect(intake.received).toEqual(lines);
    expect(framed).toHaveBeenCalledTimes(isFramed ? 1 : 0);
    expect(broken).not.toHaveBeenCalled();
    expect([...intake.discarded]).toEqual([]);
  });

  it('gives the same however its bytes are divided, and keeps no chunk', () => {
    const line = fc.stringMatching(/^[a-z.]{1,12}:[0-9]{1,4}\|c$/);
    const packets = fc.array(fc.array(line, { maxLength: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(packets, fc.array(fc.nat()), fc.boolean(), (all, places, isFramed) => {
        const { intake, stream } = open();
        const texts = all.map((lines) => lines.join('\n'));
        const bytes = isFramed
          ? Buffer.concat(texts.map(frame))
          : Buffer.from(texts.map((text) => `${text}\n`).join(''));
        for (const piece of cut(bytes, places)) {
          const chunk = Buffer.from(piece);
          stream.push(chunk);
          chunk.fill(0xff);
        }
        stream.end();
        expect(intake.received).toEqual(all.flat());
      }),
    );
  });

  it('that ends in a frame gives its whole lines, and counts the rest', () => {
    const { intake, stream } = open();
    stream.push(frame('a:1|c\nb:2|c\nc:3|c').subarray(0, -2));
    stream.end();
    expect(intake.received).toEqual(['a:1|c', 'b:2|c']);
    expect([...intake.discarded]).toEqual([['truncated', 1]]);
  });

  it('whose length can be none is given up', () => {
    const { intake, broken, stream } = open();
    stream.push(Buffer.concat([frame('a:1|c'), Buffer.from('b:2|c\n')]));
    stream.push(frame('c:3|c'));
    stream.end();
    expect(intake.received).toEqual(['a:1|c']);
    expect(broken.mock.calls).toEqual([[0x7c32_3a62]]);
    expect([...intake.discarded]).toEqual([['truncated', 1]]);
  });
});

describe('a connection where each line needs its LF', () => {
  it.each<[string, Buffer, string[], number]>([
    ['lines', Buffer.from('a:1|c\nb:2|c'), ['a:1|c'], 1],
    ['lines, all whole', Buffer.from('a:1|c\nb:2|c\n'), ['a:1|c', 'b:2|c'], 0],
    ['frames', Buffer.concat([frame('a:1|c'), frame('b:2|c\nc:3|c'), frame('d:4|c\n')]), ['b:2|c', 'd:4|c'], 2],
    ['an empty frame', Buffer.concat([frame(''), frame('a:1|c\n')]), ['a:1|c'], 0],
  ])('%s', (_, bytes, lines, unterminated) => {
    const { intake, stream } = open(true);
    stream.push(bytes);
    stream.end();
    expect(intake.received).toEqual(lines);
    expect(intake.discarded.get('unterminated') ?? 0).toBe(unterminated);
  });
});
