import {
  anyValueOf,
  attributesOf,
  type Fields,
  field,
  numberOf,
  numberOr,
  resourceOf,
  scopeOf,
  textOf,
} from './json-values.ts';
import type { ObjectShape } from './json-walk.ts';
import { type LogEntry, severityNumber } from './model.ts';
import { logEntry } from './protobuf-logs.ts';

/** `ExportLogsServiceRequest` as JSON. */
export const LOGS_OBJECT: ObjectShape = {
  level: 'request',
  kept: new Map(),
  inside: new Map([['resourceLogs', { list: true, of: resourceShape() }]]),
};

function resourceShape(): ObjectShape {
  return {
    level: 'resource',
    kept: new Map([['resource', resourceOf]]),
    inside: new Map([['scopeLogs', { list: true, of: scopeShape() }]]),
  };
}

function scopeShape(): ObjectShape {
  return {
    level: 'scope',
    kept: new Map([['scope', scopeOf]]),
    inside: new Map([['logRecords', { list: true, of: 'leaf' }]]),
  };
}

const TIME = field('timeUnixNano');
const OBSERVED = field('observedTimeUnixNano');
const SEVERITY_NUMBER = field('severityNumber');
const SEVERITY_TEXT = field('severityText');

export function logEntryOf(fields: Fields): LogEntry {
  const number = SEVERITY_NUMBER(fields);
  return logEntry(
    numberOr(TIME(fields), 0) || numberOr(OBSERVED(fields), 0),
    textOf(SEVERITY_TEXT(fields)),
    severityNumber(textOf(number)) ?? numberOf(number),
    anyValueOf(fields.body),
    attributesOf(fields.attributes),
  );
}
