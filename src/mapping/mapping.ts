import type { MappingRules, Stage } from '../config/mapping-rules.ts';
import { type MetricType, SELF_PREFIX } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import { createExporterRules } from './exporter.ts';
import { createNames } from './names.ts';
import { createNamespace } from './namespace.ts';
import { createProfiles } from './profiles.ts';
import type { MappingStep, Rule } from './rule.ts';
import { createTagKeys } from './tag-keys.ts';
import { createTagRenames } from './tag-renames.ts';

/**
 * The rules of one `mapping`. Pure: what it gives depends on nothing but what it is given. It keeps no results, since it is asked once
 * for each key and view, and what it said is what the series table holds.
 */
export interface Mapping {
  /** Undefined: blocked. */
  apply(type: MetricType, identity: Identity): Identity | undefined;
  /** The same, with what each stage did, up to the one that blocks. */
  explain(
    type: MetricType,
    identity: Identity,
  ): { readonly result: Identity | undefined; readonly steps: readonly MappingStep[] };
}

/** `unmapped` is told of each series that `apply` is asked for and that no rule of statsd_exporter fits, by the name that it was sent with. */
export function createMapping(
  { stages }: MappingRules,
  unmapped: (type: MetricType, name: string) => void = () => undefined,
): Mapping {
  const rules = stages.map(createRule);

  function explain(type: MetricType, identity: Identity): ReturnType<Mapping['explain']> {
    const steps: MappingStep[] = [];
    let result: Identity | undefined = identity;
    for (const rule of rules) {
      const step: MappingStep = notReserved(rule(type, result), result);
      steps.push(step);
      result = step.result;
      if (result === undefined) break;
    }
    return { result, steps };
  }

  return {
    explain,
    apply(type, identity) {
      const { result, steps } = explain(type, identity);
      if (steps.some((step) => step.unmapped)) unmapped(type, identity.name);
      return result;
    },
  };
}

function createRule(stage: Stage): Rule {
  switch (stage.kind) {
    case 'profiles':
      return createProfiles(stage);
    case 'exporter':
      return createExporterRules(stage);
    case 'namespace':
      return createNamespace(stage);
    case 'names':
      return createNames(stage);
    case 'tagRenames':
      return createTagRenames(stage);
    case 'tags':
      return createTagKeys(stage);
    default: {
      const unexpected: never = stage;
      throw new Error(`no such stage of a mapping: ${JSON.stringify(unexpected)}`);
    }
  }
}

/** A captured part of a name from the wire would pass for what the server tells about itself. */
function notReserved(step: MappingStep, before: Identity): MappingStep {
  if (step.result === undefined || step.result.name === before.name) return step;
  if (!step.result.name.startsWith(SELF_PREFIX)) return step;
  const says = `blocked: it would be "${step.result.name}", and names that start with "${SELF_PREFIX}" are those of the server itself`;
  return { rule: step.rule, says, result: undefined };
}
