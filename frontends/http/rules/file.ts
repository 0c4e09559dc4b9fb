import { readFileSync } from 'node:fs';
import { fileError } from '../../../src/kit/file-error.ts';
import type { ConfigKit, Misfit } from '../../../src/plugin.ts';
import type { RuleSet } from './rule-set.ts';
import { ruleSetSchema } from './schema.ts';

/** A set of rules, or what is wrong with it: sentences, each of which names the rule. */
export type ReadRules =
  | { readonly ok: true; readonly set: RuleSet }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The rules in a file. */
export function readRules(file: string, kit: ConfigKit): ReadRules {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const remedy = 'put it there, readable for the user of this process, or correct "rules"';
    return { ok: false, problems: [`the rules "${file}" cannot be read: ${fileError(error)}; ${remedy}`] };
  }
  const read = parseRules(text, kit);
  return read.ok ? read : { ok: false, problems: read.problems.map((problem) => `"${file}": ${problem}`) };
}

/** The rules in a text of JSON. */
export function parseRules(text: string, kit: ConfigKit): ReadRules {
  const judged = kit.json(ruleSetSchema(kit), text);
  if (judged.ok) return { ok: true, set: judged.value };
  return { ok: false, problems: judged.problems.map((misfit) => sentence(misfit, text)) };
}

/** `rule "nginx": rules[1].metrics[0].type: …`. */
function sentence({ path, place, text }: Misfit, source: string): string {
  const [list, index] = path;
  const name = list === 'rules' && typeof index === 'number' ? nameOf(source, index) : undefined;
  const rule = name === undefined ? '' : `rule ${JSON.stringify(name)}: `;
  return place === '' ? `${rule}${text}` : `${rule}${place}: ${text}`;
}

function nameOf(source: string, index: number): string | undefined {
  const { rules }: { rules?: unknown } = JSON.parse(source.replace(/^\uFEFF/, ''));
  const rule: unknown = Array.isArray(rules) ? rules[index] : undefined;
  if (typeof rule !== 'object' || rule === null || !('name' in rule)) return undefined;
  return typeof rule.name === 'string' ? rule.name.slice(0, 64) : undefined;
}
