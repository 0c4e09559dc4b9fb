import type { ServerResponse } from 'node:http';
import type { ServerView } from '../../../src/plugin.ts';
import type { Streams } from './streams.ts';

export interface TapQuery {
  /** A glob over names; empty: all. */
  readonly name: string;
  /** Of front-ends; empty: all. */
  readonly frontend: string;
  /** Lines a second. */
  readonly limit: number;
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
