import type { Intake } from '../../../src/plugin.ts';
import { isObject } from '../json/record.ts';
import { readRecords } from '../json/records.ts';
import { createRequests, type RequestTable } from '../json/requests.ts';
import type { Sender } from './sender.ts';

/** https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/ */
const REQUEST: RequestTable = {
  name: 'cloudflare.requests',
  method: ['ClientRequestMethod'],
  status: [['EdgeResponseStatus']],
  timers: [
    { name: 'cloudflare.edge_first_byte', path: ['EdgeTimeToFirstByteMs'] },
    { name: 'cloudflare.origin_time', path: ['OriginResponseDurationMs'] },
  ],
};

/** Logpush of Cloudflare to an HTTP destination. */
export function cloudflareSender(intake: Pick<Intake, 'series'>): Sender {
  const request = createRequests(intake, REQUEST);
  return {
    name: 'cloudflare',
    posts: [
      {
        path: '/drain/cloudflare',
        methods: ['POST', 'PUT'],
        *read(body, post) {
          yield* readRecords(body, post, (fields, text) => {
            // What it posts, again and again, to see whether the destination is there.
            if (!isObject(fields) || fields.content === 'tests') return undefined;
            request(fields, post);
            // No field of it is a line; visitors choose what is in most of them.
            return { text, fields };
          });
          return { status: 200 };
        },
      },
    ],
  };
}
