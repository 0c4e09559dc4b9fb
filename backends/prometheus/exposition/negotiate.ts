import { ESCAPINGS, type Escaping } from './escaping.ts';
import { type Preference, preferencesOf } from './preferences.ts';

export type Format = 'text-0.0.4' | 'text-1.0.0' | 'openmetrics-0.0.1' | 'openmetrics-1.0.0' | 'protobuf';

/** What a page is written in. */
export interface Exposition {
  readonly format: Format;
  readonly escaping: Escaping;
}

interface FormatTraits {
  readonly format: Format;
  readonly mediaType: string;
  /** Parameters that a client has to name. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** The one of its media type for a client that names no version, and for wildcards. */
  readonly isDefault: boolean;
  /** Whether names of any characters can be written in it. */
  readonly takesUtf8: boolean;
}

const TEXT = 'text/plain';
const OPEN_METRICS = 'application/openmetrics-text';

/** For wildcards the first is the best. */
const formats: readonly FormatTraits[] = [
  {
    format: 'text-0.0.4',
    mediaType: TEXT,
    parameters: [['version', '0.0.4']],
    isDefault: true,
    takesUtf8: false,
  },
  {
    format: 'text-1.0.0',
    mediaType: TEXT,
    parameters: [['version', '1.0.0']],
    isDefault: false,
    takesUtf8: true,
  },
  {
    format: 'openmetrics-0.0.1',
    mediaType: OPEN_METRICS,
    parameters: [['version', '0.0.1']],
    isDefault: true,
    takesUtf8: false,
  },
  {
    format: 'openmetrics-1.0.0',
    mediaType: OPEN_METRICS,
    parameters: [['version', '1.0.0']],
    isDefault: false,
    takesUtf8: true,
  },
  {
    format: 'protobuf',
    mediaType: 'application/vnd.google.protobuf',
    parameters: [
      ['proto', 'io.prometheus.client.MetricFamily'],
      ['encoding', 'delimited'],
    ],
    isDefault: false,
    takesUtf8: true,
  },
];

const traits: ReadonlyMap<Format, FormatTraits> = new Map(formats.map((one) => [one.format, one]));

/**
 * The best of what a client takes: of what it likes most, what it names most exactly, and of that the first in the header.
 * Text 0.0.4 where it takes nothing that is known, or sends no header. https://prometheus.io/docs/instrumenting/content_negotiation/
 *
 * A client that wants names as they are gets them in formats that have quotes for them. In the others they are escaped, as for a client
 * that does not say how it wants them.
 */
export function negotiate(accept: string | undefined): Exposition {
  const preferences = preferencesOf(accept ?? '');
  let best: { readonly traits: FormatTraits; readonly match: Match } | undefined;
  for (const traits of formats) {
    const match = matchOf(traits, preferences);
    if (match === undefined || match.preference.q === 0) continue;
    if (best === undefined || isBetter(match, best.match)) best = { traits, match };
  }
  if (best === undefined) return { format: 'text-0.0.4', escaping: 'underscores' };
  return { format: best.traits.format, escaping: escapingOf(best.traits, best.match.preference) };
}

/** The value of `Content-Type`, with the parameters in the order of github.com/prometheus/common. */
export function contentType({ format, escaping }: Exposition): string {
  const { mediaType, parameters } = traits.get(format)!;
  const named = parameters.map(([name, value]) => `; ${name}=${value}`).join('');
  const charset = format === 'protobuf' ? '' : '; charset=utf-8';
  return `${mediaType}${named}${charset}; escaping=${escaping}`;
}

/** What of a header stands for a format. */
interface Match {
  readonly preference: Preference;
  readonly exactness: number;
  /** Its place in the header. */
  readonly at: number;
}

/** What names the format most exactly says how much it is liked; of two that are as exact, the one that likes it more. */
function matchOf(traits: FormatTraits, preferences: readonly Preference[]): Match | undefined {
  let best: Match | undefined;
  for (const [at, preference] of preferences.entries()) {
    const exactness = exactnessOf(traits, preference);
    if (exactness === 0) continue;
    const isMore = best === undefined || exactness > best.exactness;
    const isLiked = best !== undefined && exactness === best.exactness && preference.q > best.preference.q;
    if (isMore || isLiked) best = { preference, exactness, at };
  }
  return best;
}

/** From 0, which is for another format, to 4. */
function exactnessOf({ mediaType, parameters, isDefault }: FormatTraits, { value, ...sent }: Preference): number {
  if (value === mediaType) {
    const named = parameters.filter(([name]) => sent.parameters.has(name));
    if (!named.every(([name, value]) => sent.parameters.get(name) === value)) return 0;
    if (named.length === parameters.length) return 4;
    return isDefault ? 3 : 0;
  }
  if (!isDefault) return 0;
  if (value === `${mediaType.split('/', 1)[0]}/*`) return 2;
  return value === '*/*' ? 1 : 0;
}

function isBetter(one: Match, other: Match): boolean {
  if (one.preference.q !== other.preference.q) return one.preference.q > other.preference.q;
  // A version that is left out is no less exact than one that is named.
  const exactness = Math.min(one.exactness, 3) - Math.min(other.exactness, 3);
  return exactness === 0 ? one.at < other.at : exactness > 0;
}

function escapingOf({ takesUtf8 }: FormatTraits, { parameters }: Preference): Escaping {
  const asked = parameters.get('escaping');
  const known = ESCAPINGS.find((escaping) => escaping === asked) ?? 'underscores';
  return known === 'allow-utf-8' && !takesUtf8 ? 'underscores' : known;
}
