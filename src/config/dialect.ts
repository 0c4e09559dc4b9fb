import { z } from 'zod';

/** The key `dialect` of a front-end's block. */
export const dialect = z
  .enum(['auto', 'dogstatsd', 'statsd'])
  .describe(
    '"auto" is StatsD with all extensions of DogStatsD; "dogstatsd" is what the Datadog Agent does, "statsd" what the original daemon does.',
  );
