import { createHash } from 'node:crypto';
import type { ConfigKit, Intake } from '../../../src/plugin.ts';
import { anyRecord, isObject } from '../json/record.ts';
import { readRecords } from '../json/records.ts';
import { createRequests, type RequestTable } from '../json/requests.ts';
import { looksLikeJson } from './json.ts';
import type { Sender } from './sender.ts';

export interface FastlyConfig {
  readonly services: readonly string[];
}

export function fastlyKey({ z }: ConfigKit) {
  return z
    .strictObject({
      services: z
        .array(z.string().min(1))
        .default([])
        .describe('Ids of the services that may name this server as their endpoint. Without one: any service.'),
    })
    .default({ services: [] })
    .describe('Real-time log streaming of Fastly.');
}

/** The fields of the format that Fastly fills in for a new endpoint. */
const REQUEST: RequestTable = {
  name: 'fastly.requests',
  method: ['request_method'],
  status: [['response_status']],
};

/** Real-time log streaming of Fastly: https://www.fastly.com/documentation/guides/integrations/logging-endpoints/log-streaming-https/ */
export function fastlySender({ services }: FastlyConfig, intake: Pick<Intake, 'series'>): Sender {
  const request = createRequests(intake, REQUEST);
  const allowed = services.length === 0 ? ['*'] : services.map((id) => createHash('sha256').update(id).digest('hex'));
  return {
    name: 'fastly',
    posts: [
      {
        path: '/drain/fastly',
        methods: ['POST', 'PUT'],
        // The format is the user's own.
        *read(body, post) {
          if (looksLikeJson(body)) {
            yield* readRecords(body, post, (value, written) => {
              if (isObject(value)) request(value, post);
              return anyRecord(value, written);
            });
          } else {
            yield* post.logs.lines(body);
          }
          return { status: 200 };
        },
      },
    ],
    gets: [
      {
        path: '/.well-known/fastly/logging/challenge',
        open: true,
        answer: () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: `${allowed.join('\n')}\n` }),
      },
    ],
  };
}
