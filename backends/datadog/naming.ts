import type { Naming } from '../../src/plugin.ts';

/** Bytes of one tag that the intake keeps. */
const TAG_BYTES = 200;

const HOST_BYTES = 255;
const HOST = /^host:/i;

/** Characters of a metric name that the intake takes. */
export const NAME_LENGTH = 200;

/**
 * A metric name as Datadog stores it: begins with a letter, then letters, digits, `_` and `.`; every other character
 * becomes `_`. Undefined when nothing is left or more than 200 characters are.
 */
export function metricName(name: string): string | undefined {
  const clean = cleanBeginning(name);
  return clean === '' || clean.length > NAME_LENGTH ? undefined : clean;
}

/** The beginning of metric names as Datadog stores them. Empty where it has no letter. */
export function cleanBeginning(text: string): string {
  return /^[A-Za-z][A-Za-z\d_.]*$/.test(text) ? text : text.replace(/^[^A-Za-z]+/, '').replace(/[^A-Za-z\d_.]/gu, '_');
}

/**
 * A tag as Datadog compares it: in small letters, every character but letters, digits and `_ - : . /` as `_`, no `:` at its
 * end, 200 bytes. Empty when nothing is left.
 */
function cleanTag(tag: string): string {
  if (tag.length <= TAG_BYTES && /^[a-z\d_\-:./]*[a-z\d_\-./]$/.test(tag)) return tag;
  const clean = tag.toLowerCase().replace(/[^\p{L}\p{M}\p{N}_\-:./]/gu, '_');
  return clip(clean, TAG_BYTES).replace(/:+$/, '');
}

/** What a series, event or check says of itself. */
export interface Labelled {
  readonly tags: readonly string[];
  /** Empty: sent to have none. Absent: that of a tag `host:`, or not sent. */
  readonly host?: string | undefined;
}

/** The tags of one item, ready to send, and the host that it belongs to; `''` for none. */
export interface Labels {
  readonly tags: readonly string[];
  readonly host: string;
}

export type Label = (of: Labelled) => Labels;

/**
 * Gives the labels of an item: its tags and the static ones, as Datadog compares them, sorted, each once. A `host:` tag leaves
 * the list and becomes the host: the item's own before a static one, the last before the others, `hostname` without any. Labels
 * of labels are the same.
 */
export function labeller(staticTags: readonly string[], hostname: string): Label {
  const fixed = separate(staticTags);
  const defaultHost = fixed.host ?? clip(wellFormed(hostname), HOST_BYTES);
  const unlabelled: Labels = { tags: ordered(fixed.tags), host: defaultHost };
  return ({ tags, host }) => {
    if (tags.length === 0 && host === undefined) return unlabelled;
    const own = separate(tags);
    const all = fixed.tags.length === 0 ? own.tags : [...own.tags, ...fixed.tags];
    const sent = host === undefined ? own.host : clip(wellFormed(host), HOST_BYTES);
    return { tags: ordered(all), host: sent ?? defaultHost };
  };
}

function separate(tags: readonly string[]): { readonly tags: string[]; readonly host: string | undefined } {
  const rest: string[] = [];
  let host: string | undefined;
  for (const tag of tags) {
    // `HOST:` too: in small letters it is a host, and no tag that tells two series apart.
    if (HOST.test(tag)) {
      host = clip(wellFormed(tag.slice(5)), HOST_BYTES);
    } else {
      const clean = cleanTag(tag);
      if (clean !== '') rest.push(clean);
    }
  }
  return { tags: rest, host };
}

function ordered(tags: readonly string[]): readonly string[] {
  let sorted = true;
  for (let i = 1; i < tags.length; i++) sorted &&= tags[i - 1]! < tags[i]!;
  return sorted ? tags : [...new Set(tags)].sort();
}

/**
 * What series are called at Datadog: those that become alike there are one. Without the tags and the host that all of them get when they
 * are sent, so that most series keep the name, and the list of tags, that they have anyway: with a list of its own for each, a million
 * series took 660 MB more and three times as long. The same for the same static tags and host.
 */
export function naming(label: Label, staticTags: readonly string[], hostname: string): Naming {
  const common = label({ tags: [] });
  const added = new Set(common.tags);
  const remembered = new Map<readonly string[], Labels>();

  /** Series share their lists of tags, and then what becomes of them too. */
  function labelsOf({ tags, host }: Labelled): Labels {
    const known = host === undefined ? remembered.get(tags) : undefined;
    if (known !== undefined) return known;
    const all = label({ tags, host });
    const own = all.tags.filter((tag) => !added.has(tag));
    const labels = { tags: isSame(own, tags) ? tags : own, host: all.host };
    if (host !== undefined) return labels;
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(tags, labels);
    return labels;
  }

  return {
    id: `datadog ${JSON.stringify([hostname, ordered(staticTags)])}`,
    rename(_, series) {
      const name = metricName(series.name);
      if (name === undefined) return undefined;
      const { tags, host: sent } = labelsOf(series);
      const host = sent === common.host ? undefined : sent;
      if (name === series.name && tags === series.tags && host === series.host) return series;
      return { name, tags, ...(host === undefined ? {} : { host }) };
    },
  };
}

/** Lists of tags whose labels are remembered. */
const REMEMBERED = 4096;

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag, index) => tag === b[index]);
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
