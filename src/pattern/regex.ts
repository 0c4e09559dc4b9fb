import { regexEngine, regexFault } from '../kit/regex.ts';
import { PatternFault } from './fault.ts';
import type { Matcher } from './matcher.ts';

/** A regular expression in the syntax of Go, which matches in linear time, anywhere in a name. */
export function parseSearch(pattern: string): Matcher {
  return parse(pattern, pattern);
}

/**
 * Likewise between `^` and `$` as the Datadog Agent puts them: of `a|b` that is what begins with `a` or ends with `b`.
 */
export function parseRegex(pattern: string): Matcher {
  return parse(pattern, `^${pattern}$`);
}

function parse(pattern: string, put: string): Matcher {
  const { RE2JS } = regexEngine();
  if (pattern === '') throw new PatternFault('is empty');
  const fault = regexFault(pattern);
  if (fault !== undefined) throw new PatternFault(fault);
  const compiled = RE2JS.compile(put);
  return {
    groups: compiled.groupCount(),
    names: new Map(Object.entries(compiled.namedGroups())),
    match(name) {
      const matcher = compiled.matcher(name);
      if (!matcher.find()) return undefined;
      return Array.from({ length: compiled.groupCount() + 1 }, (_, group) => matcher.group(group) ?? '');
    },
  };
}
