import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { BodyLimits } from '../../../src/kit/http/request-body.ts';
import type { Steps } from '../../../src/kit/slices.ts';
import { appName, isObject } from '../json/record.ts';
import { countBad, readList, readRecords } from '../json/records.ts';
import type { Json, LogRecord } from '../records/record.ts';
import { looksLikeJson } from './json.ts';
import type { Post, Reading, Reply, Sender } from './sender.ts';

const MIB = 1024 * 1024;
/** A buffer of 5 MiB, by default, is 6.7 MiB of base64 and more of JSON around small records; what is packed already hardly packs again. */
const LARGEST_BODY = 16 * MIB;
/** Bytes that one record may unpack to: 10 MiB of messages take 14 to 17 ms. */
const LONGEST_UNPACKED = 10 * MIB;
/** Bytes that all records of a request may unpack to. */
const MOST_UNPACKED = 64 * MIB;
const LONGEST_ID = 200;

/**
 * Amazon Data Firehose, with messages of producers or of CloudWatch Logs in it.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
export function firehoseSender({ maxBody, maxPacked }: BodyLimits): Sender {
  return {
    name: 'firehose',
    posts: [{ path: '/drain/firehose', read }],
    gets: [{ path: '/drain/firehose', open: true, answer: () => answer(200, '') }],
    claims: ({ headers }) => 'x-amz-firehose-request-id' in headers || 'x-amz-firehose-protocol-version' in headers,
    credential: ({ 'x-amz-firehose-access-key': key }) => (typeof key === 'string' && key !== '' ? key : undefined),
    repeat: (headers) => idOf(headers) || undefined,
    limits: { maxBody: Math.max(maxBody, LARGEST_BODY), maxPacked: Math.max(maxPacked, LARGEST_BODY) },
    refuse: ({ status, sentence }, headers) => answer(status, idOf(headers), sentence),
  };
}

function* read(body: Buffer, post: Post): Reading {
  let requestId = idOf(post.headers);
  const records: Buffer[] = [];
  let bad = 0;
  const end = yield* readList(body, 0, post, {
    list: 'records',
    field(key, value) {
      if (key === 'requestId' && typeof value === 'string' && requestId === '') requestId = value;
    },
    make(value) {
      if (isObject(value) && typeof value.data === 'string') records.push(Buffer.from(value.data, 'base64'));
      else bad++;
      return undefined;
    },
  });
  if (end < 0) throw refusal(400, 'The body must be a JSON object whose "records" is a list.');
  countBad(post, bad);
  const unpack = createUnpacker(post);
  for (const record of records) {
    const data = record[0] === 0x1f && record[1] === 0x8b ? unpack(record) : record;
    if (data !== undefined) yield* readData(data, post);
    if (post.spent()) yield;
  }
  return answer(200, requestId);
}

/** Gives undefined for what cannot be unpacked, or is too much. */
function createUnpacker(post: Post): (data: Buffer) => Buffer | undefined {
  let left = MOST_UNPACKED;
  return (data) => {
    const most = Math.min(left, LONGEST_UNPACKED);
    try {
      if (most === 0) throw new Error('too much');
      const unpacked = gunzipSync(data, { maxOutputLength: most });
      left -= unpacked.length;
      return unpacked;
    } catch {
      // Up to the limit it was unpacked all the same.
      left = Math.max(0, left - Math.min(most, data.length * LEAST_RATIO));
      countBad(post, 1);
      return undefined;
    }
  };
}

/** gzip packs to a thousandth at most. */
const LEAST_RATIO = 1032;

/** What one record holds: messages of CloudWatch Logs, any JSON, or lines. */
function* readData(data: Buffer, post: Post): Steps<void> {
  if (!looksLikeJson(data)) return yield* readLines(data, post);
  if (!CLOUDWATCH.test(data.toString('latin1', 0, LOOKED_AT))) return yield* readRecords(data, post);
  for (let at = 0; at < data.length; ) {
    const end = yield* readMessage(data, at, post);
    if (end < 0) return countBad(post, 1);
    at = end;
    while (at < data.length && data[at]! <= 0x20) at++;
  }
}

const CLOUDWATCH = /^\s*\{\s*"messageType"\s*:/;
const LOOKED_AT = 200;

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html. The stream is no source of metrics: there is one for
 * each instance of a function. Rules find it in `fields`.
 */
function* readMessage(data: Buffer, start: number, post: Post): Steps<number> {
  let type = '';
  let logGroup = '';
  let logStream = '';
  return yield* readList(data, start, post, {
    list: 'logEvents',
    field(key, value) {
      if (typeof value !== 'string') return;
      if (key === 'messageType') type = value;
      else if (key === 'logGroup') logGroup = value;
      else if (key === 'logStream') logStream = value;
    },
    make(event) {
      // The other one only asks whether somebody is there.
      if (type === 'CONTROL_MESSAGE' || !isObject(event)) return undefined;
      return lineOf(event.message, { ...event, logGroup, logStream }, logGroup);
    },
  });
}

function lineOf(message: Json | undefined, fields: LogRecord['fields'], logGroup: string): LogRecord | undefined {
  if (typeof message !== 'string') return undefined;
  const app = logGroup.replace(/^\/aws\/[a-z-]+\//, '');
  return { text: message, app: app === '' ? undefined : appName(app), fields };
}

/** Lines of a producer, none of which is one of a platform. */
function* readLines(data: Buffer, { logs, spent }: Post): Steps<void> {
  for (let start = 0; start < data.length; ) {
    const newline = data.indexOf(0x0a, start);
    const end = newline < 0 ? data.length : newline;
    if (end > start && logs.record({ text: data.toString('utf8', start, end) })) {
      yield* logs.flush();
      if (spent()) yield;
    }
    start = end + 1;
  }
}

function idOf({ 'x-amz-firehose-request-id': id }: IncomingHttpHeaders): string {
  return typeof id === 'string' && id.length <= LONGEST_ID ? id : '';
}

/** Of every status: anything else is a failure to Firehose. */
function answer(status: number, requestId: string, errorMessage?: string): Reply {
  const body = JSON.stringify({ requestId, timestamp: Date.now(), errorMessage });
  return { status, headers: { 'content-type': 'application/json' }, body };
}
