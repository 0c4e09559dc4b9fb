import type { LineStream } from '../plugin.ts';
import { LF } from './bytes.ts';

/** What is done with what a stream is cut into. */
export interface LineSink {
  lines(bytes: Uint8Array, start: number, end: number): void;
  lineTooLong(): void;
  /** Something was left at the end without a LF, which is refused. */
  unterminated(): void;
  /** A chunk ended one line at least; comes after its lines. */
  packet(): void;
}

/**
 * Cuts a byte stream at LF across chunks. Complete lines are handed on where they lie; only the tail of a chunk is
 * copied. A line over `lineLength` bytes is skipped up to its LF and reported once, so a stream without LF costs no
 * more memory than one line, and each byte is looked at once. `atEnd`: what is left without a LF at the end is a line too, or refused, or as if
 * it had never come.
 */
export function createLineStream(
  sink: LineSink,
  lineLength: number,
  atEnd: 'take' | 'refuse' | 'leave' = 'take',
): LineStream {
  let tail = new Uint8Array(0);
  let tailLength = 0;
  let skipping = false;

  function keep(chunk: Uint8Array, start: number, end: number): void {
    const length = tailLength + end - start;
    if (length > lineLength) {
      sink.lineTooLong();
      skipping = true;
      tailLength = 0;
      return;
    }
    if (length > tail.length) {
      const grown = new Uint8Array(Math.min(lineLength, Math.max(256, length * 2)));
      grown.set(tail.subarray(0, tailLength));
      tail = grown;
    }
    tail.set(chunk.subarray(start, end), tailLength);
    tailLength = length;
  }

  function cut(chunk: Uint8Array, last: number): void {
    let start = 0;
    if (skipping || tailLength > 0) {
      const lf = chunk.indexOf(LF);
      const end = lf < 0 ? chunk.length : lf;
      if (!skipping) {
        keep(chunk, 0, end);
        if (lf >= 0 && !skipping) sink.lines(tail, 0, tailLength);
      }
      if (lf < 0) return;
      skipping = false;
      tailLength = 0;
      start = lf + 1;
    }
    if (last >= start) {
      sink.lines(chunk, start, last);
      start = last + 1;
    }
    if (start < chunk.length) keep(chunk, start, chunk.length);
  }

  return {
    push(chunk) {
      const last = chunk.lastIndexOf(LF);
      cut(chunk, last);
      if (last >= 0) sink.packet();
    },
    end() {
      if (!skipping && tailLength > 0) {
        if (atEnd === 'take') sink.lines(tail, 0, tailLength);
        else if (atEnd === 'refuse') sink.unterminated();
      }
      skipping = false;
      tailLength = 0;
      tail = new Uint8Array(0);
    },
  };
}
