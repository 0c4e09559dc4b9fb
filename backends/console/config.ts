import type { BackendPlugin } from '../../src/plugin.ts';

export interface ConsoleConfig {
  /** `text`: tables for a person. `json`: a line per series, for a program. */
  readonly format: 'text' | 'json';
  /** Whether the tables show statsdrain's own series. The JSON lines always have them. */
  readonly selfMetrics: boolean;
  /** Rows of one table. The JSON lines have no limit. */
  readonly maxSeries: number;
}

export const config: NonNullable<BackendPlugin<ConsoleConfig>['config']> = ({ z }) =>
  z.strictObject({
    format: z
      .enum(['text', 'json'])
      .default('text')
      .describe('"text" prints tables for a person, "json" a line of JSON per series for a program'),
    selfMetrics: z
      .boolean()
      .default(false)
      .describe('The tables of "text" show the metrics of statsdrain itself; "json" always has them'),
    maxSeries: z
      .number()
      .int()
      .min(1)
      .default(100)
      .describe('Series of one type that "text" shows in one window; "json" has no limit'),
  });
