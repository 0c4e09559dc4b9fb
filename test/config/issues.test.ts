import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { validate } from '../../src/config/issues.ts';
import { kit } from '../../src/config/kit.ts';
import { formatPath } from '../../src/config/problem.ts';
import { resolveReferences } from '../../src/config/references.ts';

/** The problems of `input` at the root, as `path: text`. */
async function problems(schema: z.ZodType, input: unknown, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const document = resolveReferences(input, '/nowhere', env);
  const result = await validate(schema, document.value, { document, path: [], coreKeys: ['type', 'name'] });
  if (result.ok) return [];
  return result.problems.map(({ path, text }) => `${formatPath(path)}: ${text}`);
}

const key = (schema: z.ZodType) => z.strictObject({ key: schema });
const table = z.strictObject({ host: z.string().default('x'), port: kit.port().default(1) });

describe('issues of zod', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['a string', z.string(), 5, '5 is not a string'],
    ['a string', z.string(), null, 'null is not a string'],
    ['a string', z.string(), ['x'], 'a list is not a string'],
    ['a string', z.string(), { a: 'x' }, 'an object is not a string'],
    ['a string', z.string(), undefined, 'required key is missing (a string)'],
    ['a non-empty string', z.string().min(1), 5, '5 is not a non-empty string'],
    ['a non-empty string', z.string().min(1), '', '"" is empty'],
    ['a long string', z.string().min(3), 'ab', '"ab" is too short (at least 3 characters)'],
    ['a short string', z.string().max(1), 'ab', '"ab" is too long (at most 1 character)'],
    ['a number', z.number(), '5', '"5" is not a number'],
    ['a bounded number', z.number().gt(0).max(1), 0, '0 is out of range (more than 0, at most 1)'],
    ['a bounded number', z.number().gte(1), 0, '0 is out of range (at least 1)'],
    ['a bounded number', z.number().lt(1).lt(9), 2, '2 is out of range (less than 1)'],
    ['a whole number', z.int(), 0.5, '0.5 is not a whole number'],
    ['a whole number', z.number().int().min(1).max(9), 10, '10 is out of range (1 to 9)'],
    ['a whole number', z.int().min(1).max(9), 'many', '"many" is not a whole number (1 to 9)'],
    ['a multiple', z.number().multipleOf(8), 12, '12 is not a multiple of 8'],
    ['a boolean', z.boolean(), 'yes', '"yes" is not true or false'],
    ['a list', z.array(z.string()), 'a', '"a" is not a list'],
    ['a short list', z.array(z.string()).max(1), ['a', 'b'], 'a list is too long (at most 1 item)'],
    ['a filled list', z.array(z.string()).nonempty(), [], 'a list is empty'],
    ['a nullable', z.string().nullable(), 1, '1 is not a string or null'],
    ['an optional', z.number().optional(), 'x', '"x" is not a number'],
    ['a URL', z.url(), 'nowhere', '"nowhere" is not a URL'],
    [
      'a URL with a password',
      z.string().min(99),
      'http://me:secret@x',
      '"http://…@x" is too short (at least 99 characters)',
    ],
    ['an address', z.ipv4(), '::1', '"::1" is not an IPv4 address'],
    ['a UUID', z.uuid(), 'x', '"x" is not of the format uuid'],
    ['a pattern', z.string().regex(/^a+$/), 'b', '"b" does not match /^a+$/'],
    ['a start', z.string().startsWith('/'), 'b', '"b" must start with "/"'],
    ['an end', z.string().endsWith('/'), 'b', '"b" must end with "/"'],
    ['a part', z.string().includes('/'), 'b', '"b" must contain "/"'],
    [
      'an enum',
      z.enum(['auto', 'none']),
      'atuo',
      '"atuo" is not a valid value; did you mean "auto"? (valid values: auto, none)',
    ],
    ['an enum', z.enum(['auto', 'none']), 5, '5 is not a valid value (valid values: auto, none)'],
    ['an enum', z.enum(['auto', 'none']), undefined, 'required key is missing (one of "auto", "none")'],
    ['a literal', z.literal('a'), 'b', '"b" is not a valid value (valid value: a)'],
    ['a union', z.union([z.string(), z.number()]), true, 'true is not a string or a number'],
    [
      'a union',
      z.union([kit.duration(), z.literal('never')]),
      'x',
      '"x" is not a duration ("500ms", "10s", "5m", "1h" or a number of milliseconds) or "never"',
    ],
    [
      'a duration',
      kit.duration(),
      '5',
      '"5" is not a duration ("500ms", "10s", "5m", "1h" or a number of milliseconds); write "5s" for seconds, or 5 without quotes for milliseconds',
    ],
    ['a size', kit.bytes(), '5 MB', '"5 MB" is not a size ("8KiB", "64MiB", "4MB" or a number of bytes); write "5MB"'],
    ['a port', kit.port(), 'abc', '"abc" is not a port (0 to 65535)'],
    ['a port', kit.port().default(1), 65536, '65536 is not a port (0 to 65535)'],
    ['a port', kit.port().optional(), -1, '-1 is not a port (0 to 65535)'],
    ['a long value', z.number(), 'x'.repeat(500), `"${'x'.repeat(79)}…" is not a number`],
  ])('tell what %s is', async (_name, schema, value, text) => {
    expect(await problems(key(schema), { key: value })).toEqual([`key: ${text}`]);
  });

  it.each<[string, z.ZodType, unknown, string]>([
    ['a verb', z.string().regex(/^a/, 'must begin with "a"'), 'b', '"b" must begin with "a"'],
    ['a verb', kit.bytes().refine((n) => n > 4, 'is too small (at least "5B")'), 2, '2 is too small (at least "5B")'],
    ['a clause', z.string().refine(() => false, 'a user cannot contain ":"'), 'b', 'a user cannot contain ":"'],
    ['a verb, for a list', z.array(z.string()).refine(() => false, 'must have a twin'), [], 'must have a twin'],
  ])('keep what the author of the schema wrote: %s', async (_name, schema, value, text) => {
    expect(await problems(key(schema), { key: value })).toEqual([`key: ${text}`]);
  });

  it('name unknown keys and the valid ones, with the core’s at the top only', async () => {
    const schema = z.strictObject({ apiKey: z.string().optional(), in: table.prefault({}) });
    expect(await problems(schema, { apikey: 1, in: { hots: 1 }, type2: 1, __proto__: null })).toEqual([
      'in.hots: unknown key; did you mean "host"? (valid keys: host, port)',
      'apikey: unknown key; did you mean "apiKey"? (valid keys: apiKey, in, type, name)',
      'type2: unknown key; did you mean "type"? (valid keys: apiKey, in, type, name)',
    ]);
    expect(await problems(schema, JSON.parse('{"__proto__": 1, "constructor": 2}'))).toEqual([
      '__proto__: unknown key (valid keys: apiKey, in, type, name)',
      'constructor: unknown key (valid keys: apiKey, in, type, name)',
    ]);
  });

  it('go into the one alternative of the right kind', async () => {
    const schema = key(z.union([z.string(), table, z.array(z.number())]));
    expect(await problems(schema, { key: { port: 'x', hots: 1 } })).toEqual([
      'key.port: "x" is not a port (0 to 65535)',
      'key.hots: unknown key; did you mean "host"? (valid keys: host, port)',
    ]);
    expect(await problems(schema, { key: [1, 'x'] })).toEqual(['key[1]: "x" is not a number']);
    expect(await problems(schema, { key: 5 })).toEqual(['key: 5 is not a string or an object or a list']);
  });

  it('go into the alternative that a key chooses', async () => {
    const schema = z.discriminatedUnion('mode', [
      z.strictObject({ mode: z.literal('file'), path: z.string() }),
      z.strictObject({ mode: z.literal('net'), port: kit.port() }),
    ]);
    expect(await problems(schema, { mode: 'net', path: 'x', port: 1 })).toEqual([
      'path: unknown key (valid keys: mode, port, type, name)',
    ]);
    expect(await problems(schema, { mode: 'nte' })).toEqual([
      'mode: "nte" is not a valid value; did you mean "net"? (valid values: file, net)',
    ]);
  });

  it('reach into lists, records, tuples and intersections', async () => {
    const schema = z.strictObject({
      users: z.array(z.strictObject({ user: z.string() })),
      labels: z.record(z.string().regex(/^[a-z]+$/, 'must be lower case'), z.string()),
      pair: z.tuple([z.string(), z.number()]),
      both: z.intersection(z.looseObject({ a: z.string() }), z.looseObject({ b: z.boolean() })),
    });
    const input = {
      users: [{ user: 'a' }, { usr: 1 }],
      labels: { a: 1, 'B c': 'x' },
      pair: ['a', 'b'],
      both: { a: 1, b: 2 },
    };
    expect(await problems(schema, input)).toEqual([
      'users[1].user: required key is missing (a string)',
      'users[1].usr: unknown key; did you mean "user"? (valid keys: user)',
      'labels.a: 1 is not a string',
      'labels["B c"]: the key must be lower case',
      'pair[1]: "b" is not a number',
      'both.a: 1 is not a string',
      'both.b: 2 is not true or false',
    ]);
  });
});

