import { tagsWithHost } from '../../src/kit/tags.ts';
import type { MetricType, Observer, SeriesName, SeriesRule } from '../../src/plugin.ts';
import { labelText, writtenName } from './exposition/labels.ts';
import { escapeName, labelPairs, type NameStyle } from './naming.ts';
import {
  groupOf,
  HISTOGRAM,
  isReservedName,
  type ObserverGroup,
  SUMMARY,
  suffixesOf,
  typeNames,
} from './page/family.ts';

export interface WrittenOptions {
  readonly prefix: string;
  readonly names: NameStyle;
  /** Of series whose rule says nothing of it. */
  readonly observer: Observer;
}

/** What a page calls a series that users sent: what to ask Prometheus for. Empty: it is refused. */
export function writtenNames(
  { prefix, names, observer }: WrittenOptions,
  type: MetricType,
  series: SeriesName,
  rule: SeriesRule | undefined,
): readonly string[] {
  const given = prefix + series.name;
  const family = names === 'escaped' ? escapeName(given) : given;
  if (isReservedName(family)) return [];
  const labels = labelText(labelPairs(tagsWithHost(series), names));
  const becomes = rule?.observer ?? observer;
  const group = groupOf(type, becomes.kind);
  const own = `${sampleName(family, labels)} (${typeNames[group]})`;
  if (group === SUMMARY || group === HISTOGRAM) {
    const suffixes = suffixesFor(group, becomes);
    return [own, ...suffixes.map((suffix) => sampleName(family + suffix, labels))];
  }
  return [own];
}

function suffixesFor(group: ObserverGroup, observer: Observer): readonly string[] {
  // A native histogram alone has no buckets of its own names.
  const classic = observer.kind === 'summary' || observer.buckets.length > 0 || observer.nativeFactor === 0;
  return suffixesOf[group].filter((suffix) => classic || suffix !== '_bucket');
}

/** A name that is not classic stands among the labels (UTF-8 names of Prometheus 3). */
function sampleName(name: string, labels: string): string {
  const written = writtenName(name);
  if (written === name) return labels === '' ? name : `${name}{${labels}}`;
  return `{${[written, ...(labels === '' ? [] : [labels])].join(',')}}`;
}
