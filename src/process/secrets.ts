import { isIP } from 'node:net';
import { secretForms } from '../kit/secret-forms.ts';

/** A value from outside of the configuration file, and what is shown in its place. */
export interface Secret {
  readonly value: string;
  /** The reference, such as `${DD_API_KEY}`. */
  readonly mark: string;
}

/**
 * Characters from which on a value is looked for in texts: a shorter one stands in too many words (`a`, `eu`, `prod`), and masking
 * those would tell more than it hides.
 */
const SHORTEST = 6;
/** Of a line, and of a part of a URL that is no credential: `metrics` and the like are none. */
const SHORTEST_PART = 12;
/** Files of secrets may be rotated for as long as the process runs. */
const MOST = 1000;

/** Of the configuration and in many messages. A test holds them equal to those of the schema that are long enough. */
export const words: ReadonlySet<string> = new Set([
  'aggregates',
  'carbon_ch',
  'console',
  'contains',
  'datadog',
  'datagram',
  'deflate',
  'distribution',
  'dogstatsd',
  'escaped',
  'exists',
  'fnv1a_ch',
  'graphite',
  'histogram',
  'influxdb',
  'jump_fnv1a_ch',
  'librato',
  'logfmt',
  'measure',
  'median',
  'pattern',
  'pickle',
  'points',
  'prefix',
  'prometheus',
  'prometheus-remote-write',
  'recvmmsg',
  'repeater',
  'sample',
  'signalfx',
  'sketches',
  'statsd',
  'stream',
  'summary',
  'tagged',
  'unique',
  'wildcard',
]);

const secrets = new Map<string, string>();
let pattern: RegExp | undefined;
let marks: ReadonlyMap<string, string> = new Map();

/**
 * Every value that a reference of the configuration stands for, in this thread: {@link masked} takes it out of whatever text
 * leaves the process. It is known from the moment that the reference is followed, so that the messages about a broken
 * configuration are covered too.
 */
export function keepSecrets(found: Iterable<Secret>): void {
  for (const { value, mark } of found) {
    if (isPlain(value) || secrets.has(value)) continue;
    secrets.set(value, mark);
    pattern = undefined;
  }
  for (const oldest of secrets.keys()) {
    if (secrets.size <= MOST) break;
    secrets.delete(oldest);
  }
}

/** For another thread, which has a list of its own. */
export function keptSecrets(): readonly Secret[] {
  return [...secrets].map(([value, mark]) => ({ value, mark }));
}

/**
 * The text with the reference in place of what it stands for, wherever that stands in it, also as it is written in a URL, in JSON or
 * in Base64. Values of less than 6 characters stay.
 */
export function masked(text: string): string {
  if (secrets.size === 0) return text;
  pattern ??= compile();
  return text.replace(pattern, (found) => marks.get(found.toLowerCase()) ?? '***');
}

/** One setting: as {@link masked}, and hidden however short it is. */
export function maskedValue(value: string): string {
  return secrets.get(value) ?? masked(value);
}

/** Host names lose their capitals on the way. Longest first, since one secret may be a part of another. */
function compile(): RegExp {
  const forms = new Map<string, string>();
  for (const [value, mark] of secrets) {
    for (const part of partsOf(value))
      for (const form of secretForms(part)) if (!forms.has(form.toLowerCase())) forms.set(form.toLowerCase(), mark);
  }
  marks = forms;
  const longestFirst = [...forms.keys()].sort((a, b) => b.length - a.length);
  // Matches nothing where all are too short.
  return new RegExp(longestFirst.map(escaped).join('|') || '(?!)', 'gi');
}

/** The value, its lines, and what a URL is taken apart into. */
function partsOf(value: string): readonly string[] {
  if (value.length < SHORTEST) return [];
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const others = lines.length > 1 ? lines.filter(({ length }) => length >= SHORTEST_PART) : [];
  return [value, ...others, ...partsOfUrl(value)];
}

function partsOfUrl(value: string): readonly string[] {
  if (!value.includes('://') || !URL.canParse(value)) return [];
  const { host, hostname, username, password, pathname, search, searchParams } = new URL(value);
  const credentials = [username, password].flatMap((text) => [text, decoded(text)]);
  const others = [...pathname.split('/'), pathname, search, ...searchParams.values()];
  return [
    ...[host, hostname, ...credentials].filter((part) => part.length >= SHORTEST && !isPlain(part)),
    ...others.filter(({ length }) => length >= SHORTEST_PART),
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * What many settings are, and no secret is: a number, a size or a duration, a word of the configuration, an address of a machine.
 */
function isPlain(value: string): boolean {
  if (/^(?:\d{1,5}|\d+(?:\.\d+)?(?:ms|s|m|h|B|kB|MB|GB|KiB|MiB|GiB)|true|false|never|)$/.test(value)) return true;
  if (words.has(value)) return true;
  const address = value.replace(/^\[|\]$/g, '');
  return isIP(address) > 0 || address === 'localhost';
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
