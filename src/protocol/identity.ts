import type { Limits } from '../config/settings.ts';
import { sameTags } from '../kit/tags.ts';
import type { SeriesRule } from '../plugin-window.ts';
import { decodeUtf8 } from './bytes.ts';
import { statsdKey } from './statsd-key.ts';

/** What a series is called, whatever style its tags were sent in. */
export interface Identity {
  readonly name: string;
  /** `key:value` or `key`; sorted, without duplicates or empty tags; without `host:` and `dd.internal.` ones. */
  readonly tags: readonly string[];
  /** Of the last `host:` tag as sent. Empty: sent to have none. Absent: not sent. */
  readonly host?: string;
  /**
   * Its tags in the order in which they were sent, where two of them have keys that look alike to some back-ends, so that it matters which of
   * them came last. Absent else.
   */
  readonly sent?: readonly string[];
  /** What a rule of the configuration says besides. Absent: nothing. */
  readonly rule?: IdentityRule;
}

/** One object for all keys that a rule fits. */
export interface IdentityRule {
  /** What all values are multiplied by: series of different scales are different ones. */
  readonly scale: number;
  readonly series: SeriesRule;
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  if (a === b) return true;
  return a.name === b.name && a.host === b.host && sameRule(a.rule, b.rule) && sameTags(a.tags, b.tags);
}

/** Values of different scales cannot be merged, nor can those that become different things. */
function sameRule(a: IdentityRule | undefined, b: IdentityRule | undefined): boolean {
  return a === b || ((a?.scale ?? 1) === (b?.scale ?? 1) && a?.series.observer?.kind === b?.series.observer?.kind);
}

export function scaleOf({ rule }: Identity): number {
  return rule === undefined ? 1 : rule.scale;
}

/** The tags of a line, and the host that stood among them. */
export type TagSet = Pick<Identity, 'tags' | 'host' | 'sent'>;

/**
 * The identity behind a raw key: the name up to the first `;`, Graphite tags after it (`;k=v`, carbon's tag format)
 * and the DogStatsD tag section. Invalid UTF-8 becomes U+FFFD.
 */
export function identify(bytes: Uint8Array, nameStart: number, nameEnd: number, tagEnd: number): Identity {
  const text = decodeUtf8(bytes, nameStart, nameEnd);
  const semicolon = text.indexOf(';');
  if (semicolon < 0) return named(text, nameEnd === tagEnd ? NONE : tagSet(decodeUtf8(bytes, nameEnd, tagEnd)));
  const graphite = text
    .slice(semicolon + 1)
    .split(';')
    .map(asTag);
  const sent = nameEnd === tagEnd ? graphite : [...graphite, ...decodeUtf8(bytes, nameEnd, tagEnd).split(',')];
  return named(text.slice(0, semicolon), separate(sent));
}

/** While it is made. */
export type Mutable<One> = { -readonly [Key in keyof One]: One[Key] };

/** Without a host it has no such key: most series have none, and a million of them would take 8 MB more. */
export function named(
  name: string,
  { tags, host, sent }: Pick<Identity, 'tags' | 'sent'> & { readonly host?: string | undefined },
  rule?: IdentityRule,
): Identity {
  const identity: Mutable<Identity> = host === undefined ? { name, tags } : { name, tags, host };
  // Not as a copy with more keys, which takes ten times as long in Node 20.
  if (sent !== undefined) identity.sent = sent;
  if (rule !== undefined) identity.rule = rule;
  return identity;
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
  const sent = [...graphite.map(asTag), ...decodeUtf8(bytes, nameEnd, tagEnd).split(',')];
  return named(name, separate(sent, limits));
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
  return named(name || UNNAMED, tags.length === 0 ? NONE : separate(tags.map(asTag)));
}

const UNNAMED = '_';

/** Of a Graphite tag. */
function asTag(pair: string): string {
  return pair.replace('=', ':');
}

/** Tag sections that are remembered: most series share theirs with others, and then they share the list of tags too. */
const REMEMBERED = 4096;
const remembered = new Map<string, TagSet>();

/** The tags of a DogStatsD tag section (`a:1,b`). */
export function tagSet(section: string): TagSet {
  if (section === '') return NONE;
  const known = remembered.get(section);
  if (known !== undefined) return known;
  const set = separate(section.split(','));
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(section, set);
  return set;
}

const NONE: TagSet = Object.freeze({ tags: Object.freeze([]) });

const HOST = 'host:';
/** Of the tags that clients send for the Datadog Agent alone: `dd.internal.entity_id:`, `.card:`, `.jmx_check_name:`, … */
const INTERNAL = 'dd.internal.';

/**
 * Tags in the order in which they were sent, as the Datadog Agent takes them: neither a host nor what is internal is one of them. With
 * `clip` only the first `clip.tags` of them, and of each the first `clip.tagLength` bytes.
 */
export function separate(sent: readonly string[], clip?: Pick<Limits, 'tags' | 'tagLength'>): TagSet {
  const { custom, host } = hostOf(clip === undefined ? sent : clipped(sent, clip.tagLength));
  const own = clip === undefined ? custom : custom.slice(0, clip.tags);
  const set = withHost(normalise(own), host);
  return hasLookalikes(set.tags) ? { ...set, sent: own.filter((tag) => tag !== '') } : set;
}

/** Whether two of different tags have keys that are one where only letters, digits and `_` are told apart. */
function hasLookalikes(tags: readonly string[]): boolean {
  if (tags.length < 2) return false;
  const keys = new Set(
    tags.map((tag) => (tag.indexOf(':') < 0 ? tag : tag.slice(0, tag.indexOf(':'))).replace(/\W+/g, '_')),
  );
  return keys.size < tags.length;
}

function clipped(sent: readonly string[], length: number): readonly string[] {
  const room = new Uint8Array(length);
  return sent.filter((tag) => tag !== '').map((tag) => tag.slice(0, encoder.encodeInto(tag, room).read));
}

/** The same list where none of them is special. */
export function hostOf(sent: readonly string[]): {
  readonly custom: readonly string[];
  readonly host: string | undefined;
} {
  if (!sent.some(isSpecial)) return { custom: sent, host: undefined };
  const host = sent.findLast((tag) => tag.startsWith(HOST))?.slice(HOST.length);
  return { custom: sent.filter((tag) => !isSpecial(tag)), host };
}

function isSpecial(tag: string): boolean {
  return tag.startsWith(HOST) || tag.startsWith(INTERNAL);
}

function withHost(tags: readonly string[], host: string | undefined): TagSet {
  return host === undefined ? { tags } : { tags, host };
}

function normalise(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.filter((tag) => tag !== ''))].sort();
}
