import { z } from 'zod';
import type { BackendPlugin, FrontendPlugin } from '../plugin.ts';
import { builtInNames, findBuiltIn, type PluginKind, wordFor } from '../plugins/registry.ts';
import { dialect } from './dialect.ts';
import { frontendRuleShape } from './frontend-rules.ts';
import { interval } from './interval.ts';
import { kit, kitMetas } from './kit.ts';
import { type KitMeta, kitMeta } from './kit-meta.ts';
import { mapping } from './mapping.ts';
import { notes, rootShape } from './root.ts';
import { schemasAt } from './schema-path.ts';

type Node = Readonly<Record<string, unknown>>;

/** The JSON Schema (draft 7, for editors) of a configuration file, with the blocks of all built-in plugins. */
async function jsonSchema(): Promise<Node> {
  const root = convert(z.strictObject(rootShape));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of statsdrain',
    ...withReferences({
      type: 'object',
      properties: {
        $schema: { type: 'string', description: 'The schema that an editor checks this file with.' },
        _notes: convert(notes),
        ...propertiesOf(root),
        mapping: toMapping,
        frontends: await blocks('frontend', 'What is listened on.'),
        backends: await blocks('backend', 'Where every window is sent.'),
      },
      required: ['frontends', 'backends'],
      additionalProperties: false,
    }),
    definitions: { reference, ...ofKit(), mapping: ofMapping() },
  };
}

/** The text of `config.schema.json`. */
export async function jsonSchemaText(): Promise<string> {
  return `${JSON.stringify(await jsonSchema(), undefined, 2)}\n`;
}

const toReference: Node = { $ref: '#/definitions/reference' };

function ofMapping(): Node {
  const { $schema: _, ...node } = convert(mapping);
  return withReferences(node);
}

const OF_BACKEND = 'What series are called by this back-end, in place of "mapping" of the root.';

/** It stands in the root and in each back-end. */
const toMapping: Node = { description: mapping.description, anyOf: [{ $ref: '#/definitions/mapping' }] };

const reference: Node = {
  description: `Taken from the environment ("\${NAME}", or "\${NAME:-default}") or from a file ({ "file": "path" }).`,
  anyOf: [
    { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}' },
    { type: 'object', properties: { file: { type: 'string' } }, required: ['file'], additionalProperties: false },
  ],
};

function ofKit(): Node {
  const entry = ({ definition, expected, alternatives }: KitMeta) => [
    definition,
    { description: `Takes ${expected}.`, anyOf: [...alternatives, toReference] },
  ];
  return Object.fromEntries(kitMetas.map(entry));
}

async function blocks(kind: PluginKind, description: string): Promise<Node> {
  const alternatives: Node[] = [];
  for (const type of builtInNames(kind)) alternatives.push(await block(kind, type));
  const use = {
    type: 'string',
    description: `The ${wordFor(kind)}: a package, or a path from the folder of this file.`,
  };
  const compat = {
    const: 'statsd',
    description: `The ${wordFor(kind)} was written for the original StatsD daemon; its keys may also stand in "config".`,
  };
  alternatives.push({
    type: 'object',
    properties: { use, compat, ...coreProperties(kind) },
    required: ['use'],
    not: { required: ['type'] },
  });
  const atLeast = kind === 'frontend' ? { minItems: 1 } : {};
  return { description, type: 'array', ...atLeast, items: { anyOf: alternatives } };
}

async function block(kind: PluginKind, type: string): Promise<Node> {
  const plugin: FrontendPlugin | BackendPlugin = (await findBuiltIn(kind, type)).plugin;
  const own = plugin.config === undefined ? {} : convert(plugin.config(kit));
  return {
    type: 'object',
    properties: {
      type: { const: type, description: `The built-in ${wordFor(kind)} "${type}".` },
      ...coreProperties(kind),
      ...propertiesOf(own),
    },
    required: ['type', ...(Array.isArray(own.required) ? own.required : [])],
    additionalProperties: plugin.config === undefined,
  };
}

function coreProperties(kind: PluginKind): Node {
  const name = {
    type: 'string',
    pattern: '^[A-Za-z0-9_.-]+$',
    description: 'In logs and metrics; unique. Default: the name of the plugin.',
  };
  if (kind === 'backend') {
    return {
      name,
      mapping: { ...toMapping, description: OF_BACKEND },
      ...propertiesOf(convert(z.object({ interval }))),
    };
  }
  return { name, ...propertiesOf(convert(z.object({ dialect: dialect.default('auto'), ...frontendRuleShape }))) };
}

function propertiesOf(node: Node): Node {
  return node.properties as Node;
}

function convert(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const meta = kitMeta.get(zodSchema);
      if (meta !== undefined) Object.assign(jsonSchema, { anyOf: [{ $ref: `#/definitions/${meta.definition}` }] });
      const { def } = zodSchema._zod;
      if (def.type === 'default') Object.assign(jsonSchema, { default: written(def.innerType, def.defaultValue) });
    },
  });
}

/** A default as one would write it in the file: 10000 of a duration is `10s`. */
function written(schema: z.core.$ZodType, value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return 'never';
  if (typeof value !== 'number') return value;
  const metas = schemasAt(schema, value, []).map((inner) => kitMeta.get(inner));
  const format = metas.find((meta) => meta?.format !== undefined)?.format;
  return format === undefined ? value : format(value);
}

/** Every string may be a reference instead, but the `const` that tells the plugins apart. */
function withReferences(node: Node): Node {
  const result = Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === 'properties') return [key, mapValues(value as Node, withReferences)];
      if (key === 'items' || key === 'additionalProperties')
        return [key, isNode(value) ? withReferences(value) : value];
      if (key === 'anyOf' || key === 'oneOf' || key === 'allOf')
        return [key, alternatives(key, value as readonly Node[])];
      return [key, value];
    }),
  );
  if (!takesText(node)) return result;
  const { description, default: preset, ...constraint } = result;
  return {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    anyOf: [constraint, toReference],
  };
}

function alternatives(key: string, nodes: readonly Node[]): readonly Node[] {
  if (key === 'anyOf' && nodes.some(takesText)) return [...nodes, toReference];
  return nodes.map(withReferences);
}

function takesText(node: Node): boolean {
  if (node.type === 'string') return true;
  return Array.isArray(node.enum) && node.enum.some((value) => typeof value === 'string');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(node: Node, change: (value: Node) => Node): Node {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, isNode(value) ? change(value) : value]));
}
