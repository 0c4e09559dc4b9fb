import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { ConfigKit, Intake } from '../../../src/plugin.ts';
import { appName, isObject, recordOf } from '../json/record.ts';
import { readRecords } from '../json/records.ts';
import { createRequests, type RequestTable } from '../json/requests.ts';
import { createSeen } from '../json/seen.ts';
import type { JsonObject, LogRecord } from '../records/record.ts';
import type { Sender } from './sender.ts';

export interface VercelConfig {
  readonly verify?: string | undefined;
  readonly secret?: string | undefined;
}

export function vercelKey(kit: ConfigKit) {
  return kit.z
    .strictObject({
      verify: kit.z
        .string()
        .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without blanks')
        .optional()
        .describe('Answered in "x-vercel-verify": what Vercel shows where the endpoint of a drain is verified.'),
      secret: kit
        .secret()
        .optional()
        .describe('Secret of the drain: a body that is not signed with it is refused. It takes the place of "auth".'),
    })
    .default({})
    .describe('Log drains of Vercel.');
}

/** https://vercel.com/docs/drains/reference/logs. A status of -1 says that there was no answer. */
const REQUEST: RequestTable = {
  name: 'vercel.requests',
  method: ['proxy', 'method'],
  status: [['proxy', 'statusCode'], ['statusCode']],
  // A function may write many lines for one request.
  id: ['requestId'],
};

/** Log drains of Vercel. */
export function vercelSender({ verify, secret }: VercelConfig, intake: Pick<Intake, 'series'>): Sender {
  const request = createRequests(intake, REQUEST);
  const seen = createSeen();
  return {
    name: 'vercel',
    posts: [
      {
        path: '/drain/vercel',
        *read(body, post) {
          yield* readRecords(body, post, (value, written) => {
            if (!isObject(value)) return undefined;
            const { id } = value;
            // It sends again what was not answered in time, and in other batches.
            if (typeof id === 'string' && !seen.isNew(`${post.client.name} ${id}`)) {
              post.count('drain.duplicate_records', 1);
              return undefined;
            }
            const line = lineOf(value, written);
            if (isObject(value.proxy)) request(value, post, line?.app);
            return line;
          });
          return { status: 200 };
        },
      },
    ],
    gets: [{ path: '/drain/vercel', open: true, answer: () => ({ status: 200 }) }],
    claims: ({ headers }) => 'x-vercel-signature' in headers,
    ...(verify === undefined ? {} : { headers: { 'x-vercel-verify': verify } }),
    ...(secret === undefined ? {} : { verify: (raw, headers) => checkSignature(secret, raw, headers) }),
  };
}

/** `{}` has none: it is posted to see what is answered. */
function lineOf(fields: JsonObject, written: string): LogRecord | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  const { projectName, source } = fields;
  const record = recordOf(fields, written);
  return {
    ...record,
    app: typeof projectName === 'string' && projectName !== '' ? appName(projectName) : undefined,
    // Not the host, which is another one for each deployment.
    process: typeof source === 'string' ? source : undefined,
  };
}

/** Before the drain is there, and so before it is signed. */
const EMPTY = /^\s*(?:\{\s*\}|\[\s*\])?\s*$/;
const LONGEST_EMPTY = 16;

function checkSignature(secret: string, raw: Buffer, { 'x-vercel-signature': given }: IncomingHttpHeaders): void {
  if (raw.length <= LONGEST_EMPTY && EMPTY.test(raw.toString('latin1'))) return;
  const expected = createHmac('sha1', secret).update(raw).digest();
  const signature = Buffer.from(typeof given === 'string' && /^[\da-f]{40}$/i.test(given) ? given : '', 'hex');
  if (signature.length === expected.length && timingSafeEqual(signature, expected)) return;
  throw refusal(
    403,
    '"x-vercel-signature" must be the HMAC-SHA1 of the body, by "secret" of "vercel" in the configuration.',
  );
}
