import { blankAfter, EQUALS, NAME } from '../records/characters.ts';
import { type Header, hasProcess } from '../records/header.ts';
import { type Scan, startsKey, textValue, unquoted } from '../records/scan.ts';
import type { LoadReader } from './heroku.ts';
import type { Output } from './output.ts';
import { milliseconds, type Reading, readValue } from './value.ts';

/** Reads the metrics that an app or the platform wrote into the message `[start, end)` of the loaded body. */
export type SigilReader = (start: number, end: number, header: Header) => void;

type Kind = 'count' | 'measure' | 'sample' | 'unique';

const SOURCE = 'source=';
const LONGEST_NAME = 200;

/**
 * The l2met convention: logfmt tokens whose key starts with `count#`, `measure#`, `sample#` or `unique#`. A key stands
 * at the start of a line or after a blank, never inside quotes; `source=` anywhere in a line tags its metrics.
 */
export function createSigilReader(scan: Scan, output: Output, load: LoadReader, procIdAsSource: boolean): SigilReader {
  const reading: Reading = { value: 0, unitStart: 0, unitEnd: 0 };
  const { intake, tally } = output;

  function sourceOf(lineStart: number, lineEnd: number, header: Header): string {
    const { bytes, text } = scan;
    let clear = lineStart;
    let at = scan.source.next(lineStart);
    while (at < lineEnd) {
      let from = at + 1;
      if (startsKey(bytes, at, lineStart)) {
        clear = unquoted(scan, clear, at, lineEnd);
        if (clear > at) from = clear;
        else {
          const source = textValue(scan, at + SOURCE.length, lineEnd);
          if (source !== '') return source;
        }
      }
      at = scan.source.next(from);
    }
    if (!procIdAsSource) return '';
    return hasProcess(bytes, header) ? text.slice(header.procStart, header.procEnd) : header.process;
  }

  /** False when the value at `start` is not usable. */
  function emit(kind: Kind, name: string, start: number, end: number, tags: string | undefined): boolean {
    if (kind === 'unique') {
      const member = textValue(scan, start, end);
      if (member === '') return false;
      intake.member(name, Buffer.from(member, 'latin1').toString('utf8'), tags);
      return true;
    }
    if (!readValue(scan, start, end, reading)) return false;
    switch (kind) {
      case 'count':
        if (reading.value < 0) return false;
        intake.sample('counter', name, reading.value, tags);
        return true;
      case 'sample':
        intake.sample('gauge', name, reading.value, tags);
        return true;
      case 'measure': {
        const ms = milliseconds(scan, reading);
        if (ms === undefined) intake.sample('histogram', name, reading.value, tags);
        else intake.sample('timer', name, ms, tags);
        return true;
      }
    }
  }

  return (start, end, header) => {
    let hash = scan.hash.next(start);
    if (hash >= end) return;
    const { bytes, text } = scan;
    let lineStart = start;
    let lineEnd = Math.min(scan.newline.next(start), end);
    // Everything of the line before `clear` has been searched for quotes; `clear` itself is outside of them.
    let clear = start;
    let source: string | undefined;
    let tags: string | undefined;

    while (hash < end) {
      while (hash > lineEnd) {
        lineStart = lineEnd + 1;
        lineEnd = Math.min(scan.newline.next(lineStart), end);
        clear = lineStart;
        source = undefined;
      }
      const nameStart = hash + 1;
      const kind = kindBefore(scan, hash);
      const key = kind === undefined ? -1 : hash - kind.length;
      if (kind === undefined || !startsKey(bytes, key, lineStart)) {
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
      const hasValue = nameEnd < lineEnd && bytes[nameEnd]! === EQUALS;
      const complete = hasValue || blankAfter(bytes, nameEnd, lineEnd) === nameEnd;
      if (!complete || nameEnd === nameStart || nameEnd - nameStart > LONGEST_NAME) {
        tally.nameErrors++;
        hash = scan.hash.next(nameEnd);
        continue;
      }

      output.found++;
      if (source === undefined) {
        source = sourceOf(lineStart, lineEnd, header);
        tags = output.tags.section(output.app, source);
      }
      const name = output.name(text.slice(nameStart, nameEnd));
      if (!hasValue && kind === 'count') intake.sample('counter', name, 1, tags);
      else if (!hasValue || !emit(kind, name, nameEnd + 1, lineEnd, tags)) tally.valueErrors++;
      else if (header.platform && kind === 'sample' && name === 'load_avg_1m') load(source, reading.value, tags);
      hash = scan.hash.next(nameEnd);
    }
  };
}

/** The kind that the word before `hash` names. */
function kindBefore({ bytes, text }: Scan, hash: number): Kind | undefined {
  switch (bytes[hash - 2]!) {
    case 0x6e:
      return text.startsWith('count', hash - 5) ? 'count' : undefined;
    case 0x72:
      return text.startsWith('measure', hash - 7) ? 'measure' : undefined;
    case 0x6c:
      return text.startsWith('sample', hash - 6) ? 'sample' : undefined;
    case 0x75:
      return text.startsWith('unique', hash - 6) ? 'unique' : undefined;
    default:
      return undefined;
  }
}
