import type { Json, JsonObject } from '../records/record.ts';
import { type FieldValue, fieldOf, type Parse } from './fields.ts';

/**
 * Fields of a JSON object by dotted paths, such as `req.method`; a key with dots in it is found too. The text of a record counts before the
 * record around it: an application's own object stands inside of what its platform sends.
 */
export function jsonParser(names: readonly string[]): Parse {
  const paths = names.flatMap((name, slot) => (name.startsWith('@') ? [] : [{ name, keys: name.split('.'), slot }]));
  return (message, values) => {
    const own = message.json();
    const { fields } = message;
    if (own === undefined && fields === undefined) return false;
    for (const { name, keys, slot } of paths) values[slot] = fieldAt(own, name, keys) ?? fieldAt(fields, name, keys);
    return true;
  };
}

function fieldAt(root: JsonObject | undefined, name: string, keys: readonly string[]): FieldValue {
  if (root === undefined) return undefined;
  if (Object.hasOwn(root, name)) return fieldOf(root[name]);
  if (keys.length === 1) return undefined;
  let value: Json | undefined = root;
  for (const key of keys) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return fieldOf(value);
}

/** Places of `{` that are tried in a text that does not begin with one. */
const TRIES = 3;

/** The JSON object that a text is, also behind a head such as that of syslog; undefined where there is none. */
export function objectIn(text: string): JsonObject | undefined {
  const end = text.lastIndexOf('}') + 1;
  let start = text.indexOf('{');
  for (let tries = 0; tries < TRIES && start >= 0 && start < end; tries++) {
    try {
      const value: unknown = JSON.parse(text.slice(start, end));
      if (isObject(value)) return value as JsonObject;
    } catch {
      // It is looked for further behind.
    }
    start = text.indexOf('{', start + 1);
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
