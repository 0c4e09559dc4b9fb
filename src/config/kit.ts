import { resolve } from 'node:path';
import { z } from 'zod';
import type { ConfigKit, Judged } from '../plugin.ts';
import { judge } from './issues.ts';
import { parseJson } from './json.ts';
import { type KitMeta, kitMeta } from './kit-meta.ts';
import { formatPath, inOrder } from './problem.ts';
import { meantBytes, meantDuration } from './unit-slips.ts';
import { formatBytes, formatDuration, longestDuration, parseBytes, parseDuration } from './units.ts';

const durationMeta: KitMeta = {
  expected: 'a duration ("500ms", "10s", "5m", "1h" or a number of milliseconds)',
  definition: 'duration',
  alternatives: [
    { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h)$' },
    { type: 'integer', minimum: 0, maximum: longestDuration },
  ],
  format: formatDuration,
  meant: meantDuration,
};

const bytesMeta: KitMeta = {
  expected: 'a size ("8KiB", "64MiB", "4MB" or a number of bytes)',
  definition: 'size',
  alternatives: [
    { type: 'string', pattern: '^\\d+(\\.\\d+)?(B|kB|MB|GB|KiB|MiB|GiB)?$' },
    { type: 'integer', minimum: 0 },
  ],
  format: formatBytes,
  meant: meantBytes,
};

const portMeta: KitMeta = {
  expected: 'a port (0 to 65535)',
  definition: 'port',
  alternatives: [
    { type: 'integer', minimum: 0, maximum: 65535 },
    { type: 'string', pattern: '^\\d{1,5}$' },
  ],
};

const secretMeta: KitMeta = {
  expected: 'a non-empty string',
  secret: true,
  advice: `; "\${NAME}" takes it from the environment, { "file": "path" } from a file`,
  definition: 'secret',
  alternatives: [{ type: 'string', minLength: 1 }],
};

/** Never quoted: some write the key itself where its file is asked for. */
const pathMeta: KitMeta = {
  expected: 'a path (such as "./file.pem", not what the file holds)',
  secret: true,
  definition: 'path',
  alternatives: [{ type: 'string', pattern: '^[^\\n]+$' }],
};

/** A port is also taken as text: that is how an environment variable gives it. */
function parsePort(input: unknown): number | undefined {
  const port = typeof input === 'string' && /^\d{1,5}$/.test(input) ? Number(input) : input;
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535 ? port : undefined;
}

function parseSecret(input: unknown): string | undefined {
  return typeof input === 'string' && input !== '' ? input : undefined;
}

function parsePath(input: unknown, folder: string): string | undefined {
  return typeof input === 'string' && /^(?!.*-----BEGIN)[^\n\0]+$/.test(input) ? resolve(folder, input) : undefined;
}

function parseSocketPath(input: unknown, folder: string): string | undefined {
  const path = parsePath(input, folder);
  return path !== undefined && typeof input === 'string' && input.startsWith('@') ? input : path;
}

/** The issue carries no message of its own: `issues.ts` writes it from the meta. */
function parsed<T>(parse: (input: unknown) => T | undefined, meta: KitMeta): z.ZodType<T> {
  const schema = z.unknown().transform((input, context) => {
    const value = parse(input);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', input });
    return z.NEVER;
  });
  return schema.register(kitMeta, meta);
}

export const kitMetas: readonly KitMeta[] = [durationMeta, bytesMeta, portMeta, secretMeta, pathMeta];

/** The kit of a configuration file in `folder`. */
export function kitIn(folder: string): ConfigKit {
  return {
    z,
    duration: () => parsed(parseDuration, durationMeta),
    bytes: () => parsed(parseBytes, bytesMeta),
    port: () => parsed(parsePort, portMeta),
    secret: () => parsed(parseSecret, secretMeta),
    path: () => parsed((input) => parsePath(input, folder), pathMeta),
    socketPath: () => parsed((input) => parseSocketPath(input, folder), pathMeta),
    json: judgeJson,
  };
}

function judgeJson<T>(schema: z.ZodType<T>, text: string): Judged<T> {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const { line, column, message } = parsed;
    return { ok: false, problems: [{ path: [], place: `line ${line}, column ${column}`, text: message }] };
  }
  const judged = judge(schema, parsed.value);
  const twice = parsed.duplicates.map(({ path, firstLine, line }) => ({
    path,
    text: `given twice (lines ${firstLine} and ${line})`,
  }));
  if (judged.ok && twice.length === 0) return judged;
  const problems = inOrder(parsed.value, [...twice, ...(judged.ok ? [] : judged.problems)]);
  return { ok: false, problems: problems.map(({ path, text }) => ({ path, place: formatPath(path), text })) };
}

/** Of no file: its paths start from the working directory. */
export const kit: ConfigKit = kitIn('.');

/** A duration within bounds, in milliseconds. */
export function durationBetween(minimum: number, maximum: number): z.ZodType<number> {
  const bounds = `${formatDuration(minimum)} to ${formatDuration(maximum)}`;
  return kit.duration().refine((value) => value >= minimum && value <= maximum, `is out of range (${bounds})`);
}
