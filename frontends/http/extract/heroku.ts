import type { SeriesInput } from '../../../src/plugin.ts';
import { typeEnd } from '../records/header.ts';
import type { Scan } from '../records/scan.ts';
import { type AppTags, createNames, detach } from './names.ts';
import type { Output, Tables } from './output.ts';
import { type RouterFields, readRouterFields } from './router.ts';
import { milliseconds, type Reading, readValue } from './value.ts';

/** Takes the load average that the platform reported for the dyno `source`, with the tags of its line. */
export type LoadReader = (source: string, load: number, tags: string | undefined) => void;

/** Reads what Heroku's platform says of its own. Positions are those of MSG in the loaded body. */
export interface HerokuReader {
  /** A line of the router. */
  router(start: number, end: number): void;
  /** `Error R14 (…)`, `Error L10 (…): … messages dropped …`. False when the message is none of them. */
  error(start: number, end: number): boolean;
  /** Counts the lines that a loss notice tells of, and nothing else. */
  notice(start: number, end: number): void;
  readonly load: LoadReader;
}

/** The series of one process type of one app, each opened when it is first needed. */
interface Dyno {
  readonly prefix: string;
  readonly tags: string;
  connect: SeriesInput | undefined;
  service: SeriesInput | undefined;
  /** By HTTP status. */
  readonly status: Map<number, SeriesInput>;
}

/** Series of dynos that are held: six or so for each process type of an app. */
const DYNO_SERIES = 10_000;
const PROCESS_TYPES = 256;
const ERROR_CODES = 300;
const PROCESS_TYPE = /^[A-Za-z0-9_-]{1,100}$/;
const LONGEST_NOTICE = 300;

/** The series of dynos, held for all bodies of a drain. */
export interface Dynos {
  /** Undefined when `type` is no process type. Keeping the series of dynos saves a sixth of the CPU of a line. */
  of(app: AppTags, type: string): Dyno | undefined;
  timer(dyno: Dyno, name: string): SeriesInput;
  status(dyno: Dyno, status: number): SeriesInput;
}

export function createDynos(tables: Tables): Dynos {
  const dynos = new Map<AppTags, Map<string, Dyno>>();
  let held = 0;

  function hold(): void {
    if (held >= DYNO_SERIES) {
      dynos.clear();
      held = 0;
    }
    held++;
  }

  return {
    of(app, type) {
      const known = dynos.get(app)?.get(type);
      if (known !== undefined) return known;
      if (!PROCESS_TYPE.test(type)) return undefined;
      hold();
      const key = detach(type);
      const dyno: Dyno = {
        prefix: `dyno.${key}`,
        tags: tables.tags.section(app, type) ?? '',
        connect: undefined,
        service: undefined,
        status: new Map(),
      };
      const ofApp = dynos.get(app) ?? new Map<string, Dyno>();
      ofApp.set(key, dyno);
      dynos.set(app, ofApp);
      return dyno;
    },
    timer({ prefix, tags }, name) {
      hold();
      return tables.series('timer', `${prefix}.${name}`, tags);
    },
    status(dyno, status) {
      hold();
      const series = tables.series('counter', `${dyno.prefix}.status.${status}`, dyno.tags);
      dyno.status.set(status, series);
      return series;
    },
  };
}

export function createHerokuReader(scan: Scan, output: Output, dynos: Dynos): HerokuReader {
  const reading: Reading = { value: 0, unitStart: 0, unitEnd: 0 };
  const fields: RouterFields = { dyno: -1, code: -1, status: -1, connect: -1, service: -1 };
  const { intake, tally } = output;
  const loadName = createNames(PROCESS_TYPES, (type) => `dyno.${type}.load_avg_1m`);
  const errorName = createNames(ERROR_CODES, (code) => `heroku.error.${code}`);

  function countError(code: string): void {
    intake.sample('counter', errorName(code), 1, output.app.bare);
    output.found++;
  }

  /** The time at `position` in milliseconds; undefined when there is none. */
  function timeAt(position: number, end: number): number | undefined {
    return position >= 0 && readValue(scan, position, end, reading) ? milliseconds(scan, reading) : undefined;
  }

  const reader: HerokuReader = {
    router(start, end) {
      const { bytes, text } = scan;
      readRouterFields(scan, start, end, fields);
      if (fields.code >= 0 && isCode(text, fields.code, end)) countError(text.slice(fields.code, fields.code + 3));
      if (fields.dyno < 0) return;
      const type = text.slice(fields.dyno, typeEnd(bytes, fields.dyno, end));
      const dyno = dynos.of(output.app, type);
      if (dyno === undefined) return;
      const status = fields.status >= 0 && readValue(scan, fields.status, end, reading) ? reading.value : 0;
      const connect = timeAt(fields.connect, end);
      if (connect !== undefined) {
        dyno.connect ??= dynos.timer(dyno, 'connect_time');
        dyno.connect.add(connect);
        output.found++;
      }
      const service = status < 499 || status > 599 ? timeAt(fields.service, end) : undefined;
      if (service !== undefined) {
        dyno.service ??= dynos.timer(dyno, 'service_time');
        dyno.service.add(service);
        output.found++;
      }
      if (Number.isInteger(status) && status >= 100 && status <= 599) {
        (dyno.status.get(status) ?? dynos.status(dyno, status)).add(1);
        output.found++;
      }
    },

    error(start, end) {
      const { text } = scan;
      const code = start + 'Error '.length;
      if (!text.startsWith('Error ', start) || !isCode(text, code, end)) return false;
      countError(text.slice(code, code + 3));
      reader.notice(start, end);
      return true;
    },

    notice(start, end) {
      if (!scan.text.startsWith('Error L', start)) return;
      const lost = LOST.exec(scan.text.slice(start, Math.min(end, start + LONGEST_NOTICE)));
      tally.lostLines += Number(lost?.[1] ?? lost?.[2] ?? 0);
    },

    load(source, load, tags) {
      const type = source.split('.', 1)[0]!;
      if (PROCESS_TYPE.test(type)) intake.sample('histogram', loadName(type), load, tags);
    },
  };
  return reader;
}

/**
 * `L10 (output buffer overflow): 37 messages dropped since …`, `L10 (…): drain 'd.…' dropped 7 messages`,
 * `L12: 3 messages dropped since …`, `L13: 12 messages lost since …`.
 */
const LOST = /: (\d{1,9}) messages (?:dropped|lost) since | dropped (\d{1,9}) messages/;

/** `[HRL]` and two digits, and nothing else up to a blank, `:` or the end. */
function isCode(text: string, start: number, end: number): boolean {
  if (start + 3 > end) return false;
  return /^[HRL]\d\d(?![^\s:])/.test(text.slice(start, Math.min(end, start + 4)));
}
