import { createSlots, ORIGIN_FIELDS, type Parse } from './fields.ts';
import { anyGlob } from './glob.ts';
import { jsonParser } from './json-fields.ts';
import { logfmtParser } from './logfmt.ts';
import { type CompiledMetric, compileMetric } from './metric.ts';
import { parsePattern, patternParser } from './pattern.ts';
import { compileRegex } from './regex-fields.ts';
import type { Rule } from './rule-set.ts';
import { compileCondition, type Test } from './where.ts';

/** A rule, ready to read lines. */
export interface CompiledRule {
  readonly rule: Rule;
  /** Literals that a line has to have, as bytes in latin1. */
  readonly contains: readonly string[];
  readonly app: ((app: string) => boolean) | undefined;
  readonly proc: ((proc: string) => boolean) | undefined;
  readonly parse: Parse;
  /** Fields in the order of their values; where those of the origin stand among them, or -1. */
  readonly names: readonly string[];
  readonly appSlot: number;
  readonly procSlot: number;
  readonly severitySlot: number;
  readonly missing: ReadonlySet<string>;
  /** Numbers have to be looked up among `missing`, too. */
  readonly missingNumbers: boolean;
  readonly where: readonly Test[];
  readonly metrics: readonly CompiledMetric[];
}

/** `rule` has no fault. */
export function compileRule(rule: Rule): CompiledRule {
  const { when, missing } = rule;
  const slots = createSlots();
  const maps = new Map(Object.entries(rule.maps));
  const where = rule.where.map((condition) => compileCondition(condition, slots));
  const metrics = rule.metrics.map((metric, index) => compileMetric(metric, String(index), slots, maps));
  const [app, proc, severity] = ORIGIN_FIELDS;
  return {
    rule,
    contains: (when.contains ?? []).map((literal) => Buffer.from(literal).toString('latin1')),
    app: when.app && anyGlob(when.app),
    proc: when.proc && anyGlob(when.proc),
    parse: parserOf(rule, slots.names),
    names: slots.names,
    appSlot: slots.names.indexOf(app),
    procSlot: slots.names.indexOf(proc),
    severitySlot: slots.names.indexOf(severity),
    missing: new Set(missing),
    missingNumbers: missing.some((text) => text !== '' && Number.isFinite(Number(text))),
    where,
    metrics,
  };
}

function parserOf({ parse, pattern = '', regex = '' }: Rule, names: readonly string[]): Parse {
  switch (parse) {
    case 'none':
      return () => true;
    case 'logfmt':
      return logfmtParser(names);
    case 'json':
      return jsonParser(names);
    case 'pattern':
      return patternParser(parsePattern(pattern), names);
    case 'regex':
      return compileRegex(regex).parser(names);
    default:
      return parse satisfies never;
  }
}
