import { performance } from 'node:perf_hooks';
import { seldom } from '../../../src/kit/seldom.ts';
import type { Intake, Logger } from '../../../src/plugin.ts';
import type { JsonObject } from '../records/record.ts';
import { Finder } from '../records/scan.ts';
import { type Budget, createBudget, SHARE, WINDOW_MS } from './budget.ts';
import { type CompiledRule, compileRule } from './compile.ts';
import { createEmit, type Emit, type RuleOutput } from './emit.ts';
import type { FieldValue } from './fields.ts';
import { createMessage, type LoadedMessage } from './message.ts';
import { LONGEST_LINE, type RuleSet } from './rule-set.ts';

/** One record of the loaded body; one object is used again. Positions are those of its message. */
export interface RuleInput {
  start: number;
  end: number;
  app: string | undefined;
  /** How names begin that its sender may write. Absent: any. */
  prefixes?: readonly string[] | undefined;
  process: string;
  /** Of a structured record, as its sender writes it. */
  severity: string | undefined;
  fields: JsonObject | undefined;
}

/** Reads one body after the other. None is used for two bodies at a time. */
export interface Rules {
  /** A new body, a character for each byte. Each literal that rules ask for is searched once in it. */
  load(text: string): void;
  /** Gives the number of metrics found. */
  apply(input: RuleInput): number;
  /** A rule that read the last record says that nothing else is to read it. */
  readonly final: boolean;
  /** How many of the metrics found in the last record had no usable value. */
  readonly errors: number;
  /** Lets go of the body, and counts what rules did. */
  flush(): void;
}

/** The rules of a front-end, which may be exchanged while bodies are read: a body is read by one set of rules from its beginning to its end. */
export interface RuleBook {
  replace(set: RuleSet): void;
  reader(): Rules;
}

