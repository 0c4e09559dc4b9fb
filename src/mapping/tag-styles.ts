import type { TagStyle } from '../config/frontend-rules.ts';

/** A name without the tags that it was sent with. */
export interface TaggedName {
  readonly name: string;
  /** `key:value`, or of Graphite also `key`; in the order in which they were sent. */
  readonly tags: readonly string[];
  /** The style in which they are. Absent: the name is as it was. */
  readonly style?: Exclude<TagStyle, 'dogstatsd'>;
}

/** Takes the tags out of a name. Pure; takes any text. */
export type NameReader = (name: string) => TaggedName;

/**
 * Reads names as statsd_exporter does, and Graphite's tags as ever. Its faults are kept too: a tag without a key or a value is left
 * out, of equal keys the last one counts, and a name with only one bracket has no tags at all, in whatever style. Whichever sign
 * comes first, `;` or another one, says whether the tags are Graphite's.
 */
export function createNameReader(styles: readonly TagStyle[]): NameReader {
  const takes = (style: TagStyle) => styles.includes(style);
  const separators = `${takes('influxdb') ? ',' : ''}${takes('librato') ? '#' : ''}`;
  const brackets = takes('signalfx') ? '[]' : '';
  const signs = `${separators}${brackets}${takes('graphite') ? ';' : ''}`;
  return (name) => {
    const first = indexOfAny(name, signs);
    if (first < 0) return { name, tags: [] };
    if (name[first] === ';') return readGraphite(name, first);
    if (brackets !== '' && indexOfAny(name, brackets) >= 0) return readSignalfx(name);
    return {
      name: name.slice(0, first),
      tags: pairs(name.slice(first + 1)),
      style: name[first] === '#' ? 'librato' : 'influxdb',
    };
  };
}

function indexOfAny(text: string, signs: string): number {
  for (let at = 0; at < text.length; at++) if (signs.includes(text[at]!)) return at;
  return -1;
}

function readGraphite(name: string, semicolon: number): TaggedName {
  const tags = name.slice(semicolon + 1).split(';');
  return { name: name.slice(0, semicolon), tags: tags.map((tag) => tag.replace('=', ':')), style: 'graphite' };
}

/** The first bracket of each kind; the wrong way round, which statsd_exporter does not survive, they are like one alone. */
function readSignalfx(name: string): TaggedName {
  const open = name.indexOf('[');
  const close = name.indexOf(']');
  if (open < 0 || close < open) return { name, tags: [] };
  return {
    name: name.slice(0, open) + name.slice(close + 1),
    tags: pairs(name.slice(open + 1, close)),
    style: 'signalfx',
  };
}

function pairs(section: string): readonly string[] {
  const values = new Map<string, string>();
  for (const tag of section.split(',')) {
    const equals = tag.indexOf('=');
    if (equals > 0 && equals < tag.length - 1) values.set(tag.slice(0, equals), tag.slice(equals + 1));
  }
  return Array.from(values, ([key, value]) => `${key}:${value}`);
}
