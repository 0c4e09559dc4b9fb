import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineStream } from '../../src/protocol/stream.ts';

function open(lineLength = 20, atEnd: Parameters<typeof createLineStream>[2] = 'take') {
  const lines: string[] = [];
  let tooLong = 0;
  let packets = 0;
  let unterminated = 0;
  const stream = createLineStream(
    {
      lines: (bytes, start, end) =>
        lines.push(...Buffer.from(bytes.subarray(start, end)).toString('latin1').split('\n')),
      lineTooLong: () => tooLong++,
      unterminated: () => unterminated++,
      packet: () => packets++,
    },
    lineLength,
    atEnd,
  );
  return {
    stream,
    lines: () => lines.filter((line) => line !== '' && line.length <= lineLength),
    tooLong: () => tooLong,
    packets: () => packets,
    unterminated: () => unterminated,
  };
}

describe('line stream', () => {
  it('puts lines together across chunks, and takes the tail at the end', () => {
    const { stream, lines } = open();
    for (const chunk of ['a:', '1|c\nb', ':2|', 'c\n\nc:3|c']) stream.push(Buffer.from(chunk));
    expect(lines()).toEqual(['a:1|c', 'b:2|c']);
    stream.end();
    stream.end();
    expect(lines()).toEqual(['a:1|c', 'b:2|c', 'c:3|c']);
  });

  it.each([
    ['a:1|c\nb:2|c', 1],
    ['a:1|c\n', 0],
    ['a:1|c\nb:2|c\r', 1],
    ['a:1|c\nlonger than the limit is', 0],
  ])('refuses the tail of %j on request, and counts it', (text, count) => {
    const { stream, lines, unterminated } = open(12, 'refuse');
    stream.push(Buffer.from(text));
    stream.end();
    stream.end();
    expect(lines()).toEqual(['a:1|c']);
    expect(unterminated()).toBe(count);
  });

  it('skips a line over the limit up to its LF, and reports it once', () => {
    const { stream, lines, tooLong } = open(5);
    for (const chunk of ['1234', '56', '7890', 'xx\nok\n', '123456']) stream.push(Buffer.from(chunk));
    stream.push(Buffer.from('\nend'));
    stream.end();
    expect(lines()).toEqual(['ok', 'end']);
    expect(tooLong()).toBe(2);
  });

  it('takes a line of exactly the limit', () => {
    const { stream, lines, tooLong } = open(5);
    for (const chunk of ['123', '45', '\n', '12345\n']) stream.push(Buffer.from(chunk));
    expect([lines(), tooLong()]).toEqual([['12345', '12345'], 0]);
  });

  it('gives the same lines however the stream is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 200 });
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat(200), { maxLength: 10 }),
        fc.integer({ min: 1, max: 10 }),
        (all, cuts, limit) => {
          const { stream, lines, tooLong } = open(limit);
          const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, all.length)), all.length])].sort(
            (a, b) => a - b,
          );
          places.slice(1).forEach((end, index) => {
            stream.push(Buffer.from(all.slice(places[index], end)));
          });
          stream.end();
          const whole = all.split('\n');
          expect(lines()).toEqual(whole.filter((line) => line !== '' && line.length <= limit));
          // A line that is too long but arrived in one piece is the parser's to refuse.
          expect(tooLong()).toBeLessThanOrEqual(whole.filter((line) => line.length > limit).length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keeps no more than one line, however much comes without a LF', () => {
    const kept: number[] = [];
    let tooLong = 0;
    const stream = createLineStream(
      {
        lines: (bytes) => kept.push(bytes.buffer.byteLength),
        lineTooLong: () => tooLong++,
        unterminated: () => undefined,
        packet: () => undefined,
      },
      1000,
    );
    const junk = Buffer.alloc(65_536, 'x');
    for (let chunk = 0; chunk < 100; chunk++) stream.push(junk);
    expect([tooLong, kept.length]).toEqual([1, 0]);
    for (const chunk of ['\n', 'a'.repeat(600), 'b'.repeat(400), '\n', 'c']) stream.push(Buffer.from(chunk));
    stream.end();
    expect(tooLong).toBe(1);
    expect(kept.length).toBe(2);
    for (const size of kept) expect(size).toBeLessThanOrEqual(1000);
  });

  it('does not hold on to a chunk', () => {
    const { stream, lines } = open();
    const chunk = Buffer.from('a:1|');
    stream.push(chunk);
    chunk.fill('x');
    stream.push(Buffer.from('c\n'));
    expect(lines()).toEqual(['a:1|c']);
  });

  it('counts a line over the limit once, whether it is cut or in one piece, ended by LF or by the end', () => {
    const text = fc.array(fc.tuple(fc.nat(8), fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(100), { maxLength: 6 }), fc.boolean(), (sizes, cuts, lf) => {
        const all = sizes.map(([size, odd]) => (odd ? 'a' : 'b').repeat(size)).join('\n') + (lf ? '\n' : '');
        let reported = 0;
        const stream = createLineStream(
          {
            lines(bytes, start, end) {
              const whole = Buffer.from(bytes.subarray(start, end)).toString().split('\n');
              reported += whole.filter((line) => line.length > 4).length;
            },
            lineTooLong: () => reported++,
            unterminated: () => undefined,
            packet: () => undefined,
          },
          4,
        );
        const places = [0, ...cuts.map((cut) => Math.min(cut, all.length)), all.length].sort((a, b) => a - b);
        places.slice(1).forEach((end, index) => {
          stream.push(Buffer.from(all.slice(places[index], end)));
        });
        stream.end();
        expect(reported).toBe(all.split('\n').filter((line) => line.length > 4).length);
      }),
      { numRuns: 2000 },
    );
  });

  it('counts the chunks that ended a line, of whatever length', () => {
    const { stream, packets } = open(5);
    for (const chunk of ['a', 'b\nc\nd', 'e', '\n', 'too long', 'a line\n', 'x']) stream.push(Buffer.from(chunk));
    expect(packets()).toBe(3);
    stream.end();
    expect(packets()).toBe(3);
  });

  it('may leave what comes after the last LF', () => {
    const { stream, lines } = open(20, 'leave');
    for (const chunk of ['a\nb', 'c\nd', 'e']) stream.push(Buffer.from(chunk));
    stream.end();
    expect(lines()).toEqual(['a', 'bc']);
    stream.push(Buffer.from('f\n'));
    expect(lines()).toEqual(['a', 'bc', 'f']);
  });

  it('is as new after its end', () => {
    const { stream, lines, tooLong } = open(5);
    stream.push(Buffer.from('1234567'));
    stream.end();
    stream.push(Buffer.from('ab'));
    stream.push(Buffer.from('c\n'));
    expect([lines(), tooLong()]).toEqual([['abc'], 1]);
  });
});
