import type { Json, JsonObject, LogRecord } from '../records/record.ts';

/**
 * Where records of common senders have what is known of a line: paths of keys, and of several the one that comes first here. The number
 * of a process is not among them: another one comes with each restart.
 */
const PLACES = {
  text: ['message', 'msg', 'log', 'MESSAGE', 'body', 'text'],
  app: [
    'app',
    'appname',
    'app_name',
    'application',
    'service',
    'service.name',
    'projectName',
    'fly.app.name',
    'kubernetes.labels.app',
    'PROGRAM',
    'SYSLOG_IDENTIFIER',
  ],
  process: [
    'proc',
    'procid',
    'process',
    'process_name',
    'fly.app.instance',
    'container_name',
    'kubernetes.container_name',
    'host',
    'host.name',
    'hostname',
    'HOST',
    '_HOSTNAME',
  ],
  severity: ['level', 'severity', 'levelname', 'log.level', 'PRIORITY', 'priority'],
  time: ['timestamp', '@timestamp', 'time', 'ts', 'date'],
} as const;

type Meaning = keyof typeof PLACES;

interface Place {
  readonly meaning: Meaning;
  readonly rank: number;
  readonly path: readonly string[];
}

/** By the first key of their path: a record is gone through once, which is faster than to ask it for each of these names. */
const placesOf = new Map<string, Place[]>();
for (const [meaning, paths] of Object.entries(PLACES)) {
  for (const [rank, written] of paths.entries()) {
    const path = written.split('.');
    const places = placesOf.get(path[0]!) ?? [];
    placesOf.set(path[0]!, [...places, { meaning: meaning as Meaning, rank, path }]);
  }
}

/** What was found in one record; used again for the next one. */
const found: { [Key in Meaning]: string | number | undefined } = {
  text: undefined,
  app: undefined,
  process: undefined,
  severity: undefined,
  time: undefined,
};
const ranks: { [Key in Meaning]: number } = { text: 0, app: 0, process: 0, severity: 0, time: 0 };
const UNRANKED = 99;

/**
 * One record of whatever posts JSON: fluent-bit, Vector, Logstash, winston, pino, zap, journald. `written` is its JSON text; that is the
 * text of a record that has none, so that rules find it: tokens of metrics are never in it, since they would stand in quotes.
 */
export function recordOf(fields: JsonObject, written: string): LogRecord {
  found.text = found.app = found.process = found.severity = found.time = undefined;
  ranks.text = ranks.app = ranks.process = ranks.severity = ranks.time = UNRANKED;
  for (const key of Object.keys(fields)) {
    const places = placesOf.get(key);
    if (places !== undefined) for (const place of places) look(fields, place);
  }
  return {
    text: (found.text as string | undefined) ?? written,
    app: found.app as string | undefined,
    process: found.process as string | undefined,
    timeMs: found.time as number | undefined,
    severity: found.severity as string | undefined,
    fields,
  };
}

function look(fields: JsonObject, { meaning, rank, path }: Place): void {
  if (rank >= ranks[meaning]) return;
  const value = understood(meaning, path.length === 1 ? fields[path[0]!] : valueAt(fields, path));
  if (value === undefined) return;
  ranks[meaning] = rank;
  found[meaning] = value;
}

function understood(meaning: Meaning, value: Json | undefined): string | number | undefined {
  switch (meaning) {
    case 'text':
      if (typeof value === 'string') return value === '' ? undefined : value;
      return Array.isArray(value) ? textOf(value) : undefined;
    case 'app':
      return isName(value) ? appName(value) : undefined;
    case 'process':
      return isName(value) ? value : undefined;
    case 'severity':
      return typeof value === 'number' ? String(value) : isName(value, /^$/) ? value : undefined;
    case 'time':
      return timeOf(value);
  }
}

/** Objects as {@link recordOf} does, texts as lines. Of other values nothing is known. */
export function anyRecord(value: Json, written: string): LogRecord | undefined {
  if (typeof value === 'string') return { text: value };
  return isObject(value) ? recordOf(value, written) : undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a path of keys leads to. */
export function valueAt(record: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = record;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

const LONGEST_NAME = 100;
const NAME = /^[A-Za-z0-9_.:/-]{1,100}$/;

/** As a tag may have it. */
export function appName(given: string): string {
  return NAME.test(given) ? given : given.slice(0, LONGEST_NAME).replace(/[^A-Za-z0-9_.:/-]/g, '_');
}

function isName(value: Json | undefined, no = /^\d*$/): value is string {
  return typeof value === 'string' && !no.test(value);
}

/** journald has a list of bytes where a line is no good UTF-8. */
function textOf(list: readonly Json[]): string | undefined {
  if (list.length === 0 || !list.every((one) => typeof one === 'number')) return undefined;
  return Buffer.from(list).toString('utf8');
}

/** Milliseconds since 1970. Seconds, milliseconds, microseconds and nanoseconds are told apart by their size. */
function timeOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return millisecondsOf(value);
  if (typeof value !== 'string' || value.length < SHORTEST_TIME || value.length > LONGEST_TIME) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

/** Characters of `2024-05-01T10:00:01Z`, and with nanoseconds and a zone. */
const SHORTEST_TIME = 20;
const LONGEST_TIME = 35;

function millisecondsOf(time: number): number | undefined {
  if (!(time > 0)) return undefined;
  if (time < 1e11) return time * 1e3;
  if (time < 1e14) return time;
  return time < 1e17 ? time / 1e3 : time / 1e6;
}
