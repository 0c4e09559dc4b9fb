import { z } from 'zod';
import type { ConfigKit } from '../plugin.ts';
import { formatBytes, formatDuration, longestDuration, parseBytes, parseDuration } from './units.ts';

/** What is known of a schema of the kit beyond what zod knows. */
export interface KitMeta {
  /** With its article: `… is not a port (0 to 65535)`. */
  readonly expected: string;
  readonly secret?: true;
  /** Said where the key is missing. */
  readonly advice?: string;
  /** The name of its definition in the JSON Schema, and what is taken but for references. */
  readonly definition: string;
  readonly alternatives: readonly Readonly<Record<string, unknown>>[];
  /** How a parsed value is written in a configuration. */
  format?(value: number): string | number;
}

export const kitMeta = z.registry<KitMeta>();

const durationMeta: KitMeta = {
  expected: 'a duration ("500ms", "10s", "5m", "1h" or a number of milliseconds)',
  definition: 'duration',
  alternatives: [
    { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h)$' },
    { type: 'integer', minimum: 0, maximum: longestDuration },
  ],
  format: formatDuration,
};

const bytesMeta: KitMeta = {
  expected: 'a size ("8KiB", "64MiB", "4MB" or a number of bytes)',
  definition: 'size',
  alternatives: [
    { type: 'string', pattern: '^\\d+(\\.\\d+)?(B|kB|MB|GB|KiB|MiB|GiB)?$' },
    { type: 'integer', minimum: 0 },
  ],
  format: formatBytes,
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

/** A port is also taken as text: that is how an environment variable gives it. */
function parsePort(input: unknown): number | undefined {
  const port = typeof input === 'string' && /^\d{1,5}$/.test(input) ? Number(input) : input;
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535 ? port : undefined;
}

function parseSecret(input: unknown): string | undefined {
  return typeof input === 'string' && input !== '' ? input : undefined;
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

export const kitMetas: readonly KitMeta[] = [durationMeta, bytesMeta, portMeta, secretMeta];

export const kit: ConfigKit = {
  z,
  duration: () => parsed(parseDuration, durationMeta),
  bytes: () => parsed(parseBytes, bytesMeta),
  port: () => parsed(parsePort, portMeta),
  secret: () => parsed(parseSecret, secretMeta),
};

/** A duration within bounds, in milliseconds. */
export function durationBetween(minimum: number, maximum: number): z.ZodType<number> {
  const bounds = `${formatDuration(minimum)} to ${formatDuration(maximum)}`;
  return kit.duration().refine((value) => value >= minimum && value <= maximum, `is out of range (${bounds})`);
}
