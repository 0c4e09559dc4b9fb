import type { Refused, Reply } from '../sender.ts';
import type { Outcome } from './metrics.ts';

export type Encoding = 'protobuf' | 'json';

/** By the type of a body; else by its first bytes. */
export function encodingOf(mediaType: string, body: Buffer): Encoding {
  return (
    encodingOfType(mediaType) ?? (/^(?:\xef\xbb\xbf)?\s*\{/.test(body.toString('latin1', 0, 64)) ? 'json' : 'protobuf')
  );
}

function encodingOfType(mediaType: string): Encoding | undefined {
  if (mediaType.includes('protobuf')) return 'protobuf';
  return mediaType.includes('json') ? 'json' : undefined;
}

/** `ExportLogsServiceResponse` or `ExportMetricsServiceResponse`: empty, or with what was refused. */
export function accepted(
  encoding: Encoding,
  { taken, refused, why }: Outcome,
  what: 'LogRecords' | 'DataPoints',
): Reply {
  if (refused === 0) return reply(200, encoding, {}, []);
  const message = `${refused} of ${taken + refused} were refused: ${why.slice(0, LONGEST).replace(/\.$/, '')}.`;
  const partial = [...number(1, refused), ...text(2, message)];
  return reply(
    200,
    encoding,
    { partialSuccess: { [`rejected${what}`]: String(refused), errorMessage: message } },
    lengthDelimited(1, partial),
  );
}

/** Characters of a reason, which has names in it. */
const LONGEST = 400;

/** `google.rpc.Status` of whatever was refused as a whole. */
export function refused({ status, sentence, mediaType }: Refused): Reply {
  const code = CODES.get(status) ?? (status >= 500 ? INTERNAL : INVALID_ARGUMENT);
  return reply(status, encodingOfType(mediaType) ?? 'json', { code, message: sentence }, [
    ...number(1, code),
    ...text(2, sentence),
  ]);
}

const INVALID_ARGUMENT = 3;
const INTERNAL = 13;
/** google.rpc.Code by status of HTTP. */
const CODES: ReadonlyMap<number, number> = new Map([
  [401, 16],
  [403, 7],
  [404, 5],
  [405, 12],
  [413, 11],
  [429, 8],
  [503, 14],
]);

/** Bytes: behind the type of a text a charset would be put, and exporters compare types as a whole. */
function reply(status: number, encoding: Encoding, json: object, message: readonly number[]): Reply {
  return encoding === 'json'
    ? { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(json)) }
    : { status, headers: { 'content-type': 'application/x-protobuf' }, body: Uint8Array.from(message) };
}

/** Fields of Protocol Buffers. */
function number(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

function text(field: number, value: string): number[] {
  return lengthDelimited(field, [...Buffer.from(value)]);
}

function lengthDelimited(field: number, bytes: readonly number[]): number[] {
  return [(field << 3) | 2, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}
