import type { z } from 'zod';
import { type ConfigPath, valueAt } from './problem.ts';

export type Schema = z.core.$ZodType;

export function defOf(schema: Schema): z.core.$ZodTypes['_zod']['def'] {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schemas that judge what is at `path` in `input`: several where a union or a wrapper stands. */
export function schemasAt(root: Schema, input: unknown, path: ConfigPath): Schema[] {
  let schemas = layers(root, input);
  for (const [depth, key] of path.entries()) {
    const value = valueAt(input, path.slice(0, depth + 1));
    schemas = schemas.flatMap((schema) => child(schema, key)).flatMap((schema) => layers(schema, value));
  }
  return schemas;
}

/** The schema, and those that it wraps or chooses from, from the outside in. */
function layers(schema: Schema, value: unknown): Schema[] {
  return [schema, ...within(schema, value).flatMap((inner) => layers(inner, value))];
}

function within(schema: Schema, value: unknown): readonly Schema[] {
  const def = defOf(schema);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
    case 'success':
      return [def.innerType];
    case 'pipe':
      return [def.in, def.out];
    case 'intersection':
      return [def.left, def.right];
    case 'union':
      return chosen(def, value);
    default:
      return [];
  }
}

function chosen(def: z.core.$ZodUnionDef, value: unknown): readonly Schema[] {
  if (!('discriminator' in def)) return def.options;
  const discriminator = String(def.discriminator);
  const given = valueAt(value, [discriminator]);
  const options = def.options.filter((option) =>
    option._zod.propValues?.[discriminator]?.has(given as z.core.util.Primitive),
  );
  return options.length > 0 ? options : def.options;
}

function child(schema: Schema, key: string | number): readonly Schema[] {
  const def = defOf(schema);
  if (typeof key === 'number') {
    if (def.type === 'array') return [def.element];
    const item = def.type === 'tuple' ? (def.items[key] ?? def.rest) : null;
    return item === null ? [] : [item];
  }
  switch (def.type) {
    case 'object': {
      const own = Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall;
      return own === undefined ? [] : [own];
    }
    case 'record':
      return [def.valueType];
    default:
      return [];
  }
}
