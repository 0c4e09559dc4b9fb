import { kitMeta } from './kit.ts';
import { defOf, type Schema } from './schema-path.ts';

/** What the schemas at one place take, in words: `a whole number (1 to 10) or "never"`. */
export function expectation(schemas: readonly Schema[]): string {
  const words = new Set<string>();
  for (const schema of schemas) {
    const word = kitMeta.get(schema)?.expected ?? nameOf(schema);
    if (word !== undefined) words.add(word);
  }
  return words.size === 0 ? 'a valid value' : [...words].join(' or ');
}

function nameOf(schema: Schema): string | undefined {
  const def = defOf(schema);
  switch (def.type) {
    case 'string':
      return (numberIn(schema, 'minimum') ?? 0) > 0 ? 'a non-empty string' : 'a string';
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
  const minimum = numberIn(schema, 'minimum');
  const maximum = numberIn(schema, 'maximum');
  const over = numberIn(schema, 'exclusiveMinimum');
  const under = numberIn(schema, 'exclusiveMaximum');
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  const parts = [
    minimum !== undefined && `at least ${minimum}`,
    over !== undefined && `more than ${over}`,
    maximum !== undefined && `at most ${maximum}`,
    under !== undefined && `less than ${under}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

function isInteger(schema: Schema): boolean {
  return bagOf(schema).format === 'safeint';
}

function numberIn(schema: Schema, key: string): number | undefined {
  const value = bagOf(schema)[key];
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}

function bagOf(schema: Schema): Readonly<Record<string, unknown>> {
  return schema._zod.bag;
}
