import type { ServerResponse } from 'node:http';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { ServerView } from '../../../src/plugin.ts';
import { TAP_NAME } from '../../../src/plugin-server.ts';
import { numberOf, textOf } from './query.ts';
import type { Streams } from './streams.ts';

const USUAL_LINES = 20;
/** A tap of the server takes no more lines a second. */
const MOST_LINES = 1000;

export interface TapQuery {
  /** A glob over names; empty: all. */
  readonly name: string;
  /** Of front-ends; empty: all. */
  readonly frontend: string;
  /** Lines a second. */
  readonly limit: number;
}

/** Throws a refusal (400) of what would never give a line. */
export function tapQuery(query: URLSearchParams, server: ServerView): TapQuery {
  const name = textOf(query, 'name', TAP_NAME);
  const frontend = textOf(query, 'frontend');
  const known = server.status().frontends.map((one) => one.name);
  if (frontend !== '' && !known.includes(frontend)) {
    throw refusal(400, `There is no front-end ${JSON.stringify(frontend)}; there are: ${known.join(', ') || 'none'}.`);
  }
  return { name, frontend, limit: numberOf(query, 'limit', USUAL_LINES, MOST_LINES) };
}

/** Streams copies of lines as they come: `lines`, and `end` with the reason when the server ends it. Throws where no more streams are allowed. */
export async function streamTap(
  response: ServerResponse,
  streams: Streams,
  server: ServerView,
  query: TapQuery,
): Promise<void> {
  const stream = streams.open(response);
  const { name, frontend, limit } = query;
  const options = { name, ...(frontend !== '' && { frontend }), limit, signal: stream.signal };
  try {
    const reason = await server.tap(options, (lines, { skipped }) =>
      stream.send('lines', {
        lines: lines.map(({ from = null, reason = null, advice = null, ...line }) => ({
          ...line,
          from,
          reason,
          advice,
        })),
        skipped,
      }),
    );
    if (reason !== 'aborted') stream.send('end', { reason });
  } finally {
    stream.end();
  }
}
