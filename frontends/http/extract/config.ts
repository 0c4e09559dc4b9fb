import type { ConfigKit } from '../../../src/plugin.ts';
import { type ProfileName, profileNames } from './profiles/index.ts';

/** What log lines become. */
export interface ExtractConfig {
  readonly profile: ProfileName;
  /** Absent: as the profile says. */
  readonly procIdAsSource?: boolean | undefined;
  readonly platformLines?: boolean | undefined;
  readonly maxSeries: number;
}

export function extractKeys({ z }: ConfigKit) {
  return {
    profile: z
      .enum(profileNames)
      .default('tagged')
      .describe(
        'Names of what log lines say: "tagged" has few names and puts what differs into tags; "seed" has those of the program that statsdrain descends from.',
      ),
    procIdAsSource: z
      .boolean()
      .optional()
      .describe(
        'Tag metrics of log lines without "source=" with the process of their header, such as "web.1"; by default with the profile "tagged".',
      ),
    platformLines: z
      .boolean()
      .optional()
      .describe(
        'Believe lines without octet counting whose head of syslog says that they are of the platform; by default with the profile "seed". Text of visitors must not stand at the beginning of lines then.',
      ),
    maxSeries: z
      .int()
      .min(1)
      .default(50_000)
      .describe(
        'Series that the log lines of one credential may open within ten minutes; values of others are refused.',
      ),
  };
}
