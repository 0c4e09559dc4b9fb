import { type Header, hasProcess, readRawHeader } from '../records/header.ts';
import type { JsonObject } from '../records/record.ts';
import { createScan } from '../records/scan.ts';
import type { RuleOutput } from './emit.ts';
import type { RuleSet, RuleTest } from './rule-set.ts';
import { createRuleBook, type Rules } from './rules.ts';

/** What rules made of the line of one of their tests, and what they should have. */
export interface Trial {
  readonly test: RuleTest;
  /** Such as `measure job.time 12 job=mail`, in the order of the rules. */
  readonly got: readonly string[];
  readonly good: boolean;
  /** Metrics whose value could not be used. */
  readonly errors: number;
}

const words = { counter: 'count', gauge: 'sample', timer: 'measure', histogram: 'measure' } as const;

/** Runs the tests of a set of rules, one after the other, as a drain would read their lines. */
export function tryRules(set: RuleSet): Trial[] {
  let got: string[] = [];
  const output: RuleOutput = {
    series: (type, name, tags) => ({ add: (value) => void got.push(written(words[type], name, String(value), tags)) }),
    member: (name, member, tags = '') => void got.push(written('unique', name, member, tags)),
  };
  const rules = createRuleBook(set, {
    output,
    intake: { count: () => undefined, discard: () => undefined },
    log: { warn: () => undefined },
    now: () => 0,
  }).reader();
  return set.tests.map((test) => {
    got = [];
    apply(rules, test);
    return { test, got, good: same(got, test.expect), errors: rules.errors };
  });
}

function apply(rules: Rules, { line, app, proc, severity, fields }: RuleTest): void {
  const scan = createScan();
  scan.load(Buffer.from(line));
  const end = scan.bytes.length;
  const header: Header = { platform: false, procStart: 0, procEnd: 0, message: 0, process: '' };
  // The text of a structured record has no head.
  if (fields === undefined) readRawHeader(scan, 0, end, header);
  const named = hasProcess(scan.bytes, header) ? scan.text.slice(header.procStart, header.procEnd) : (proc ?? '');
  rules.load(scan.text);
  rules.apply({ start: header.message, end, app, process: named, severity, fields: fields as JsonObject | undefined });
  rules.flush();
}

function written(type: string, name: string, value: string, tags: string): string {
  const pairs = tags === '' ? [] : tags.split(',').map((tag) => tag.replace(':', '='));
  return [type, name, value, ...pairs.sort()].join(' ');
}

/** Whatever the order of metrics and of tags. */
function same(got: readonly string[], expected: readonly string[]): boolean {
  const [a, b] = [got, expected].map((lines) => lines.map(inOrder).sort());
  return a!.length === b!.length && a!.every((line, index) => line === b![index]);
}

function inOrder(line: string): string {
  const [type = '', name = '', value = '', ...tags] = line.trim().split(/ +/);
  return [type, name, value, ...tags.sort()].join(' ');
}