describe('what is never quoted', () => {
  const secret = 'hunter2';
  const schema = z.strictObject({
    token: kit
      .secret()
      .refine((text) => text.length > 99, 'is too short')
      .optional(),
    tokens: z.array(kit.secret().refine(() => false, 'is not accepted')).default([]),
    port: kit.port().default(0),
    host: z
      .string()
      .refine((text) => text.startsWith('x'), 'must begin with "x"')
      .optional(),
    mode: z.enum(['a', 'b']).optional(),
  });

  it.each<[unknown, string]>([
    [{ token: secret }, 'token: the value is too short'],
    [{ token: 5 }, 'token: the value is not a non-empty string'],
    [{ token: '' }, 'token: "" is not a non-empty string'],
    [{ token: [secret] }, 'token: the value is not a non-empty string'],
    [{ token: { value: secret } }, 'token: the value is not a non-empty string'],
    [{ tokens: [secret] }, 'tokens[0]: the value is not accepted'],
    [{ tokens: { a: secret } }, 'tokens: an object is not a list'],
    [{ token: `\${S}` }, `token: "\${S}" is too short`],
    [{ token: `abc\${S}` }, 'token: the value is too short'],
    [{ port: `\${S}` }, `port: "\${S}" is not a port (0 to 65535)`],
    [{ host: `\${S}` }, `host: "\${S}" must begin with "x"`],
    [{ mode: `\${S}` }, `mode: "\${S}" is not a valid value (valid values: a, b)`],
  ])('of %j', async (input, problem) => {
    const found = await problems(schema, input, { S: secret });
    expect(found).toEqual([problem]);
  });

  it('is the value of a reference that failed: it has been told of already', async () => {
    expect(await problems(schema, { port: `\${NONE}`, mode: `\${NONE}` })).toEqual([]);
  });

  it('is missing a secret, and says where to put it', async () => {
    expect(await problems(z.strictObject({ apiKey: kit.secret() }), {})).toEqual([
      `apiKey: required key is missing (a non-empty string; "\${NAME}" takes it from the environment, { "file": "path" } from a file)`,
    ]);
  });
});

describe('the kit', () => {
  it('gives milliseconds, bytes, ports and secrets', async () => {
    const schema = z.strictObject({ d: kit.duration(), b: kit.bytes(), p: kit.port(), q: kit.port(), s: kit.secret() });
    expect(schema.parse({ d: '5m', b: '2KiB', p: '8125', q: 0, s: 'x' })).toEqual({
      d: 300_000,
      b: 2048,
      p: 8125,
      q: 0,
      s: 'x',
    });
  });
});
