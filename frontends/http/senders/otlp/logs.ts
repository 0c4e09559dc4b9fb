import type { Json, JsonObject, LogRecord } from '../../records/record.ts';
import type { Post } from '../sender.ts';
import { textOf } from './labels.ts';
import type { Outcome } from './metrics.ts';
import type { Attributes, LogEntry, Sink } from './model.ts';

/** Hands the log records of one body to the readers of log text. */
export function logSink({ logs, app }: Pick<Post, 'logs' | 'app'>): Sink<LogEntry> & { readonly outcome: Outcome } {
  const outcome: Outcome = { taken: 0, refused: 0, why: '' };
  let resource: Attributes = [];
  let service: string | undefined;
  return {
    outcome,
    open({ level, attributes = [] }) {
      if (level !== 'resource') return;
      resource = attributes;
      // One that was named in the query, or by the credential, is what the operator wants.
      service = app === undefined ? appName(textIn(attributes, 'service.name')) : undefined;
    },
    leaf(entry) {
      outcome.taken++;
      return logs.record(logRecord(entry, service, resource));
    },
    refuse(why) {
      if (outcome.refused++ === 0) outcome.why = why;
    },
    flush: logs.flush,
  };
}

export function logRecord(entry: LogEntry, app: string | undefined, resource: Attributes): LogRecord {
  const fields = fieldsOf(entry);
  return {
    text: lineOf(entry.body),
    app,
    process: processOf(entry.attributes) ?? processOf(resource),
    timeMs: entry.timeMs,
    severity: entry.severity,
    fields,
  };
}

/** Where programs put the text of a structured record. */
const TEXTS = ['message', 'msg', 'log', 'body'];

function lineOf(body: Json): string {
  if (body === null) return '';
  if (!isObject(body)) return textOf(body);
  for (const key of TEXTS) if (typeof body[key] === 'string') return body[key];
  return JSON.stringify(body);
}

/** Longer text is not looked into. */
const LONGEST_JSON = 64 * 1024;

/** Attributes, and over them what the body holds: a map, or JSON in text. */
function fieldsOf({ body, attributes }: LogEntry): JsonObject | undefined {
  const inside = isObject(body) ? body : typeof body === 'string' ? parsed(body) : undefined;
  if (inside === undefined && attributes.length === 0) return undefined;
  // Without a prototype, so that no key is special.
  const fields: { [key: string]: Json } = Object.create(null);
  for (const { key, value } of attributes) fields[key] = value;
  for (const [key, value] of Object.entries(inside ?? {})) fields[key] = value;
  return fields;
}

function parsed(text: string): JsonObject | undefined {
  if (!text.startsWith('{') || text.length > LONGEST_JSON) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const PROCESSES = ['heroku.dyno.name', 'dyno', 'k8s.pod.name', 'service.instance.id', 'host.name'];
/** Such an id is new with each start: as a tag, it would make new series each time. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function processOf(attributes: Attributes): string | undefined {
  for (const key of PROCESSES) {
    const text = textIn(attributes, key);
    if (text !== undefined && text !== '' && !UUID.test(text)) return text;
  }
  return undefined;
}

function textIn(attributes: Attributes, key: string): string | undefined {
  const value = attributes.find((attribute) => attribute.key === key)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** With the characters that an app may have in the query. */
function appName(service: string | undefined): string | undefined {
  return service === undefined || service === '' ? undefined : service.replace(/[^\w.:/-]/g, '_').slice(0, 100);
}
