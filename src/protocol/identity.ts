import { decodeUtf8 } from './bytes.ts';

/** What a series is called, whatever style its tags were sent in. */
export interface Identity {
  readonly name: string;
  /** `key:value` or `key`; sorted, without duplicates or empty tags. */
  readonly tags: readonly string[];
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
    .map((tag) => tag.replace('=', ':'));
  return { name: text.slice(0, semicolon), tags: normalise([...graphite, ...tags]) };
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
