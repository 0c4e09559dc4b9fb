import { regexEngine } from '../../../src/kit/regex.ts';
import type { Parse } from './fields.ts';

/** The groups of a regular expression of Go, by name or number: `(?<ms>\d+)` is the field `ms`. It is found anywhere in a line. */
export interface LineRegex {
  /** The field of a group; undefined where the expression has none of this name or number. */
  group(field: string): number | undefined;
  readonly names: readonly string[];
  parser(names: readonly string[]): Parse;
}

/** `pattern` has been found good. */
export function compileRegex(pattern: string): LineRegex {
  const compiled = regexEngine().RE2JS.compile(pattern);
  const byName = new Map(Object.entries(compiled.namedGroups() as Readonly<Record<string, number>>));
  const groups = compiled.groupCount();
  const group = (field: string) => {
    if (/^[1-9]\d*$/.test(field)) return Number(field) <= groups ? Number(field) : undefined;
    return byName.get(field);
  };
  return {
    group,
    names: [...byName.keys()],
    parser(names) {
      const wanted = names.flatMap((name, slot) => {
        const number = group(name);
        return number === undefined ? [] : [{ number, slot }];
      });
      return (message, values) => {
        const matcher = compiled.matcher(message.text());
        if (!matcher.find()) return false;
        for (const { number, slot } of wanted) values[slot] = matcher.group(number) ?? undefined;
        return true;
      };
    },
  };
}
