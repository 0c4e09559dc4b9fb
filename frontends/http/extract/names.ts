/** A copy that does not keep the body alive which `text` is a slice of; bytes of UTF-8 become characters. */
export function detach(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/**
 * Names that were seen, each as one detached string: a name is validated and copied once, not for every sample. Holds
 * at most `capacity` names and starts again when that is reached.
 */
export function createNames(capacity: number, make: (slice: string) => string = detach): (slice: string) => string {
  const names = new Map<string, string>();
  return (slice) => {
    const known = names.get(slice);
    if (known !== undefined) return known;
    if (names.size >= capacity) names.clear();
    const key = detach(slice);
    const name = make(key);
    names.set(key, name);
    return name;
  };
}

/** The tag sections of one app, by source. */
export interface AppTags {
  /** Without a source; undefined when that leaves no tag. */
  readonly bare: string | undefined;
  readonly bySource: Map<string, string>;
}

export interface TagTable {
  of(app: string | undefined): AppTags;
  /** The DogStatsD tag section `source:<source>,app:<app>`; `source` is a slice of a latin1 body. */
  section(tags: AppTags, source: string): string | undefined;
}

/** Bytes. */
const LONGEST_SOURCE = 128;

/** Holds at most `capacity` sections and starts again when that is reached. */
export function createTagTable(capacity: number): TagTable {
  const apps = new Map<string, AppTags>();
  let size = 0;

  const clear = () => {
    for (const tags of apps.values()) tags.bySource.clear();
    apps.clear();
    size = 0;
  };
  return {
    of(app = '') {
      const known = apps.get(app);
      if (known !== undefined) return known;
      if (++size > capacity) clear();
      const tags: AppTags = { bare: app === '' ? undefined : `app:${app}`, bySource: new Map() };
      apps.set(app, tags);
      return tags;
    },
    section(tags, source) {
      if (source === '') return tags.bare;
      const known = tags.bySource.get(source);
      if (known !== undefined) return known;
      if (++size > capacity) {
        clear();
        tags.bySource.clear();
      }
      const value = cleanTagValue(detach(source.slice(0, LONGEST_SOURCE)));
      const section = tags.bare === undefined ? `source:${value}` : `source:${value},${tags.bare}`;
      // A source longer than what is kept of it is looked up in vain each time rather than held in full.
      if (source.length <= LONGEST_SOURCE) tags.bySource.set(Buffer.from(source, 'latin1').toString('latin1'), section);
      return section;
    },
  };
}

/** The tag section of DogStatsD has no escapes: what would end a tag or a line becomes `_`, and so does broken UTF-8. */
function cleanTagValue(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  return value.replace(/[,|\x00-\x1f\x7f\ufffd]/g, '_');
}
