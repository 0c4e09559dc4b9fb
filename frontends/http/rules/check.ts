import type { CheckedFile, ConfigKit } from '../../../src/plugin.ts';
import { parseRules } from './file.ts';
import { type Trial, tryRules } from './trial.ts';

/** What `statsdrain check` says of a file of rules: what each of its tests becomes. Undefined: the text is none. */
export function checkRules(text: string, shown: string, kit: ConfigKit): CheckedFile | undefined {
  if (!holdsRules(text)) return undefined;
  const read = parseRules(text, kit);
  if (!read.ok) return { verdict: 'invalid', lines: read.problems.map((problem) => `${shown}: ${problem}`) };
  const { set } = read;
  const trials = tryRules(set);
  const failed = trials.filter(({ good }) => !good).length;
  const head = `${shown} is valid: ${number(set.rules.length, 'rule')}, ${number(trials.length, 'test')}${trials.length === 0 ? '' : `, ${failed === 0 ? 'all passed' : `${failed} failed`}`}`;
  return { verdict: failed === 0 ? 'good' : 'failed', lines: [head, ...trials.flatMap(told)] };
}

/** An object with a list `rules`, and not of front-ends. */
function holdsRules(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && 'rules' in value && !('frontends' in value);
  } catch {
    // Of the beginning alone: a mistake behind it is to be told as one of rules.
    return /^\uFEFF?\s*\{\s*(?:"_notes"\s*:[^{]*)?"rules"\s*:/.test(text);
  }
}

function told({ test, got, good, errors }: Trial, index: number): string[] {
  const lines = ['', `  tests[${index}] ${good ? 'passed' : 'FAILED'}`, `    line      ${test.line}`];
  if (!good) lines.push(...block('expected', test.expect));
  lines.push(...block(good ? 'gives' : 'got', got));
  if (errors > 0) lines.push(`    and ${number(errors, 'metric')} without a usable value`);
  return lines;
}

function block(label: string, entries: readonly string[]): string[] {
  const [first = 'nothing', ...more] = entries;
  return [`    ${label.padEnd(8)}  ${first}`, ...more.map((entry) => `              ${entry}`)];
}

function number(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
