import { createHash } from 'node:crypto';
import type { Json } from '../../records/record.ts';
import type { Attributes } from './model.ts';

/** Of one series; the default of "limits.tags" is 64, and there may be some of the resource. */
const MOST_TAGS = 48;
/** Bytes; the default of "limits.tagLength". */
const LONGEST_TAG = 200;

/** Tags of attributes: `key:value`, without what would end a tag. */
export interface Tags {
  readonly section: string;
  /** How many were left out or cut. */
  readonly clipped: number;
}

/** As sent, but for what ends a name. */
export function metricName(given: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  return given.replace(/[;\x00-\x1f\x7f]/g, '_');
}

export function tagsOf(attributes: Attributes): Tags {
  const tags: string[] = [];
  let clipped = 0;
  for (const { key, value } of attributes) {
    if (key === '' || value === null || value === '') continue;
    if (tags.length >= MOST_TAGS) {
      clipped++;
      continue;
    }
    const tag = clean(`${key.replaceAll(':', '_')}:${textOf(value)}`);
    // A character takes at most three bytes for each of its units.
    if (tag.length * 3 > LONGEST_TAG && Buffer.byteLength(tag) > LONGEST_TAG) {
      clipped++;
      tags.push(cut(tag));
    } else tags.push(tag);
  }
  return { section: tags.join(','), clipped };
}

export function joinSections(...sections: readonly string[]): string {
  return sections.filter((section) => section !== '').join(',');
}

/** The tag section of DogStatsD has no escapes. */
function clean(tag: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  return tag.replace(/[,|\x00-\x1f\x7f]/g, '_');
}

function cut(tag: string): string {
  return Buffer.from(tag)
    .subarray(0, LONGEST_TAG)
    .toString()
    .replace(/\ufffd+$/, '');
}

export function textOf(value: Json): string {
  return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Equal for equal attributes in any order. */
export function attributesKey(attributes: Attributes): string {
  if (attributes.length === 0) return '';
  const pairs = attributes.map(({ key, value }) => JSON.stringify([key, value]));
  return pairs.length === 1 ? pairs[0]! : pairs.sort().join();
}

/** Characters of a key that is kept as it is. */
const LONGEST_KEY = 256;

/** What is told apart by these parts, in a string of bounded length. */
export function identityOf(...parts: readonly string[]): string {
  const key = parts.join('\n');
  return key.length <= LONGEST_KEY ? key : createHash('sha256').update(key).digest('base64');
}