export interface RuleBookOptions {
  readonly output: RuleOutput;
  readonly intake: Pick<Intake, 'count' | 'discard'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** A rule at work. */
interface Running {
  readonly compiled: CompiledRule;
  readonly emit: Emit;
  readonly budget: Budget;
  readonly tell: () => void;
  readonly tags: readonly string[];
}

/** What rules did, since it was last counted. */
interface Tally {
  matched: number;
  valueErrors: number;
  folded: number;
  refused: number;
  skipped: number;
  ms: number;
}

/** `set` has no fault. */
export function createRuleBook(set: RuleSet, options: RuleBookOptions): RuleBook {
  const { output, log, now = () => performance.now() } = options;
  let current = run(set);

  function run({ rules }: RuleSet): readonly Running[] {
    return rules.map((rule) => ({
      compiled: compileRule(rule),
      emit: createEmit(rule.limits, output, now),
      budget: createBudget(),
      tell: seldom((times) => {
        const share = `${SHARE * 100} % of the CPU of ${WINDOW_MS / 1000} s`;
        log.warn(
          `the rule "${rule.name}" took more than ${share}, and reads no line until these are over; ask for a rarer text in "contains", or a simpler "${rule.parse}"`,
          { times },
        );
      }),
      tags: [`rule:${rule.name}`],
    }));
  }

  return {
    replace(set) {
      current = run(set);
    },
    reader: () => createReader(() => current, options.intake, now),
  };
}

/** A rule as one reader has it. */
interface Reading {
  readonly running: Running;
  readonly finders: readonly Finder[];
  readonly values: FieldValue[];
  readonly tally: Tally;
}

function createReader(
  currentRules: () => readonly Running[],
  intake: RuleBookOptions['intake'],
  now: () => number,
): Rules {
  const message = createMessage();
  let running: readonly Running[] = [];
  let finders: ReadonlyMap<string, Finder> = new Map();
  let readings: readonly Reading[] = [];
  let longLines = 0;
  let final = false;
  let errors = 0;

  function take(): void {
    running = currentRules();
    const literals = new Set(running.flatMap(({ compiled }) => compiled.contains));
    finders = new Map([...literals].map((literal) => [literal, new Finder(literal)]));
    readings = running.map((one) => ({
      running: one,
      finders: one.compiled.contains.map((literal) => finders.get(literal)!),
      values: one.compiled.names.map(() => undefined),
      tally: emptyTally(),
    }));
  }

  return {
    get final() {
      return final;
    },
    get errors() {
      return errors;
    },
    load(text) {
      if (running !== currentRules()) take();
      for (const finder of finders.values()) finder.load(text);
      message.load(text);
    },
    apply(input) {
      final = false;
      errors = 0;
      message.next(input);
      let found = 0;
      let isLong = false;
      for (const reading of readings) {
        if (!isCandidate(reading, input)) continue;
        const { running, tally } = reading;
        const { parse } = running.compiled.rule;
        if (
          input.end - input.start > LONGEST_LINE &&
          parse !== 'none' &&
          (parse !== 'json' || input.fields === undefined)
        ) {
          isLong = true;
          continue;
        }
        const start = now();
        if (!running.budget.allows(start)) {
          tally.skipped++;
          continue;
        }
        const before = tally.matched;
        const errorsBefore = tally.valueErrors;
        found += read(reading, message, input);
        errors += tally.valueErrors - errorsBefore;
        const end = now();
        tally.ms += end - start;
        if (running.budget.spend(end - start, end)) running.tell();
        if (tally.matched > before && running.compiled.rule.final) {
          final = true;
          break;
        }
      }
      if (isLong) longLines++;
      return found;
    },
    flush() {
      message.load('');
      for (const finder of finders.values()) finder.load('');
      for (const { running, values, tally } of readings) {
        values.fill(undefined);
        countTally(running.tags, tally, intake);
      }
      if (longLines > 0) intake.count('drain.rule_long_lines', longLines);
      longLines = 0;
    },
  };
}

function isCandidate({ running, finders }: Reading, { start, end, app, process }: RuleInput): boolean {
  const { compiled } = running;
  for (let index = 0; index < finders.length; index++) {
    if (finders[index]!.next(start) + compiled.contains[index]!.length > end) return false;
  }
  return (compiled.app?.(app ?? '') ?? true) && (compiled.proc?.(process) ?? true);
}

/** Gives the number of metrics found. */
function read({ running, values, tally }: Reading, message: LoadedMessage, input: RuleInput): number {
  const { compiled, emit } = running;
  const { app, prefixes, process, severity } = input;
  values.fill(undefined);
  if (!compiled.parse(message, values)) return 0;
  if (compiled.appSlot >= 0) values[compiled.appSlot] = app;
  if (compiled.procSlot >= 0) values[compiled.procSlot] = process === '' ? undefined : process;
  if (compiled.severitySlot >= 0) values[compiled.severitySlot] = severity;
  dropMissing(compiled, values);
  for (const holds of compiled.where) if (!holds(values)) return 0;
  tally.matched++;
  let found = 0;
  for (const metric of compiled.metrics) {
    const emitted = emit(metric, values, app, prefixes);
    if (emitted === 'missing') continue;
    if (emitted === 'refused') {
      tally.refused++;
      continue;
    }
    found++;
    if (emitted === 'error') tally.valueErrors++;
    else if (emitted === 'folded') tally.folded++;
  }
  return found;
}

function dropMissing({ missing, missingNumbers }: CompiledRule, values: FieldValue[]): void {
  for (let slot = 0; slot < values.length; slot++) {
    const value = values[slot];
    if (typeof value === 'string' ? missing.has(value) : missingNumbers && missing.has(String(value))) {
      values[slot] = undefined;
    }
  }
}

function emptyTally(): Tally {
  return { matched: 0, valueErrors: 0, folded: 0, refused: 0, skipped: 0, ms: 0 };
}

/** Counts what a rule did, and sets it back. */
function countTally(tags: readonly string[], tally: Tally, intake: RuleBookOptions['intake']): void {
  const { matched, valueErrors, folded, refused, skipped, ms } = tally;
  if (matched > 0) intake.count('drain.rule_matches', matched, tags);
  if (ms > 0) intake.count('drain.rule_ns', Math.round(ms * 1e6), tags);
  if (folded > 0) intake.count('drain.rule_series_dropped', folded, tags);
  if (refused > 0) {
    intake.count('drain.refused_names', refused);
    intake.discard('unsupported', refused);
  }
  if (skipped > 0) intake.count('drain.rule_skipped_lines', skipped, tags);
  if (valueErrors > 0) intake.count('drain.rule_value_errors', valueErrors, tags);
  Object.assign(tally, emptyTally());
}
