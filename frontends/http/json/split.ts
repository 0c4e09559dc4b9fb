import type { Steps } from '../../../src/kit/slices.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  CR,
  createScanner,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  type Scanner,
  SPACE,
  TAB,
} from './scanner.ts';

/** Who takes the records that are found. */
export interface RecordTaker {
  /** The JSON text of one value is `bytes[start, end)`. False where it is none. */
  take(start: number, end: number): boolean;
  /** Asked before each record, and within long ones: true where there is something to do first, and the generator is to yield. */
  pause(at: number): boolean;
}

/** Bytes of one record that is read, and its parts: to make objects of more would hold the event loop for more than some milliseconds. */
const LONGEST_RECORD = 2 * 1024 * 1024;
const MOST_PARTS = 20_000;
/** Bytes of a line that is taken for a record as it stands, without a look inside. */
const LONGEST_LINE = 64 * 1024;
/** Bytes that are walked through between two pauses. */
const STRIDE = 256 * 1024;
const RECORD_SEPARATOR = 0x1e;

/**
 * Finds the values of a body: one behind the other, each on a line of its own or not, or as the elements of a list. Gives the number of
 * places that are none. Each costs what lies before the next line, in a list before the next object, and nothing else.
 */
export function* splitValues(bytes: Buffer, taker: RecordTaker): Steps<number> {
  const scanner = createScanner(bytes);
  const { length } = bytes;
  let bad = 0;
  let lists = 0;
  let position = startsWithMark(bytes) ? 3 : 0;
  /** Where the line ends; searched for once each. */
  let line = -1;
  /** The line holds several values. */
  let isShared = false;
  /** Bytes that may still be walked through twice, because a value begun there did not end. */
  let patience = length + LONGEST_RECORD;

  function lineEnd(): number {
    if (line >= position) return line;
    const found = bytes.indexOf(LF, position);
    line = found < 0 ? length : found;
    isShared = false;
    return line;
  }

  function next(start: number): number {
    if (lists > 0) {
      const object = nextObject(bytes, start, line);
      if (object >= 0) return object;
    }
    return line;
  }

  for (;;) {
    for (const stop = Math.min(length, position + STRIDE); position < stop; position++) {
      const byte = bytes[position]!;
      if (startsValue(byte)) break;
      if (byte === OPEN_BRACKET) lists++;
      else if (byte === CLOSE_BRACKET && lists > 0) lists--;
    }
    if (taker.pause(position)) yield;
    // A list that does not end was cut off.
    if (position >= length) return lists > 0 ? bad + 1 : bad;
    if (!startsValue(bytes[position]!)) continue;

    const start = position;
    let taken = -1;
    if (bytes[start] === OPEN_BRACE && lineEnd() - start <= LONGEST_LINE && !isShared) {
      // Most records are lines: their end is found 20 times as fast as that of a value.
      const end = behindLast(bytes, start, line);
      if (bytes[end - 1] === CLOSE_BRACE) {
        if (taker.take(start, end)) {
          position = end;
          continue;
        }
        taken = end;
      }
    }
    if (patience <= 0) {
      bad++;
      position = lineEnd();
      continue;
    }
    scanner.begin(start);
    const isWhole = yield* toEnd(scanner, length, taker);
    if (!isWhole) patience -= scanner.at - start;
    else {
      const end = scanner.at;
      if (end < lineEnd()) isShared = true;
      const isText = bytes[start] === QUOTE || bytes[start] === OPEN_BRACE;
      if (end !== taken && isReadable(scanner, start) && taker.take(start, end)) {
        position = end;
        continue;
      }
      if (isText) {
        bad++;
        position = end;
        continue;
      }
    }
    bad++;
    lineEnd();
    position = next(start + 1);
  }
}

/** False where the value that was begun is broken, or does not end. */
function* toEnd(scanner: Scanner, length: number, taker: RecordTaker): Steps<boolean> {
  for (;;) {
    const limit = Math.min(length, scanner.at + STRIDE);
    switch (scanner.run(limit)) {
      case 'done':
        return true;
      case 'broken':
        return false;
      case 'more':
        if (limit === length) return false;
        if (taker.pause(limit)) yield;
    }
  }
}

