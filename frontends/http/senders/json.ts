import { anyRecord, isObject } from '../json/record.ts';
import { readRecords } from '../json/records.ts';
import type { Json, LogRecord } from '../records/record.ts';
import type { PostRoute, Sender } from './sender.ts';

const PATHS = [
  '/drain/fluent-bit',
  '/drain/fly',
  '/drain/logstash',
  '/drain/syslog-ng',
  '/drain/vector',
  '/drain/winston',
] as const;

/** Objects, a line each, one behind the other or in a list: what most senders can post. */
export const json: Sender = {
  name: 'json',
  posts: [route('/drain/json'), ...PATHS.map(route)],
  claims: ({ mediaType }, body) => looksLikeJson(body, mediaType),
};

function route(path: string): PostRoute {
  return {
    path,
    methods: ['POST', 'PUT'],
    *read(body, post) {
      yield* readRecords(body, post, recordIn);
      // winston takes any other answer for a failure.
      return { status: 200 };
    },
  };
}

/** winston up to 3.2 posts a call: https://github.com/winstonjs/winston/blob/master/docs/transports.md#http-transport */
function recordIn(value: Json, written: string): LogRecord | undefined {
  if (isObject(value) && value.method === 'collect' && isObject(value.params)) {
    return anyRecord(value.params, written);
  }
  return anyRecord(value, written);
}

const MEDIA_TYPE = /json/;
const BRACE = 0x7b;
const BRACKET = 0x5b;
/** What may follow a brace and a bracket. A line of text may begin with them too: `[INFO] …`, `{web} …`. */
const IN_OBJECT = '"}';
const IN_LIST = '{["]';

/** By its first bytes, whatever it is said to be; a list of numbers has to be said to be one. */
export function looksLikeJson(body: Buffer, mediaType = ''): boolean {
  const first = visible(body, 0);
  const opening = body[first];
  if (opening !== BRACE && opening !== BRACKET) return false;
  const next = body[visible(body, first + 1)];
  if (next === undefined) return MEDIA_TYPE.test(mediaType);
  return (opening === BRACE ? IN_OBJECT : IN_LIST).includes(String.fromCharCode(next));
}

/** Bytes that are looked at for the first that is no blank. */
const LOOKED_AT = 1024;
const MARK = [0xef, 0xbb, 0xbf];

/** Where the first byte is, from `start` on, that is neither a blank nor of a byte order mark. */
function visible(body: Buffer, start: number): number {
  let at = start;
  while (at < start + LOOKED_AT && at < body.length && (body[at]! <= 0x20 || MARK.includes(body[at]!))) at++;
  return at;
}
