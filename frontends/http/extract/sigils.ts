import { isAccessLog } from '../records/access-log.ts';
import {
  BRACKET,
  blankAfter,
  CLOSING,
  COLON,
  DOT,
  EQUALS,
  isBlank,
  LESS,
  NAME,
  startsAt,
  WORD,
  word,
} from '../records/characters.ts';
import { type Header, hasProcess } from '../records/header.ts';
import { type Scan, startsKey, textValue, unquoted } from '../records/scan.ts';
import { fieldValue } from './field.ts';
import type { Name, NameRegister, Names } from './names.ts';
import { type Origins, type Section, sourceTag } from './origin.ts';
import type { Output } from './output.ts';
import { processEnd } from './processes.ts';
import type { Place, Profile } from './profiles/profile.ts';
import { readValue, type Value } from './value.ts';

/** Reads the metrics of one message after the other. */
export interface SigilReader {
  /**
   * Those of the message `[start, end)` of the loaded body. `trusted`: it is one of the platform. False when it has so many that other
   * work should go on first: the rest is for `more`.
   */
  read(start: number, end: number, header: Header, trusted: boolean): boolean;
  more(): boolean;
}

/** Tokens that are read at one time. One that opens a series takes 10 µs. */
const MOST_TOKENS = 500;

type Kind = 'count' | 'measure' | 'sample' | 'unique';

const LONGEST_NAME = 200;

/**
 * The l2met convention: logfmt tokens whose key starts with `count#`, `measure#`, `sample#` or `unique#`. A key stands at the start of a
 * line or after a blank or a colour, never inside quotes; `source=` anywhere in a line tags its metrics.
 */
export function createSigilReader(
  scan: Scan,
  output: Output,
  origins: Origins,
  names: Names,
  register: NameRegister,
  profile: Profile,
): SigilReader {
  const value: Value = { number: 0, ms: 0 };
  const { tally } = output;
  const { lenient } = profile;

  function sectionOf(lineStart: number, lineEnd: number, header: Header): Section {
    const { bytes, text } = scan;
    const { origin } = output;
    if (scan.source.next(lineStart) < lineEnd) {
      const source = fieldValue(scan, scan.source, lineStart, lineEnd);
      if (source !== '') return origins.tagged(origin, sourceTag(source));
    }
    if (!profile.procIdAsSource) return origin.bare;
    const { procStart, procEnd, process } = header;
    if (hasProcess(bytes, header)) {
      return origins.source(origin, scan, procStart, processEnd(text, procStart, procEnd));
    }
    if (process === '') return origin.bare;
    return origins.tagged(origin, sourceTag(process.slice(0, processEnd(process, 0, process.length))));
  }

  /** False when the value at `start` is not usable. */
  function emit(kind: Kind, name: Name, section: Section, start: number, end: number): boolean {
    const { origin } = output;
    if (kind === 'unique') {
      const member = textValue(scan, start, end);
      if (member === '') return false;
      origins.member(origin, section, name.text, Buffer.from(member, 'latin1').toString('utf8'));
      return true;
    }
    if (!readValue(scan, start, end, value, lenient)) return false;
    switch (kind) {
      case 'count':
        if (value.number < 0) return false;
        origins.sample(origin, section, 'counter', name, value.number);
        return true;
      case 'sample':
        origins.sample(origin, section, 'gauge', name, value.number);
        return true;
      case 'measure': {
        const isTime = !Number.isNaN(value.ms);
        name.measured ??= register.decide(name.text, isTime ? 'timer' : 'histogram');
        origins.sample(origin, section, name.measured, name, isTime ? value.ms : value.number);
        return true;
      }
    }
  }

  let hash = 0;
  let end = 0;
  let lineStart = 0;
  let lineEnd = 0;
  // Everything of the line before `clear` has been searched for quotes; `clear` itself is outside of them.
  let clear = 0;
  let section: Section | undefined;
  let place: Place | undefined;
  let header: Header;
  let trusted = false;

  /** Finds where the metrics of the line go. False for a line that is not to give any. */
  function openLine(): boolean {
    if (!trusted && isAccessLog(scan, lineStart, lineEnd)) {
      tally.visitorLines++;
      return false;
    }
    place = trusted ? profile.place(output.origin, scan, header, lineStart, lineEnd) : undefined;
    section = place?.section ?? sectionOf(lineStart, lineEnd, header);
    return true;
  }

  function more(): boolean {
    const { bytes } = scan;
    for (let left = MOST_TOKENS; hash < end; left--) {
      if (left === 0) return false;
      while (hash > lineEnd) {
        lineStart = lineEnd + 1;
        lineEnd = Math.min(scan.newline.next(lineStart), end);
        clear = lineStart;
        section = undefined;
      }
      const nameStart = hash + 1;
      const kind = kindBefore(bytes, hash);
      const key = kind === undefined ? -1 : hash - kind.length;
      if (kind === undefined || key < lineStart || !isKey(scan, key, lineStart, lenient)) {
        hash = scan.hash.next(nameStart);
        continue;
      }
      clear = unquoted(scan, clear, key, lineEnd);
      if (clear > key) {
        hash = scan.hash.next(Math.max(clear, nameStart));
        continue;
      }

      let nameEnd = nameStart;
      while (nameEnd < lineEnd && NAME[bytes[nameEnd]!] === 1) nameEnd++;
      hash = scan.hash.next(nameEnd);
      const hasValue = nameEnd < lineEnd && bytes[nameEnd]! === EQUALS;
      const complete = hasValue || endsAt(bytes, nameEnd, lineEnd);
      if (!complete || nameEnd === nameStart || nameEnd - nameStart > LONGEST_NAME) {
        tally.nameErrors++;
        continue;
      }
      if (section === undefined && !openLine()) {
        hash = scan.hash.next(lineEnd);
        continue;
      }
      output.found++;
      const name = (place?.names ?? names).of(scan, nameStart, nameEnd);
      if (!hasValue && kind === 'count') origins.sample(output.origin, section!, 'counter', name, 1);
      else if (!hasValue || !emit(kind, name, section!, nameEnd + 1, lineEnd)) tally.valueErrors++;
      else if (trusted && kind === 'sample') {
        output.found += profile.sampled(output.origin, section!, place?.memory, name.plain, value.number);
      }
    }
    return true;
  }

  return {
    read(start, messageEnd, messageHeader, isTrusted) {
      hash = scan.hash.next(start);
      if (hash >= messageEnd) return true;
      end = messageEnd;
      header = messageHeader;
      trusted = isTrusted;
      lineStart = clear = start;
      lineEnd = Math.min(scan.newline.next(start), end);
      section = place = undefined;
      return more();
    },
    more,
  };
}

