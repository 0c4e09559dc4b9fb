import type { IncomingHttpHeaders } from 'node:http';
import { framing } from '../records/frames.ts';
import type { Post, Sender } from './sender.ts';

const MEDIA_TYPE = 'application/logplex-1';
const HEADERS = [
  'logplex-msg-count',
  'logplex-frame-id',
  'logplex-drain-token',
  'logplex-drop-count',
  'logplex-lost-count',
];

/**
 * Logplex of Heroku, and log-shuttle, which also posts for Shield and Private Space drains. Whoever cannot set headers is known by the
 * first bytes; the platform is believed there only if all of the body is framed, so that a line of text that begins like a frame is not
 * enough to speak for it.
 */
export const logplex: Sender = {
  name: 'logplex',
  posts: [
    {
      path: '/drain/logplex',
      *read(body, post) {
        const { headers, logs, repeated, count } = post;
        const believed = isTold(post) || framing(body) === 'whole';
        const frames = yield* logs.frames(body, { structuredData: !leavesStructuredDataOut(headers), believed });
        const declared = headers['logplex-msg-count'];
        if (!repeated && declared !== undefined && Number(declared) !== frames) count('drain.msg_count_mismatch', 1);
        return undefined;
      },
    },
  ],
  claims: (post, body) => isTold(post) || framing(body) !== undefined,
  repeat: repeatKey,
};

function isTold({ headers, mediaType }: Pick<Post, 'headers' | 'mediaType'>): boolean {
  return mediaType === MEDIA_TYPE || HEADERS.some((name) => name in headers);
}

/** Those of Logplex are told by its frame id; log-shuttle has STRUCTURED-DATA. */
function leavesStructuredDataOut(headers: IncomingHttpHeaders): boolean {
  return 'logplex-frame-id' in headers || (headers['user-agent'] ?? '').startsWith('Logplex/');
}

/** The drain and its frame id, or the request id of log-shuttle. Never the body: Logplex may put a loss notice before it. */
export function repeatKey(headers: IncomingHttpHeaders): string | undefined {
  const frame = headers['logplex-frame-id'] ?? headers['x-request-id'];
  const drain = headers['logplex-drain-token'] ?? '';
  if (typeof frame !== 'string' || typeof drain !== 'string') return undefined;
  if (frame === '' || frame.length + drain.length > LONGEST) return undefined;
  return `${drain}\n${frame}`;
}

/** Characters: both ids of Logplex take 70. */
const LONGEST = 200;
