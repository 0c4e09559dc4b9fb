/** Whether two lists of tags, both in order, are the same. */
export function sameTags(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let tag = 0; tag < a.length; tag++) if (a[tag] !== b[tag]) return false;
  return true;
}

interface HostedTags {
  readonly tags: readonly string[];
  readonly host?: string;
}

/** By list of tags: what it was given back as last. Back-ends remember texts by list. */
const hosted = new WeakMap<readonly string[], { readonly host: string; readonly all: readonly string[] }>();

/** The tags of a series, and its host among them as the tag `host:`, in order: for those to whom a host is a tag like others. */
export function tagsWithHost({ tags, host }: HostedTags): readonly string[] {
  if (host === undefined) return tags;
  const known = hosted.get(tags);
  if (known?.host === host) return known.all;
  const tag = `host:${host}`;
  const after = tags.findIndex((one) => one > tag);
  const all = after < 0 ? [...tags, tag] : [...tags.slice(0, after), tag, ...tags.slice(after)];
  hosted.set(tags, { host, all });
  return all;
}
