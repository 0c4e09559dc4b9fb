import type { Intake } from '../../../src/plugin.ts';
import { LF } from '../records/characters.ts';
import type { Sender } from './sender.ts';

/** Bytes of lines between two looks at the clock; of series that are new this takes a third of a millisecond. */
const PIECE = 16 * 1024;

/** Lines of StatsD over HTTP. */
export function statsdSender(intake: Pick<Intake, 'lines'>): Sender {
  return {
    name: 'statsd',
    posts: [
      {
        path: '/statsd',
        *read(body, { from, spent }) {
          for (let start = 0; start < body.length; ) {
            const newline = body.indexOf(LF, start + PIECE);
            const end = newline < 0 ? body.length : newline + 1;
            intake.lines(body, start, end, from);
            start = end;
            if (start < body.length && spent()) yield;
          }
          return undefined;
        },
      },
    ],
  };
}