function isReadable({ at, parts }: Scanner, start: number): boolean {
  return at - start <= LONGEST_RECORD && parts <= MOST_PARTS;
}

/** Where an object begins behind a comma, before `end`; or -1. */
function nextObject(bytes: Buffer, start: number, end: number): number {
  for (let comma = bytes.indexOf(COMMA, start); comma >= 0 && comma < end; comma = bytes.indexOf(COMMA, comma + 1)) {
    const at = skipBlanks(bytes, comma + 1);
    if (bytes[at] === OPEN_BRACE) return at;
  }
  return -1;
}

/** Behind the last byte of `[start, end)` that is neither a blank nor a comma. */
function behindLast(bytes: Buffer, start: number, end: number): number {
  let behind = end;
  while (behind > start && (isBlank(bytes[behind - 1]!) || bytes[behind - 1] === COMMA)) behind--;
  return behind;
}

function startsWithMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Or is broken. Lists of lists are one list. */
function startsValue(byte: number): boolean {
  return (
    !isBlank(byte) && byte !== COMMA && byte !== OPEN_BRACKET && byte !== CLOSE_BRACKET && byte !== RECORD_SEPARATOR
  );
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === LF || byte === CR || byte === TAB;
}

function skipBlanks(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && isBlank(bytes[at]!)) at++;
  return at;
}

export interface ObjectTaker extends RecordTaker {
  /** The field whose value is a list, and whose elements are given to `take`. */
  readonly list: string;
  /** Any other field: its key, and where its value is. */
  field(key: string, start: number, end: number): void;
}

export interface SplitObject {
  /** Behind the object; -1 where it is broken or cut off. */
  readonly end: number;
  /** Elements that were not taken. */
  readonly bad: number;
}

/** Walks through the object that begins at `start`, after blanks. */
export function* splitObject(bytes: Buffer, start: number, taker: ObjectTaker): Steps<SplitObject> {
  const { length } = bytes;
  const scanner = createScanner(bytes);
  let bad = 0;
  let at = skipBlanks(bytes, start);
  const broken = () => ({ end: -1, bad });

  if (bytes[at] !== OPEN_BRACE) return broken();
  at = skipBlanks(bytes, at + 1);
  while (bytes[at] !== CLOSE_BRACE) {
    if (bytes[at] !== QUOTE) return broken();
    scanner.begin(at);
    if (!(yield* toEnd(scanner, length, taker))) return broken();
    const key = textOf(bytes, at, scanner.at);
    at = skipBlanks(bytes, scanner.at);
    if (bytes[at] !== COLON) return broken();
    at = skipBlanks(bytes, at + 1);
    if (key === taker.list && bytes[at] === OPEN_BRACKET) {
      at = skipBlanks(bytes, at + 1);
      while (bytes[at] !== CLOSE_BRACKET) {
        if (taker.pause(at)) yield;
        scanner.begin(at);
        if (!(yield* toEnd(scanner, length, taker))) return broken();
        if (!isReadable(scanner, at) || !taker.take(at, scanner.at)) bad++;
        at = skipBlanks(bytes, scanner.at);
        if (bytes[at] === COMMA) at = skipBlanks(bytes, at + 1);
        else if (bytes[at] !== CLOSE_BRACKET) return broken();
      }
      at = skipBlanks(bytes, at + 1);
    } else {
      scanner.begin(at);
      if (!(yield* toEnd(scanner, length, taker))) return broken();
      if (key !== undefined) taker.field(key, at, scanner.at);
      at = skipBlanks(bytes, scanner.at);
    }
    if (bytes[at] === COMMA) at = skipBlanks(bytes, at + 1);
    else if (bytes[at] !== CLOSE_BRACE) return broken();
  }
  return { end: at + 1, bad };
}

/** Bytes of a key that may be of use. */
const LONGEST_KEY = 100;

function textOf(bytes: Buffer, start: number, end: number): string | undefined {
  return end - start > LONGEST_KEY ? undefined : bytes.toString('utf8', start + 1, end - 1);
}
