/** Bytes of one tag that the intake keeps. */
const TAG_BYTES = 200;

/** Characters of a metric name that the intake takes. */
export const NAME_LENGTH = 200;

/**
 * A metric name as Datadog stores it: begins with a letter, then letters, digits, `_` and `.`; every other character
 * becomes `_`. Undefined when nothing is left or more than 200 characters are.
 */
export function metricName(name: string): string | undefined {
  const clean = /^[A-Za-z][A-Za-z\d_.]*$/.test(name)
    ? name
    : name.replace(/^[^A-Za-z]+/, '').replace(/[^A-Za-z\d_.]/gu, '_');
  return clean === '' || clean.length > NAME_LENGTH ? undefined : clean;
}

/** The tags of one item, ready to send, and the host that it belongs to; `''` for none. */
export interface Labels {
  readonly tags: readonly string[];
  readonly host: string;
}

/**
 * Gives the labels of an item: its tags and the static ones, cut to 200 bytes, sorted, each once. A `host:` tag leaves
 * the list and becomes the host: the item's own before a static one, the last before the others, `hostname` without any.
 */
export function labeller(staticTags: readonly string[], hostname: string): (tags: readonly string[]) => Labels {
  const fixed = separate(staticTags);
  const defaultHost = fixed.host ?? clip(wellFormed(hostname), 255);
  const unlabelled: Labels = { tags: ordered(fixed.tags), host: defaultHost };
  return (tags) => {
    if (tags.length === 0) return unlabelled;
    const own = separate(tags);
    const all = fixed.tags.length === 0 ? own.tags : [...own.tags, ...fixed.tags];
    return { tags: ordered(all), host: own.host ?? defaultHost };
  };
}

function separate(tags: readonly string[]): { readonly tags: string[]; readonly host: string | undefined } {
  const rest: string[] = [];
  let host: string | undefined;
  for (const tag of tags) {
    if (tag.startsWith('host:')) {
      host = clip(wellFormed(tag.slice(5)), 255);
    } else {
      const clipped = clip(wellFormed(tag), TAG_BYTES);
      if (clipped !== '') rest.push(clipped);
    }
  }
  return { tags: rest, host };
}

function ordered(tags: readonly string[]): readonly string[] {
  let sorted = true;
  for (let i = 1; i < tags.length; i++) sorted &&= tags[i - 1]! < tags[i]!;
  return sorted ? tags : [...new Set(tags)].sort();
}

/** The longest beginning of `text` that has at most `bytes` bytes in UTF-8 and does not end inside a character. */
export function clip(text: string, bytes: number): string {
  // A UTF-16 unit is at most 3 bytes.
  if (text.length * 3 <= bytes) return text;
  const encoded = Buffer.from(text.slice(0, bytes));
  if (encoded.length <= bytes) return text.length <= bytes ? text : text.slice(0, bytes);
  let end = bytes;
  while (end > 0 && (encoded[end]! & 0xc0) === 0x80) end--;
  return encoded.toString('utf8', 0, end);
}

/** Half surrogate pairs, which JSON and Protocol Buffers cannot carry as UTF-8, as U+FFFD. */
export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, '\uFFFD') : text;
}