/** True at a blank or `end`, or before punctuation up to there. */
function endsAt(bytes: Uint8Array, position: number, end: number): boolean {
  const stop = blankAfter(bytes, position, end);
  for (let at = position; at < stop; at++) if (CLOSING[bytes[at]!] === 0) return false;
  return true;
}

function isKey(scan: Scan, position: number, lineStart: number, lenient: boolean): boolean {
  return startsKey(scan.bytes, position, lineStart) || (lenient && isIntroduced(scan.bytes, position, lineStart));
}

/** After opening brackets, and after words with a colon such as `INFO:root:`. A URL or a field of logfmt introduces nothing. */
function isIntroduced(bytes: Uint8Array, position: number, lineStart: number): boolean {
  let at = position;
  while (at > lineStart && !isBlank(bytes[at - 1]!)) {
    const code = bytes[at - 1]!;
    const isLast = at === position;
    if (OPENING.includes(code) || code === COLON) at--;
    else if (!isLast && (WORD[code] === 1 || code === DOT || code === UNDERSCORE)) at--;
    else return false;
  }
  return true;
}

const UNDERSCORE = 0x5f;
const OPENING: readonly number[] = [BRACKET, LESS, 0x28, 0x7b];

/** The kind that the word before `hash` names. */
function kindBefore(bytes: Uint8Array, hash: number): Kind | undefined {
  switch (bytes[hash - 2]!) {
    case 0x6e:
      return startsAt(bytes, hash - 5, COUNT) ? 'count' : undefined;
    case 0x72:
      return startsAt(bytes, hash - 7, MEASURE) ? 'measure' : undefined;
    case 0x6c:
      return startsAt(bytes, hash - 6, SAMPLE) ? 'sample' : undefined;
    case 0x75:
      return startsAt(bytes, hash - 6, UNIQUE) ? 'unique' : undefined;
    default:
      return undefined;
  }
}

const COUNT = word('count');
const MEASURE = word('measure');
const SAMPLE = word('sample');
const UNIQUE = word('unique');
