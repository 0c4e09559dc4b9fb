import { readFileSync } from 'node:fs';

type Node = Readonly<Record<string, unknown>>;
export type Place = readonly (string | number)[];

const schema = JSON.parse(readFileSync(new URL('../../config.schema.json', import.meta.url), 'utf8')) as Node;

/** Where a reference may stand in a block of a built-in plugin, as the schema has it: it is written from the plugins' own. */
export function placesOfBlock(kind: 'frontend' | 'backend', type: string): readonly Place[] {
  const { items } = (schema.properties as Readonly<Record<string, Node>>)[`${kind}s`]!;
  const blocks = (items as Node).anyOf as readonly Node[];
  const block = blocks.find(({ properties }) => ((properties as Node).type as Node | undefined)?.const === type);
  return placesIn(block, []);
}

/** Where one may stand beside the lists of plugins. */
export function placesOfRoot(): readonly Place[] {
  const { frontends: _f, backends: _b, ...properties } = schema.properties as Node;
  return placesIn({ properties }, []);
}

function placesIn(value: unknown, path: Place): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const node = value as Node;
  const alternatives = (node.anyOf ?? node.oneOf ?? []) as readonly Node[];
  const here = [node, ...alternatives].some(({ $ref }) => typeof $ref === 'string') ? [path] : [];
  const deeper = alternatives.flatMap((one) => placesIn(one, path).filter((place) => place.length > path.length));
  const properties = Object.entries(node.properties ?? {}).flatMap(([key, one]) => placesIn(one, [...path, key]));
  return [...here, ...deeper, ...properties, ...placesIn(node.items, [...path, 0])];
}

/** A copy of a block with a value at a place; what is missing on the way there is made. */
export function withValue(block: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  const copy: unknown =
    typeof key === 'number' ? [...((block as unknown[] | undefined) ?? [])] : { ...(block as object) };
  const inner = (block as Readonly<Record<string | number, unknown>> | undefined)?.[key];
  return Object.assign(copy as object, { [key]: withValue(inner, rest, value) });
}
