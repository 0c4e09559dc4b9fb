import { blankAfter, EQUALS, isBlank, QUOTE, TYPE } from './characters.ts';
import { typeEnd } from './header.ts';
import { createNames, detach } from './names.ts';
import type { Output } from './output.ts';
import { closingQuote, type Scan } from './scan.ts';
import { milliseconds, type Reading, readValue } from './value.ts';

/** Takes the load average that the platform reported for the dyno `source`, with the tags of its line. */
export type LoadReader = (source: string, load: number, tags: string | undefined) => void;

/** Reads what Heroku's platform says of its own. Positions are those of MSG in the loaded body. */
export interface HerokuReader {
  /** A line of the router. */
  router(start: number, end: number): void;
  /** `Error R14 (…)`, `Error L10 (…): … messages dropped …`. False when the message is none of them. */
  error(start: number, end: number): boolean;
  readonly load: LoadReader;
}

/** The metric names of one process type. */
interface DynoNames {
  readonly service: string;
  readonly connect: string;
  readonly load: string;
  /** By HTTP status. */
  readonly status: Map<number, string>;
}

const PROCESS_TYPES = 256;
const ERROR_CODES = 300;
const LONGEST_TYPE = 100;
const LONGEST_NOTICE = 300;

export function createHerokuReader(scan: Scan, output: Output): HerokuReader {
  const reading: Reading = { value: 0, unitStart: 0, unitEnd: 0 };
  const { intake, tally } = output;
  const dynos = new Map<string, DynoNames>();
  const errorName = createNames(ERROR_CODES, (code) => `heroku.error.${code}`);

  function countError(code: string): void {
    intake.sample('counter', errorName(code), 1, output.app.bare);
    output.found++;
  }

  function dynoNames(type: string): DynoNames {
    const known = dynos.get(type);
    if (known !== undefined) return known;
    if (dynos.size >= PROCESS_TYPES) dynos.clear();
    const prefix = `dyno.${detach(type)}`;
    const names = {
      service: `${prefix}.service_time`,
      connect: `${prefix}.connect_time`,
      load: `${prefix}.load_avg_1m`,
      status: new Map(),
    };
    dynos.set(detach(type), names);
    return names;
  }

  function time(name: string, position: number, end: number, tags: string | undefined): void {
    if (position < 0 || !readValue(scan.text, position, end, reading)) return;
    const ms = milliseconds(scan.text, reading);
    if (ms === undefined) return;
    intake.sample('timer', name, ms, tags);
    output.found++;
  }

  return {
    router(start, end) {
      const { text } = scan;
      let dyno = -1;
      let connect = -1;
      let service = -1;
      let statusAt = -1;
      let code = -1;
      // A later field wins: host, path, request_id and fwd, which the visitor chooses, come before what is measured.
      for (let at = start; at < end; ) {
        if (isBlank(text.charCodeAt(at))) {
          at++;
          continue;
        }
        const key = at;
        while (at < end && text.charCodeAt(at) !== EQUALS && !isBlank(text.charCodeAt(at))) at++;
        if (at === end || text.charCodeAt(at) !== EQUALS) continue;
        const value = at + 1;
        switch (at - key) {
          case 4:
            if (text.startsWith('dyno', key)) dyno = value;
            else if (text.startsWith('code', key)) code = value;
            break;
          case 6:
            if (text.startsWith('status', key)) statusAt = value;
            break;
          case 7:
            if (text.startsWith('connect', key)) connect = value;
            else if (text.startsWith('service', key)) service = value;
            break;
        }
        at = valueEnd(scan, value, end);
      }

      if (code >= 0 && isCode(text, code, end)) countError(text.slice(code, code + 3));
      const type = dyno < 0 ? '' : typeOf(text, dyno, blankAfter(text, dyno, end));
      if (type === '') return;
      const names = dynoNames(type);
      const tags = output.tags.section(output.app, type);
      const status = statusAt >= 0 && readValue(text, statusAt, end, reading) ? reading.value : 0;
      time(names.connect, connect, end, tags);
      if (status < 499 || status > 599) time(names.service, service, end, tags);
      if (Number.isInteger(status) && status >= 100 && status <= 599) {
        intake.sample('counter', statusName(names, type, status), 1, tags);
        output.found++;
      }
    },

    error(start, end) {
      const { text } = scan;
      const code = start + 'Error '.length;
      if (!text.startsWith('Error ', start) || !isCode(text, code, end)) return false;
      countError(text.slice(code, code + 3));
      if (text.startsWith('L', code)) {
        const notice = LOST.exec(text.slice(code, Math.min(end, code + LONGEST_NOTICE)));
        tally.lostLines += Number(notice?.[1] ?? notice?.[2] ?? 0);
      }
      return true;
    },

    load(source, load, tags) {
      const type = typeOf(source, 0, source.length);
      if (type !== '') intake.sample('histogram', dynoNames(type).load, load, tags);
    },
  };
}

/**
 * `L10 (output buffer overflow): 37 messages dropped since …`, `L10 (…): drain 'd.…' dropped 7 messages`,
 * `L12: 3 messages dropped since …`, `L13: 12 messages lost since …`.
 */
const LOST = /: (\d{1,9}) messages (?:dropped|lost) since | dropped (\d{1,9}) messages/;

function statusName(names: DynoNames, type: string, status: number): string {
  const known = names.status.get(status);
  if (known !== undefined) return known;
  const name = `dyno.${detach(type)}.status.${status}`;
  names.status.set(status, name);
  return name;
}

/** `[HRL]` and two digits, and nothing else up to a blank, `:` or the end. */
function isCode(text: string, start: number, end: number): boolean {
  if (start + 3 > end) return false;
  return /^[HRL]\d\d(?![^\s:])/.test(text.slice(start, Math.min(end, start + 4)));
}

/** The process type of `web.1`, or nothing when it is none. */
function typeOf(text: string, start: number, end: number): string {
  const stop = typeEnd(text, start, end);
  if (stop - start > LONGEST_TYPE) return '';
  for (let at = start; at < stop; at++) if (TYPE[text.charCodeAt(at)] !== 1) return '';
  return text.slice(start, stop);
}

/**
 * Where a value ends. The router does not say how it escapes quotes; should a visitor have left one open with a
 * backslash, the value ends at the first quote, so that the fields after it are read.
 */
function valueEnd(scan: Scan, start: number, end: number): number {
  const { text } = scan;
  if (start >= end || text.charCodeAt(start) !== QUOTE) return Math.min(scan.space.next(start), end);
  let close = closingQuote(scan, start + 1, end);
  if (close === end) close = scan.quote.next(start + 1);
  return blankAfter(text, Math.min(close, end), end);
}
