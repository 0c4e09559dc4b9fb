import { typeEnd } from './header.ts';
import { createNames, detach } from './names.ts';
import type { Output } from './output.ts';
import { type RouterFields, readRouterFields } from './router.ts';
import type { Scan } from './scan.ts';
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
  readonly prefix: string;
  readonly service: string;
  readonly connect: string;
  readonly load: string;
  /** By HTTP status. */
  readonly status: Map<number, string>;
}

const PROCESS_TYPES = 256;
const ERROR_CODES = 300;
const PROCESS_TYPE = /^[A-Za-z0-9_-]{1,100}$/;
const LONGEST_NOTICE = 300;

export function createHerokuReader(scan: Scan, output: Output): HerokuReader {
  const reading: Reading = { value: 0, unitStart: 0, unitEnd: 0 };
  const fields: RouterFields = { dyno: -1, code: -1, status: -1, connect: -1, service: -1 };
  const { intake, tally } = output;
  const dynos = new Map<string, DynoNames>();
  const errorName = createNames(ERROR_CODES, (code) => `heroku.error.${code}`);

  function countError(code: string): void {
    intake.sample('counter', errorName(code), 1, output.app.bare);
    output.found++;
  }

  /** Undefined when `type` is no process type. */
  function dynoNames(type: string): DynoNames | undefined {
    const known = dynos.get(type);
    if (known !== undefined) return known;
    if (!PROCESS_TYPE.test(type)) return undefined;
    if (dynos.size >= PROCESS_TYPES) dynos.clear();
    const key = detach(type);
    const prefix = `dyno.${key}`;
    const names = {
      prefix,
      service: `${prefix}.service_time`,
      connect: `${prefix}.connect_time`,
      load: `${prefix}.load_avg_1m`,
      status: new Map(),
    };
    dynos.set(key, names);
    return names;
  }

  function time(name: string, position: number, end: number, tags: string | undefined): void {
    if (position < 0 || !readValue(scan, position, end, reading)) return;
    const ms = milliseconds(scan, reading);
    if (ms === undefined) return;
    intake.sample('timer', name, ms, tags);
    output.found++;
  }

  return {
    router(start, end) {
      const { bytes, text } = scan;
      readRouterFields(scan, start, end, fields);
      if (fields.code >= 0 && isCode(text, fields.code, end)) countError(text.slice(fields.code, fields.code + 3));
      if (fields.dyno < 0) return;
      const type = text.slice(fields.dyno, typeEnd(bytes, fields.dyno, end));
      const names = dynoNames(type);
      if (names === undefined) return;
      const tags = output.tags.section(output.app, type);
      const status = fields.status >= 0 && readValue(scan, fields.status, end, reading) ? reading.value : 0;
      time(names.connect, fields.connect, end, tags);
      if (status < 499 || status > 599) time(names.service, fields.service, end, tags);
      if (Number.isInteger(status) && status >= 100 && status <= 599) {
        intake.sample('counter', statusName(names, status), 1, tags);
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
      const names = dynoNames(source.split('.', 1)[0]!);
      if (names !== undefined) intake.sample('histogram', names.load, load, tags);
    },
  };
}

/**
 * `L10 (output buffer overflow): 37 messages dropped since …`, `L10 (…): drain 'd.…' dropped 7 messages`,
 * `L12: 3 messages dropped since …`, `L13: 12 messages lost since …`.
 */
const LOST = /: (\d{1,9}) messages (?:dropped|lost) since | dropped (\d{1,9}) messages/;

function statusName({ prefix, status: names }: DynoNames, status: number): string {
  const known = names.get(status);
  if (known !== undefined) return known;
  const name = `${prefix}.status.${status}`;
  names.set(status, name);
  return name;
}

/** `[HRL]` and two digits, and nothing else up to a blank, `:` or the end. */
function isCode(text: string, start: number, end: number): boolean {
  if (start + 3 > end) return false;
  return /^[HRL]\d\d(?![^\s:])/.test(text.slice(start, Math.min(end, start + 4)));
}
