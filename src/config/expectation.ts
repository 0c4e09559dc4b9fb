import type { z } from 'zod';
import { kitMeta } from './kit-meta.ts';
import { defOf, type Schema } from './schema-path.ts';

/** What the schemas at one place take, in words: `a whole number (1 to 10) or "never"`. */
export function expectation(schemas: readonly Schema[]): string {
  const words = new Set<string>();
  for (const schema of schemas) {
    const word = kitMeta.get(schema)?.expected ?? nameOf(schema);
    if (word !== undefined) words.add(word);
  }
  if (schemas.some((schema) => defOf(schema).type === 'nullable')) words.add('null');
  return words.size === 0 ? 'a valid value' : [...words].join(' or ');
}

function nameOf(schema: Schema): string | undefined {
  const def = defOf(schema);
  switch (def.type) {
    case 'string':
      return isNonEmpty(schema) ? 'a non-empty string' : 'a string';
    case 'number': {
      const name = isInteger(schema) ? 'a whole number' : 'a number';
      const bounds = boundsOf(schema);
      return bounds === '' ? name : `${name} (${bounds})`;
    }
    case 'boolean':
      return 'true or false';
    case 'array':
    case 'tuple':
      return 'a list';
    case 'object':
    case 'record':
      return 'an object';
    case 'null':
      return 'null';
    case 'enum':
      return oneOf(Object.values(def.entries));
    case 'literal':
      return oneOf(def.values);
    default:
      return undefined;
  }
}

/** `"a"`, or `one of "a", "b"`. */
function oneOf(values: readonly unknown[]): string {
  const list = values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value))).join(', ');
  return values.length === 1 ? list : `one of ${list}`;
}

/** The range of a number schema: `1 to 10`, `more than 0, at most 100`, or nothing. */
export function boundsOf(schema: Schema): string {
  const lower = new Map<number, string>();
  const upper = new Map<number, string>();
  for (const check of checksOf(schema)) {
    if (check.check === 'greater_than') lower.set(Number(check.value), check.inclusive ? 'at least' : 'more than');
    if (check.check === 'less_than') upper.set(Number(check.value), check.inclusive ? 'at most' : 'less than');
  }
  const minimum = Math.max(...lower.keys());
  const maximum = Math.min(...upper.keys());
  const from = lower.get(minimum);
  const to = upper.get(maximum);
  if (from === 'at least' && to === 'at most') return `${minimum} to ${maximum}`;
  const parts = [from && `${from} ${minimum}`, to && `${to} ${maximum}`];
  return parts.filter((part) => part !== undefined).join(', ');
}

function isInteger(schema: Schema): boolean {
  return checksOf(schema).some((check) => check.check === 'number_format' && check.format === 'safeint');
}

function isNonEmpty(schema: Schema): boolean {
  return checksOf(schema).some((check) => check.check === 'min_length' && check.minimum > 0);
}

type CheckDef =
  | z.core.$ZodCheckGreaterThanDef
  | z.core.$ZodCheckLessThanDef
  | z.core.$ZodCheckNumberFormatDef
  | z.core.$ZodCheckMinLengthDef;

/** The checks of a schema; one such as `z.int()` is itself a check. */
function checksOf(schema: Schema): readonly CheckDef[] {
  const def = defOf(schema);
  const own = 'check' in def ? [def as unknown as CheckDef] : [];
  return [...own, ...(def.checks ?? []).map((check) => check._zod.def as CheckDef)];
}
