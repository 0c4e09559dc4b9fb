import { wholeLines } from '../../src/kit/end-of-line.ts';
import type { Intake, LineStream, PacketOrigin } from '../../src/plugin.ts';

/**
 * DogStatsD's framing of Unix stream sockets: each packet (lines separated by LF) behind its length, a little-endian u32. It is
 * what datadog-go (`unix://`, `unixstream://`), datadogpy and the Java client send; others send lines.
 */
const HEAD = 4;
/** Bytes of a packet: the first frame of a connection is told by the zeros in the upper half of its length. */
const MAX_FRAME = 0xffff;

const LF = 0x0a;
const NOTHING = new Uint8Array(0);

export interface FrameOptions {
  readonly from?: PacketOrigin;
  /** Of a connection of lines and of each frame the last line needs its LF. */
  readonly eolRequired?: boolean;
  /** Called once, when a connection turns out to be framed. */
  framed(): void;
  /** Called once, when a length can be none: what follows cannot be read. */
  broken(length: number): void;
}

/** Takes the bytes of one connection as frames if its first four bytes are the length of one, and as lines if not. */
export function linesOrFrames(intake: Intake, options: FrameOptions): LineStream {
  let head: Uint8Array = NOTHING;
  let chosen: LineStream | undefined;

  function choose(first: Uint8Array): LineStream {
    // A line has no NUL.
    if (first.length < HEAD || first[2] !== 0 || first[3] !== 0)
      return intake.stream(options.from, options.eolRequired);
    options.framed();
    return frames(intake, options);
  }

  return {
    push(chunk) {
      if (chosen !== undefined) return chosen.push(chunk);
      // A copy: the chunk belongs to the caller again when this returns.
      const known = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (known.length < HEAD) {
        head = Buffer.from(known);
        return;
      }
      chosen = choose(known);
      head = NOTHING;
      chosen.push(known);
    },
    end() {
      if (chosen === undefined && head.length > 0) {
        chosen = choose(head);
        chosen.push(head);
      }
      chosen?.end();
    },
  };
}

function frames(intake: Intake, { from, eolRequired = false, broken }: FrameOptions): LineStream {
  /** Pieces of a frame that has not come to its end, with its head; their bytes, and how many there have to be to go on. */
  let pieces: Uint8Array[] = [];
  let held = 0;
  let needed = HEAD;
  let isBroken = false;

  /** Hands over the complete frames of `bytes`, and gives where the one begins that is not. */
  function takeFrames(bytes: Uint8Array): number {
    let at = 0;
    needed = HEAD;
    while (bytes.length - at >= HEAD) {
      const length = lengthAt(bytes, at);
      if (length > MAX_FRAME) {
        isBroken = true;
        intake.discard('truncated', 1);
        broken(length);
        return bytes.length;
      }
      needed = HEAD + length;
      if (at + needed > bytes.length) break;
      if (length > 0 && eolRequired) wholeLines(intake, bytes, at + HEAD, at + needed, from);
      else if (length > 0) intake.lines(bytes, at + HEAD, at + needed, from);
      at += needed;
      needed = HEAD;
    }
    return at;
  }

  return {
    push(chunk) {
      if (isBroken) return;
      let bytes = chunk;
      if (held > 0) {
        // A copy: the chunk belongs to the caller again when this returns.
        pieces.push(Uint8Array.from(chunk));
        held += chunk.length;
        if (held < needed) return;
        bytes = Buffer.concat(pieces, held);
      }
      const at = takeFrames(bytes);
      held = bytes.length - at;
      pieces = held === 0 ? [] : [Uint8Array.from(bytes.subarray(at))];
    },
    /** Of a frame that was cut off the whole lines are taken. */
    end() {
      const bytes = Buffer.concat(pieces, held);
      pieces = [];
      held = 0;
      if (bytes.length <= HEAD) return;
      const whole = bytes.lastIndexOf(LF) + 1;
      if (whole > HEAD) intake.lines(bytes, HEAD, whole, from);
      if (whole < bytes.length) intake.discard('truncated', 1);
    },
  };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
