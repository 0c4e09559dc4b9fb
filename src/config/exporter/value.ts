import type { ConfigPath } from '../problem.ts';
import type { Field, Part } from './node.ts';

/** A value of JSON as a part of a file, whose "lines" are numbers of places. */
export interface PlacedPart {
  readonly part: Part;
  /** From the value on. */
  readonly places: readonly ConfigPath[];
}

/** For rules that stand in a configuration: they are judged as those of a file, and what is said of them has a place instead of a line. */
export function partOfValue(root: unknown): PlacedPart {
  const places: ConfigPath[] = [];

  function read(value: unknown, path: ConfigPath): Part {
    const line = places.push(path) - 1;
    if (value === null || value === undefined) return { kind: 'null', line };
    if (Array.isArray(value)) return { kind: 'list', line, items: value.map((item, at) => read(item, [...path, at])) };
    if (typeof value !== 'object') {
      return { kind: 'text', line, text: String(value), quoted: typeof value === 'string' };
    }
    const fields = Object.entries(value).map(([key, item]): [string, Field] => {
      const part = read(item, [...path, key]);
      return [key, { line: part.line, value: part }];
    });
    return { kind: 'map', line, fields: new Map(fields) };
  }

  return { part: read(root, []), places };
}
