import type { FrontendRuleSet } from '../config/frontend-rules.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';

/** Gives rules of front-ends numbers: equal ones have the same, and no number is ever given to others. */
export interface RuleNumbers {
  /** Undefined where there are none. */
  keysOf(rules: FrontendRuleSet | undefined): FrontendKeys | undefined;
  /** All that have a number. */
  readonly all: readonly FrontendKeys[];
}

export function createRuleNumbers(): RuleNumbers {
  const known = new Map<string, FrontendKeys>();
  return {
    get all() {
      return [...known.values()];
    },
    keysOf(rules) {
      if (rules === undefined) return undefined;
      const text = JSON.stringify([rules.prefix, rules.tags, rules.tagStyles, rules.originTags]);
      const keys = known.get(text) ?? { ...rules, number: known.size + 1 };
      known.set(text, keys);
      return keys;
    },
  };
}
