import type { Identity } from '../protocol/identity.ts';

/** Bytes of memory that the name and the tags of a series take, about. */
export interface KeyCosts {
  /** `rawLength`: bytes of the key as it was sent, of which its texts are parts. 0 where they are not known. */
  of(identity: Identity, rawLength: number): number;
}

/** An identity, its place in the index and in all columns, doubled as they grow. */
const SERIES = 144;
/** A list of tags … */
const LIST = 64;
/** … and a tag in it: its place, and a text of its own or a part of another. */
const TAG = 40;
/** Lists of tags that are remembered: series that share one (see `tagList`) have it once. */
const REMEMBERED = 4096;

export function createKeyCosts(): KeyCosts {
  const remembered = new Array<readonly string[] | undefined>(REMEMBERED).fill(undefined);

  /** Whether the list was seen before, by a place that depends on its last tag: others may have taken it since. */
  function isShared(tags: readonly string[]): boolean {
    const last = tags.at(-1)!;
    let place = last.length + tags.length;
    for (let at = Math.max(0, last.length - 8); at < last.length; at++)
      place = Math.imul(place, 31) + last.charCodeAt(at);
    place &= REMEMBERED - 1;
    if (remembered[place] === tags) return true;
    remembered[place] = tags;
    return false;
  }

  return {
    of({ name, tags, host = '' }, rawLength) {
      let tagLength = host.length;
      for (let tag = 0; tag < tags.length; tag++) tagLength += tags[tag]!.length + 1;
      const width = isWide(name) || isWide(host) || tags.some(isWide) ? 2 : 1;
      const texts = Math.max(rawLength, name.length + tagLength);
      if (tags.length === 0) return SERIES + width * texts;
      if (isShared(tags)) return SERIES + width * (texts - tagLength);
      return SERIES + LIST + TAG * tags.length + width * texts;
    },
  };
}

/** V8 has texts of one byte or of two for each unit. */
function isWide(text: string): boolean {
  return wide.test(text);
}

const wide = /[^\0-\xff]/;
