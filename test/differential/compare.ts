import type { Flush } from './carbon.ts';
import type { OriginalSettings } from './native.ts';

/** One Graphite name for which two flushes have other values; several where it was sent more than once. */
export interface Difference {
  readonly name: string;
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

/** Values that depend on the time; their names are compared all the same. */
const timed = /timestamp_lag|graphiteStats\.(?:calculationtime|last_|flush_)|(?:^|\.)processing_time(?:\.|$)/;

/** Values by name, sorted, in no order of names. */
export function valuesByName({ lines }: Flush): Map<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const line of lines) {
    // A key that is not sanitised may hold blanks in its tags.
    const [, name = line, value = ''] = /^(.*) (\S+) \d+$/s.exec(line) ?? [];
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  for (const list of values.values()) list.sort();
  return values;
}

/** `masked` names are compared without their values. */
export function compare(theirs: Flush, ours: Flush, masked: ReadonlySet<string> = new Set()): Difference[] {
  const [left, right] = [valuesByName(theirs), valuesByName(ours)];
  const differences: Difference[] = [];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(name) ?? [], right.get(name) ?? []];
    const free = timed.test(name) || masked.has(name);
    const same = a.length === b.length && (free || a.every((value, index) => value === b[index]));
    if (!same) differences.push({ name, theirs: a, ours: b });
  }
  return differences;
}

/** The names under which one of the daemon's own counters goes to Graphite: its rate, and its count unless left out. */
export function namesOf(
  counter: string,
  { prefixStats = 'statsd', graphite = {} }: OriginalSettings,
): [string, string] {
  const { legacyNamespace = true, globalPrefix = 'stats', prefixCounter = 'counters', globalSuffix } = graphite;
  const suffix = globalSuffix === undefined ? '' : `.${globalSuffix}`;
  const key = `${prefixStats}.${counter}`;
  if (legacyNamespace) return [`stats.${key}${suffix}`, `stats_counts.${key}${suffix}`];
  const path = [globalPrefix, prefixCounter]
    .filter((part) => part !== '')
    .concat(key)
    .join('.');
  return [`${path}.rate${suffix}`, `${path}.count${suffix}`];
}
