import { tagsWithHost } from '../../../src/kit/tags.ts';
import { type MetricType, SELF_PREFIX, type Series } from '../../../src/plugin.ts';
import { COUNTER, GAUGE, type Group, HISTOGRAM, SET, SUMMARY } from './family.ts';

/** What a series is called, and what a rule says of it. */
export type Named = Pick<Series, 'type' | 'name' | 'tags' | 'host' | 'rule' | 'sent' | 'seenOrder'>;

/** Of the values that a summary is made of: how many are one on the page, where times are seconds. */
export const unitOf: Readonly<Record<Extract<Series, { statistics: unknown }>['type'], number>> = {
  timer: 1000,
  histogram: 1,
  distribution: 1,
};

/** Why a series can be no part of a sum: one such value would spoil it for good. */
export function refusalOf(series: Series): 'negative' | 'not_finite' | undefined {
  switch (series.type) {
    case 'counter':
      if (!Number.isFinite(series.value)) return 'not_finite';
      return series.value < 0 ? 'negative' : undefined;
    case 'gauge':
    case 'set':
      return undefined;
    case 'timer':
    case 'histogram':
    case 'distribution': {
      const { count, sum } = series.statistics;
      return Number.isFinite(count) && Number.isFinite(sum) ? undefined : 'not_finite';
    }
    default:
      return series satisfies never;
  }
}

/** Of a family that is refused as a whole. */
export const typeOfGroup: Readonly<Record<Group, MetricType>> = {
  [COUNTER]: 'counter',
  [GAUGE]: 'gauge',
  [SET]: 'set',
  [SUMMARY]: 'timer',
  [HISTOGRAM]: 'timer',
};

/** What stands for bytes that are no UTF-8: these are no name, and no label, anywhere in Prometheus. */
const REPLACEMENT = '\uFFFD';

export function isUtf8({ name, tags }: Named): boolean {
  return !name.includes(REPLACEMENT) && !tags.some((tag) => tag.includes(REPLACEMENT));
}

/** What labels are made of. */
export function labelTags({ sent, tags, host }: Named): readonly string[] {
  const all = sent ?? tags;
  return tagsWithHost(host === undefined ? { tags: all } : { tags: all, host });
}

export function isOwn(name: string): boolean {
  return name.startsWith(SELF_PREFIX);
}
