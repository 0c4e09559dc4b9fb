import { z } from 'zod';
import { SELF_PREFIX } from '../plugin.ts';

/**
 * How tags may be sent. `dogstatsd`: in a section of their own (`|#k:v,k`); the others are part of the name. `graphite`: `name;k=v;k=v`.
 * `influxdb`: `name,k=v,k=v` (Telegraf, Micrometer's TELEGRAF, InfluxDB's clients). `librato`: `name#k=v,k=v` (Micrometer's SYSDIG).
 * `signalfx`: `na[k=v,k=v]me`.
 */
export const tagStyles = ['dogstatsd', 'graphite', 'influxdb', 'librato', 'signalfx'] as const;
export type TagStyle = (typeof tagStyles)[number];

/** What a front-end's block says of the series that arrive there. Plain data. */
export interface FrontendRuleSet {
  /** Put before each name as it is. */
  readonly prefix?: string;
  /** `key:value` or `key`: added to those that were sent. */
  readonly tags?: readonly string[];
  /** Absent: DogStatsD's and Graphite's. */
  readonly tagStyles?: readonly TagStyle[];
  /** Where a client of DogStatsD says that it runs makes tags. */
  readonly originTags?: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\0-\x1f\x7f]/;

const notTwice = <T>({ value, issues }: z.core.ParsePayload<readonly T[]>) => {
  for (const [index, one] of value.entries()) {
    if (value.indexOf(one) === index) continue;
    issues.push({ code: 'custom', input: one, path: [index], message: 'is listed twice' });
  }
};

const tag = z
  .string()
  .refine((text) => text !== '' && !text.includes(','), 'is not one tag, such as "env:prod"')
  .refine((text) => !control.test(text), 'has a control character');

/** Keys of the block of every front-end. */
export const frontendRuleShape = {
  prefix: z
    .string()
    .min(1)
    .refine((text) => !control.test(text), 'has a control character')
    .refine((text) => !/[;|:]/.test(text), 'has a ";", "|" or ":", which no name has')
    .refine(
      (text) => !text.startsWith(SELF_PREFIX),
      `must not start with "${SELF_PREFIX}", as the names of the server do`,
    )
    .optional()
    .describe('Put before each name that arrives here, with its dot where it is to have one.'),
  tags: z
    .array(tag)
    .check(notTwice)
    .optional()
    .describe('Tags ("key:value" or "key") that all series, events and checks that arrive here get besides their own.'),
  tagStyles: z
    .array(z.enum(tagStyles))
    .min(1)
    .check(notTwice)
    .optional()
    .describe(
      'How tags are sent: "dogstatsd" behind "|#", the others in the name, as "a;k=v" (graphite), "a,k=v" (influxdb), "a#k=v" (librato) or "a[k=v]" (signalfx). Default: "dogstatsd" and "graphite", and all where a back-end is "prometheus".',
    ),
  originTags: z
    .boolean()
    .optional()
    .describe(
      'Make tags of where a DogStatsD client says that it runs: "container_id", "container_name", "cgroup_inode" and "pod_uid". Such lines take some times as long. Default: false.',
    ),
};

type Given = { readonly [Key in keyof FrontendRuleSet]: FrontendRuleSet[Key] | undefined };

/** Undefined where the block says nothing. */
export function toFrontendRules({ prefix, tags, tagStyles, originTags = false }: Given): FrontendRuleSet | undefined {
  const hasTags = tags !== undefined && tags.length > 0;
  if (prefix === undefined && !hasTags && tagStyles === undefined && !originTags) return undefined;
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(hasTags ? { tags } : {}),
    ...(tagStyles === undefined ? {} : { tagStyles }),
    ...(originTags ? { originTags } : {}),
  };
}
