import type { Limits } from '../config/settings.ts';
import { decodeUtf8 } from './bytes.ts';
import { statsdKey } from './statsd-key.ts';

/** What a series is called, whatever style its tags were sent in. */
export interface Identity {
  readonly name: string;
  /** `key:value` or `key`; sorted, without duplicates or empty tags. */
  readonly tags: readonly string[];
  /** Of the last `host:` tag on the wire. Empty: sent to have none. Absent: not sent. */
  readonly host?: string;
}

/**
 * The identity behind a raw key: the name up to the first `;`, Graphite tags after it (`;k=v`, carbon's tag format)
 * and the DogStatsD tag section. Invalid UTF-8 becomes U+FFFD.
 */
export function identify(bytes: Uint8Array, nameStart: number, nameEnd: number, tagEnd: number): Identity {
  const text = decodeUtf8(bytes, nameStart, nameEnd);
  const semicolon = text.indexOf(';');
  const tags = nameEnd === tagEnd ? NO_TAGS : tagList(decodeUtf8(bytes, nameEnd, tagEnd));
  if (semicolon < 0) return { name: text, tags };
  const graphite = text
    .slice(semicolon + 1)
    .split(';')
    .map(asTag);
  return { name: text.slice(0, semicolon), tags: normalise([...graphite, ...tags]) };
}

/**
 * Likewise for a key of `CLIPPED_KEY`: of its tags, in the order in which they were sent, the first `limits.tags`, and of each the first
 * `limits.tagLength` bytes, less where that would be in the middle of a character.
 */
export function identifyClipped(
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  tagEnd: number,
  limits: Pick<Limits, 'tags' | 'tagLength'>,
): Identity {
  const [name = '', ...graphite] = decodeUtf8(bytes, nameStart, nameEnd).split(';');
  const sent = [...graphite.map(asTag), ...decodeUtf8(bytes, nameEnd, tagEnd).split(',')].filter((tag) => tag !== '');
  const room = new Uint8Array(limits.tagLength);
  const clip = (tag: string) => tag.slice(0, encoder.encodeInto(tag, room).read);
  return { name, tags: normalise(sent.slice(0, limits.tags).map(clip)) };
}

const encoder = new TextEncoder();

/**
 * Likewise for a key that was read in the dialect `statsd`: that of the original's key, whose tags are all `;key=value`. It may
 * have no name at all; then the name is `_`.
 */
export function identifyStatsd(
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  tagEnd: number,
  sanitize: boolean,
): Identity {
  const key = statsdKey(decodeUtf8(bytes, nameStart, nameEnd), decodeUtf8(bytes, nameEnd, tagEnd), sanitize);
  const [name, ...tags] = key.split(';');
  return { name: name || UNNAMED, tags: tags.length === 0 ? NO_TAGS : normalise(tags.map(asTag)) };
}

const UNNAMED = '_';

/** Of a Graphite tag. */
function asTag(pair: string): string {
  return pair.replace('=', ':');
}

/** Tag sections that are remembered: most series share theirs with others, and then they share the list of tags too. */
const REMEMBERED = 4096;
const remembered = new Map<string, readonly string[]>();

/** The tags of a DogStatsD tag section (`a:1,b`). */
export function tagList(section: string): readonly string[] {
  if (section === '') return NO_TAGS;
  const known = remembered.get(section);
  if (known !== undefined) return known;
  const tags = normalise(section.split(','));
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(section, tags);
  return tags;
}

const NO_TAGS: readonly string[] = Object.freeze([]);

function normalise(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.filter((tag) => tag !== ''))].sort();
}
