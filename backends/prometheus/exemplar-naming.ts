import { type MetricType, type Naming, type RenamedSeries, SELF_PREFIX, type SeriesName } from '../../src/plugin.ts';
import { labelPairs, type NameStyle } from './naming.ts';

/** Characters in the names and values of the labels of one exemplar. https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars */
const MOST_CHARACTERS = 128;

const typesWithExemplars: ReadonlySet<MetricType> = new Set(['counter', 'timer', 'histogram', 'distribution']);

/**
 * What a view calls series where tags with some keys are labels of exemplars and of no series. Undefined where there are no such keys: then no
 * view of its own is needed.
 */
export function exemplarNaming(keys: readonly string[], style: NameStyle): Naming | undefined {
  if (keys.length === 0) return undefined;
  const taken = new Set(keys);
  const isTaken = (tag: string) => taken.has(tag.slice(tag.startsWith('#') ? 1 : 0).split(':', 1)[0]!);

  function rename(type: MetricType, series: SeriesName): RenamedSeries {
    if (series.name.startsWith(SELF_PREFIX) || !series.tags.some(isTaken)) return series;
    const { sent = series.tags } = series;
    const pairs = labelPairs(sent.filter(isTaken), style);
    const left = (tags: readonly string[]) => tags.filter((tag) => !isTaken(tag));
    const renamed = {
      ...series,
      tags: left(series.tags),
      ...(series.sent && { sent: left(series.sent) }),
    };
    return typesWithExemplars.has(type) && isExemplar(pairs) ? { ...renamed, exemplar: pairs } : renamed;
  }

  return { id: JSON.stringify(['exemplars', style, ...[...taken].sort()]), rename };
}

/** Whether there is something in it, and no more than readers take. */
function isExemplar(pairs: readonly string[]): boolean {
  let length = 0;
  for (const pair of pairs) for (const _ of pair) length++;
  // Less the colons.
  return length > 0 && length - pairs.length <= MOST_CHARACTERS;
}
