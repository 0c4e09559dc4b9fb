import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { jsonSchemaText } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { builtInNames } from '../../src/plugins/registry.ts';

const root = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const committed = readFileSync(root('config.schema.json'), 'utf8');
const compile = (schema: object) =>
  new Ajv({ allErrors: true, strict: true, strictTypes: false, allowUnionTypes: true }).compile(schema);
const validate = compile(JSON.parse(committed));
const plugins = (['frontend', 'backend'] as const).flatMap((kind) =>
  builtInNames(kind).map((type) => [kind, type] as const),
);

const frontends = [{ type: 'udp' }];
const backends = [{ type: 'console' }];
const env = (name: string) => `\${${name}}`;

/** Every key with its description, those within lists and alternatives too. */
function keysOf(node: unknown, path: string): [key: string, description: string | undefined][] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((one) => keysOf(one, path));
  const { properties = {}, definitions: _, ...rest }: Record<string, unknown> = { ...node };
  return [
    ...Object.entries(properties as Record<string, { description?: string }>).flatMap(([key, value]) => [
      [`${path}.${key}`, value.description] as [string, string | undefined],
      ...keysOf(value, `${path}.${key}`),
    ]),
    ...Object.values(rest).flatMap((value) => keysOf(value, path)),
  ];
}

describe('config.schema.json', () => {
  it('is what "npm run schema" writes', async () => {
    expect(await jsonSchemaText()).toBe(committed);
  });

  it.each<[string, unknown]>([
    ['the smallest file', { frontends, backends }],
    [
      'durations and sizes',
      {
        frontends,
        backends,
        flushInterval: 500,
        expire: { gauge: 'never', timer: '1m' },
        queue: { bytes: 1e6, age: '1.5h' },
      },
    ],
    [
      'references',
      {
        frontends: [
          { type: 'udp', host: env('HOST'), port: env('PORT'), dialect: env('DIALECT'), name: `${env('A')}-udp` },
        ],
        backends: [
          { type: 'datadog', apiKey: { file: '/run/secrets/dd' }, compression: env('C'), tags: [env('TAG')] },
          { type: 'datadog', name: 'b', apiKey: env('KEY') },
        ],
        flushInterval: env('EVERY'),
      },
    ],
    [
      'a plugin from outside',
      {
        frontends: [{ use: './mine.js', dialect: 'dogstatsd', any: { key: 1 } }],
        backends: [{ use: 'acme', name: 'x' }],
      },
    ],
    [
      'references within a block',
      {
        frontends: [
          { type: 'unix', path: env('P') },
          { type: 'http', auth: { tokens: [env('T')] } },
        ],
        backends,
      },
    ],
  ])('takes %s', (_name, config) => {
    expect(validate(config), JSON.stringify(validate.errors, undefined, 1)).toBe(true);
  });

  it.each(plugins)('has a block for %s %s, in which only what is required may be missing', (kind, type) => {
    const schema = JSON.parse(committed);
    const { anyOf } = schema.properties[`${kind}s`].items;
    const block = anyOf.find(
      (one: { properties: { type?: { const: string } } }) => one.properties.type?.const === type,
    );
    expect(block).toBeDefined();
    const validateBlock = compile({ ...block, definitions: schema.definitions });
    validateBlock({ type });
    expect(validateBlock.errors?.filter(({ keyword }) => keyword !== 'required') ?? []).toEqual([]);
    expect(validateBlock({ type: 'another' })).toBe(false);
  });

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['empty lists', { frontends: [], backends: [] }],
    ['an unknown key', { frontends, backends, flush: 1 }],
    ['a duration without unit', { frontends, backends, flushInterval: '10' }],
    ['a percentile over 100', { frontends, backends, percentiles: [101] }],
    ['an unknown type', { frontends: [{ type: 'upd' }], backends }],
    ['a type of the other list', { frontends: [{ type: 'console' }], backends }],
    ['an unknown key of a block', { frontends: [{ type: 'udp', hots: 'x' }], backends }],
    ['a port over 65535', { frontends: [{ type: 'udp', port: 70000 }], backends }],
    ['an unknown dialect', { frontends: [{ type: 'udp', dialect: 'brubeck' }], backends }],
    ['a dialect of a back-end', { frontends, backends: [{ type: 'console', dialect: 'auto' }] }],
    ['a missing secret', { frontends, backends: [{ type: 'datadog' }] }],
    ['a missing path', { frontends: [{ type: 'unix' }], backends }],
    ['type and use', { frontends: [{ type: 'udp', use: './mine.js' }], backends }],
  ])('refuses %s', (_name, config) => {
    expect(validate(config)).toBe(false);
  });

  it('describes every key, with its default as one would write it', () => {
    const schema = JSON.parse(committed);
    expect(schema.properties.flushInterval).toMatchObject({ default: '10s', description: 'Length of a window.' });
    expect(schema.properties.queue.properties.bytes.default).toBe('64MiB');
    expect(schema.properties.expire.properties.gauge.default).toBe('never');
    expect(keysOf(schema, '').filter(([, description]) => description === undefined)).toEqual([]);
  });

  it('describes them in one style: a sentence or a noun phrase with a capital and a full stop', () => {
    const described = keysOf(JSON.parse(committed), '').map(([key, description]) => `${key}: ${description}`);
    expect(described.length).toBeGreaterThan(100);
    expect(described.filter((text) => !/^\S+: (?:[A-Z]|"[^"]+" ).*\.$/.test(text))).toEqual([]);
  });
});

describe('config.example.json', () => {
  const example = root('config.example.json');

  it('is valid, for editors and for the server', async () => {
    expect(validate(JSON.parse(readFileSync(example, 'utf8')))).toBe(true);
    const { frontends, backends } = await loadConfig(example, {});
    expect(frontends.map(({ plugin, config }) => plugin.describe?.(config))).toEqual([
      'udp://127.0.0.1:8125',
      'tcp://127.0.0.1:8125',
      expect.stringContaining('http://127.0.0.1:8080'),
    ]);
    expect(backends.map(({ name }) => name)).toEqual(['console', 'live', 'prometheus']);
  });

  it('listens on this machine only', () => {
    const { frontends, backends } = JSON.parse(readFileSync(example, 'utf8'));
    const listeners: { host?: string }[] = [
      ...frontends,
      ...backends.filter(({ type }: { type: string }) => type !== 'console'),
    ];
    expect(listeners.map(({ host }) => host)).toEqual(listeners.map(() => '127.0.0.1'));
  });
});
