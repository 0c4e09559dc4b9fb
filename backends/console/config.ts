import type { BackendPlugin } from '../../src/plugin.ts';

export interface ConsoleConfig {
  /** `text`: tables for a person. `json`: a line per series, for a program. `statsd`: as the original daemon prints. */
  readonly format: 'text' | 'json' | 'statsd';
  /** Of `statsd`: in colours, and one level deeper. */
  readonly prettyprint: boolean;
  /** Whether the tables show statsdrain's own series. The JSON lines always have them. */
  readonly selfMetrics: boolean;
  /** Rows of one table. The other formats have no limit. */
  readonly maxSeries: number;
}

export const config: NonNullable<BackendPlugin<ConsoleConfig>['config']> = ({ z }) =>
  z
    .strictObject({
      format: z
        .enum(['text', 'json', 'statsd'])
        .default('text')
        .describe(
          '"text" prints tables for a person, "json" a line of JSON per series for a program, "statsd" what the original StatsD daemon prints.',
        ),
      prettyprint: z
        .boolean()
        .default(false)
        .describe('Print colours with "statsd", even where there is no terminal, and histograms of timers in full.'),
      selfMetrics: z
        .boolean()
        .default(false)
        .describe('Show statsdrain’s own metrics in the tables of "text"; "json" always has them.'),
      maxSeries: z
        .number()
        .int()
        .min(1)
        .default(100)
        .describe('Series of one type that "text" shows in one window; the other formats have no limit.'),
    })
    .superRefine(({ format, prettyprint }, { addIssue }) => {
      if (format === 'statsd' || !prettyprint) return;
      addIssue({ code: 'custom', path: ['prettyprint'], message: 'needs "format": "statsd"' });
    });
