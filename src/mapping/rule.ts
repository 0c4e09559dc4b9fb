import type { MetricType } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';

/** What one stage of a mapping did. */
export interface MappingStep {
  /** The key that says so, from `mapping` on: `profiles[0].mappings[2]`, `namespace`. */
  readonly rule: string;
  /** Half a sentence. */
  readonly says: string;
  /** What came of it. Undefined: it is blocked. */
  readonly result: Identity | undefined;
  /** It is none of the rules that a series should fit. */
  readonly unmapped?: true;
}

/** One stage, ready to be asked. A series that it does not concern is given back as it is. */
export type Rule = (type: MetricType, identity: Identity) => MappingStep;
