import type { Intake } from '../../../src/plugin.ts';
import type { Sender } from './sender.ts';

/** Lines of StatsD over HTTP. */
export function statsdSender(intake: Pick<Intake, 'lines'>): Sender {
  return {
    name: 'statsd',
    posts: [
      {
        path: '/statsd',
        // biome-ignore lint/correctness/useYield: the intake takes a body at once.
        *read(body) {
          intake.lines(body);
          return undefined;
        },
      },
    ],
  };
}
