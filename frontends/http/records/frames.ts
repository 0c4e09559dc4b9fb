import { GREATER, isDigit, LESS, LF, SPACE, ZERO } from './characters.ts';

const LONGEST_LENGTH = 7;
/** A walk through the frames of a body. */
export interface FrameWalk {
  position: number;
  /** Places where a length was broken. */
  errors: number;
}

/**
 * Octet counting (RFC 6587, 3.4.1) as Logplex and log-shuttle send it: `<length> SP <message>`, back to back. A message may contain LF, and need not end with one.
 * A broken length costs what lies before the next `LF <length> SP <`. False when `frame` or `spent` stopped it, be it at the
 * end of the body; `spent` is asked every `between` bytes.
 */
export function walkFrames(
  bytes: Buffer,
  walk: FrameWalk,
  frame: (start: number, end: number) => boolean,
  spent: () => boolean,
  between: number,
): boolean {
  let { position } = walk;
  let look = position + between;
  while (position < bytes.length) {
    if (position >= look) {
      if (spent()) {
        walk.position = position;
        return false;
      }
      look = position + between;
    }
    // Some senders end each frame with an LF that is not counted.
    if (bytes[position]! === LF) {
      position++;
      continue;
    }
    const space = lengthEnd(bytes, position);
    const end = space < 0 ? -1 : space + 1 + decimal(bytes, position, space);
    if (end < 0 || end > bytes.length) {
      walk.errors++;
      position = resynchronise(bytes, position);
      continue;
    }
    position = end;
    if (frame(space + 1, end)) continue;
    walk.position = position;
    return false;
  }
  walk.position = position;
  return true;
}

/** Where the space after 1 to 7 digits is, or -1. */
function lengthEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at - start < LONGEST_LENGTH && isDigit(bytes[at]!)) at++;
  return at > start && bytes[at]! === SPACE ? at : -1;
}

function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at]! - ZERO);
  return value;
}

function resynchronise(bytes: Buffer, position: number): number {
  for (let newline = bytes.indexOf(LF, position); newline >= 0; newline = bytes.indexOf(LF, newline + 1)) {
    const space = lengthEnd(bytes, newline + 1);
    if (space > 0 && bytes[space + 1]! === LESS) return newline + 1;
  }
  return bytes.length;
}

/**
 * What the first bytes of a body tell of it: `whole`, frames of syslog from its beginning to its end; `begun`, at least one, with another
 * behind it; undefined, none.
 */
export function framing(body: Uint8Array): 'whole' | 'begun' | undefined {
  let found: 'begun' | undefined;
  for (let position = 0; ; ) {
    while (body[position] === LF && found !== undefined) position++;
    if (position >= body.length) return found === undefined ? undefined : 'whole';
    const space = lengthEnd(body, position);
    if (space < 0 || !startsSyslog(body, space + 1)) return found;
    const end = space + 1 + decimal(body, position, space);
    if (end > body.length) return found;
    if (found === undefined && end < body.length) {
      const next = body[end] === LF ? end + 1 : end;
      const nextSpace = lengthEnd(body, next);
      if (next < body.length && (nextSpace < 0 || body[nextSpace + 1] !== LESS)) return undefined;
    }
    found = 'begun';
    position = end;
  }
}

/** `<190>1 ` */
function startsSyslog(body: Uint8Array, position: number): boolean {
  if (body[position] !== LESS) return false;
  let at = position + 1;
  while (at < position + 4 && isDigit(body[at]!)) at++;
  return at > position + 1 && body[at] === GREATER && body[at + 1] === 0x31 && body[at + 2] === SPACE;
}
