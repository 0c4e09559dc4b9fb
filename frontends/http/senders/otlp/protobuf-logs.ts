import type { ProtobufReader } from '../../protobuf.ts';
import type { Json } from '../../records/record.ts';
import { type Attribute, type LogEntry, severityName } from './model.ts';
import { addAttribute, anyValue, readResource, readScope } from './protobuf-values.ts';
import type { MessageShape } from './protobuf-walk.ts';

/** `ExportLogsServiceRequest`, version 1.x of opentelemetry-proto. */
export const LOGS_MESSAGE: MessageShape = {
  level: 'request',
  kept: new Map(),
  inside: new Map([
    [
      1,
      {
        level: 'resource',
        kept: new Map([[1, readResource]]),
        inside: new Map([
          [2, { level: 'scope', kept: new Map([[1, readScope]]), inside: new Map([[2, 'leaf' as const]]) }],
        ]),
      },
    ],
  ]),
};

const NANOSECONDS = 1e6;

export function readLogRecord(reader: ProtobufReader, end: number): LogEntry {
  const attributes: Attribute[] = [];
  let [time, observed, number] = [0, 0, 0];
  let severity = '';
  let body: Json = null;
  while (reader.next(end)) {
    if (reader.field === 1) time = reader.fixed64();
    else if (reader.field === 11) observed = reader.fixed64();
    else if (reader.field === 2) number = reader.uint32();
    else if (reader.field === 3) severity = reader.string();
    else if (reader.field === 5) body = anyValue(reader);
    else if (reader.field === 6) addAttribute(reader, attributes);
    else reader.skip();
  }
  return logEntry(time || observed, severity, number, body, attributes);
}

/** `time`: nanoseconds. */
export function logEntry(
  time: number,
  severity: string,
  number: number,
  body: Json,
  attributes: LogEntry['attributes'],
): LogEntry {
  return {
    timeMs: time > 0 ? Math.floor(time / NANOSECONDS) : undefined,
    severity: severity || severityName(number),
    body,
    attributes,
  };
}
