import type { z } from 'zod';
import type { ConfigKit } from '../../../src/plugin.ts';
import { readRules } from './file.ts';
import type { RuleSet } from './rule-set.ts';
import { ruleSetSchema } from './schema.ts';

/** Rules, as a block of the configuration gives them. */
export interface GivenRules {
  /** Absolute. Absent: they stand in the block itself. */
  readonly file?: string;
  readonly set: RuleSet;
}

/** The key `rules` of the front-end. */
export function rulesKey(kit: ConfigKit): z.ZodType<GivenRules | undefined> {
  return kit.z
    .union([kit.path(), ruleSetSchema(kit)])
    .transform((given, context): GivenRules => {
      if (typeof given !== 'string') return { set: given };
      const read = readRules(given, kit);
      if (read.ok) return { file: given, set: read.set };
      for (const message of read.problems) context.addIssue({ code: 'custom', message });
      return kit.z.NEVER;
    })
    .optional()
    .describe('Rules of your own, which make metrics of any log lines: a file of them, or the rules themselves.');
}
