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
  const tags = tagList(decodeUtf8(bytes, nameEnd, tagEnd));
  if (semicolon < 0) return { name: text, tags };
  const graphite = text
    .slice(semicolon + 1)
    .split(';')
    .map((tag) => tag.replace('=', ':'));
  return { name: text.slice(0, semicolon), tags: normalise([...graphite, ...tags]) };
}

/** The tags of a DogStatsD tag section (`a:1,b`). */
export function tagList(section: string): readonly string[] {
  return section === '' ? NO_TAGS : normalise(section.split(','));
}

const NO_TAGS: readonly string[] = Object.freeze([]);

function normalise(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.filter((tag) => tag !== ''))].sort();
}

/** One string per identity and type: no name or tag holds a control byte. */
export function identityKey(type: number, identity: Identity): string {
  return `${type}${identity.name}\n${identity.tags.join('\n')}`;
}
