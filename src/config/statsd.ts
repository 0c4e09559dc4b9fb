import { resolve } from 'node:path';
import { z } from 'zod';
import { hostSetting } from '../kit/host.ts';
import { statsdDefaults as defaults } from './defaults.ts';
import { durationBetween, kit } from './kit.ts';

const day = 24 * 3_600_000;

const histogram = z
  .array(
    z.strictObject({
      metric: z.string().describe('Part of the key; "" is in every key.'),
      bins: z.array(z.union([z.number(), z.literal('inf')])).describe('Upper limits, ascending; "inf" takes the rest.'),
    }),
  )
  .describe('Timers whose values are also counted in bins; the first entry that fits counts.');

const keyFlush = z
  .strictObject({
    interval: durationBetween(1, day).describe('Time between two lists.'),
    percent: z.number().gt(0).max(100).default(100).describe('Share of the keys, the most frequent first.'),
    log: z
      .string()
      .min(1)
      .optional()
      .describe('File to append to; a relative path starts at the folder of this file. Default: standard output.'),
  })
  .describe('Log the keys that are sent most often.');

/** The block `statsd` of the root. */
export const statsd = z
  .strictObject({
    prefixStats: z.string().default(defaults.prefixStats).describe('Text before the names of the internal counters.'),
    percentThreshold: z
      .array(z.number())
      .default([...defaults.percentThreshold])
      .describe('Percentiles of timers as the original computes them; negative ones are the top.'),
    histogram: histogram.optional(),
    calculatedTimerMetrics: z
      .array(z.string())
      .default([...defaults.calculatedTimerMetrics])
      .describe('Timer fields to keep, such as "count" or "upper_percent"; empty for all.'),
    deleteCounters: z.boolean().default(defaults.deleteCounters).describe('Forget idle counters instead of sending 0.'),
    deleteTimers: z
      .boolean()
      .default(defaults.deleteTimers)
      .describe('Forget idle timers instead of sending a count of 0.'),
    deleteSets: z.boolean().default(defaults.deleteSets).describe('Forget idle sets instead of sending 0.'),
    deleteGauges: z.boolean().default(defaults.deleteGauges).describe('Forget idle gauges instead of repeating them.'),
    gaugesMaxTTL: z
      .number()
      .int()
      .min(1)
      .default(defaults.gaugesMaxTTL)
      .describe('Flushes after which an idle gauge is forgotten, with "deleteGauges".'),
    keyNameSanitize: z
      .boolean()
      .default(defaults.keyNameSanitize)
      .describe('Replace blanks and slashes in keys and remove everything that Graphite would not take.'),
    keyFlush: keyFlush.optional(),
    dumpMessages: z.boolean().default(defaults.dumpMessages).describe('Log every line that is received.'),
    config: z
      .record(z.string(), z.unknown())
      .default(defaults.config)
      .describe(
        'What modules written for the original daemon find in their configuration. References to files are not followed here.',
      ),
  })
  .describe('Metrics as the original StatsD daemon keeps them, for the back-ends and modules that read them so.');

/** The block `admin` of the root. */
export const admin = z
  .strictObject({
    host: hostSetting(kit)
      .default('127.0.0.1')
      .describe('Address or name to listen on. "0.0.0.0" is every IPv4 address, "::" every address of both families.'),
    port: kit.port().default(8126).describe('TCP port; 0 lets the system choose.'),
    strictCompat: z.boolean().default(false).describe('Leave out "END" where the original daemon forgot it.'),
  })
  .describe('The admin interface of the original StatsD daemon: stats, counters, gauges, timers, health and so on.');

/** Keys that may be absent are undefined. `folder` is what relative paths start from. */
export function toStatsdSettings({ histogram, keyFlush, ...rest }: z.output<typeof statsd>, folder: string) {
  return {
    ...rest,
    histogram,
    keyFlush: keyFlush && {
      intervalMs: keyFlush.interval,
      percent: keyFlush.percent,
      log: keyFlush.log && resolve(folder, keyFlush.log),
    },
  };
}
