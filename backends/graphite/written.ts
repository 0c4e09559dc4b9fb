import type { MetricType, SeriesName } from '../../src/plugin.ts';
import { fieldsOf, isTooLong, pointPath } from './encode.ts';
import type { Naming } from './names.ts';

/** The paths that a series has in Graphite, when it has values. Empty: it is refused, its path is too long. */
export function writtenPaths(
  naming: Naming,
  percentiles: readonly number[],
  type: MetricType,
  { name, tags, host }: SeriesName,
): readonly string[] {
  const path = naming({ type, name, tags, ...(host === undefined ? {} : { host }) });
  if (isTooLong(path.head, path.tail)) return [];
  return fieldsOf(type, percentiles).map((field) => pointPath(path, field));
}
