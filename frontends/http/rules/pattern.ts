import type { Parse } from './fields.ts';
import { isEscaped } from './logfmt.ts';

/** A pattern that cannot be used: what is wrong with it, going on from it in quotes. */
export class PatternFault extends Error {
  override readonly name = 'PatternFault';
}

interface Capture {
  /** Undefined: it is passed over. */
  readonly name: string | undefined;
  /** What ends it; empty: the end of the line. */
  readonly until: string;
}

/** The pattern of Loki: `<method> <_> took <ms>ms`. */
export interface Pattern {
  /** What the line begins with. */
  readonly head: string;
  readonly captures: readonly Capture[];
}

const IN_PATTERN = /<(_|[A-Za-z][A-Za-z0-9_]*)>/g;

/** Throws a {@link PatternFault}. */
export function parsePattern(text: string): Pattern {
  const places = [...text.matchAll(IN_PATTERN)];
  if (places.length === 0) throw new PatternFault('has no "<name>", which takes what stands there');
  const captures = places.map((place, index): Capture => {
    const [written, name = ''] = place;
    const end = place.index + written.length;
    const next = places[index + 1];
    if (next?.index === end) throw new PatternFault(`has "${written}${next[0]}", with nothing between the two`);
    return { name: name === '_' ? undefined : name, until: text.slice(end, next?.index ?? text.length) };
  });
  const names = captures.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new PatternFault(`has "<${twice}>" twice`);
  return { head: text.slice(0, places[0]!.index), captures };
}

export function namesOf({ captures }: Pattern): string[] {
  return captures.flatMap(({ name }) => (name === undefined ? [] : [name]));
}

/**
 * Each `<name>` takes what stands before the text that follows it; what follows the last text of the pattern may be anything. A `"` at the
 * beginning of such a text is never one that is escaped with a backslash, which would be part of what a visitor wrote.
 */
export function patternParser({ head, captures }: Pattern, names: readonly string[]): Parse {
  const steps = captures.map(({ name, until }) => ({ until, slot: name === undefined ? -1 : names.indexOf(name) }));
  return (message, values) => {
    const text = message.text();
    if (!text.startsWith(head)) return false;
    let at = head.length;
    for (const { until, slot } of steps) {
      const end = until === '' ? text.length : placeOf(text, until, at);
      if (end < 0) return false;
      if (slot >= 0) values[slot] = text.slice(at, end);
      at = end + until.length;
    }
    return true;
  };
}

function placeOf(text: string, literal: string, from: number): number {
  let at = text.indexOf(literal, from);
  while (at >= 0 && literal.startsWith('"') && isEscaped(text, at, from)) at = text.indexOf(literal, at + 1);
  return at;
}
