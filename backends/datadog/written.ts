import type { MetricType, SeriesName } from '../../src/plugin.ts';
import type { DatadogConfig } from './config.ts';
import { type Label, metricName } from './naming.ts';
import { aggregateSuffixes } from './series.ts';

type WrittenConfig = Pick<
  DatadogConfig,
  'counterType' | 'histogramAs' | 'histogramAggregates' | 'histogramPercentiles' | 'distributionPrefix'
>;

/** What a series is called at Datadog, with the tags and the host that it has there. Empty: there is no such name. */
export function writtenMetrics(
  config: WrittenConfig,
  label: Label,
  type: MetricType,
  series: SeriesName,
): readonly string[] {
  const { tags, host } = label(series);
  const about = [...tags, ...(host === '' ? [] : [`host:${host}`])];
  const shown = about.length === 0 ? '' : `{${about.join(',')}}`;
  return metricsOf(config, type, series.name).flatMap(([given, kind]) => {
    const name = metricName(given);
    return name === undefined ? [] : `${name}${shown} (${kind})`;
  });
}

type Metric = readonly [name: string, kind: string];

function metricsOf(config: WrittenConfig, type: MetricType, name: string): readonly Metric[] {
  switch (type) {
    case 'counter':
      return [[name, config.counterType]];
    case 'gauge':
    case 'set':
      return [[name, 'gauge']];
    case 'distribution':
      return [[name, 'distribution']];
    case 'timer':
    case 'histogram': {
      const { histogramAs, distributionPrefix } = config;
      const aggregates =
        histogramAs === 'distribution'
          ? []
          : aggregateSuffixes(config).map(
              (suffix): Metric => [name + suffix, suffix === '.count' ? config.counterType : 'gauge'],
            );
      const whole: readonly Metric[] =
        histogramAs === 'aggregates' ? [] : [[distributionPrefix + name, 'distribution']];
      return [...aggregates, ...whole];
    }
    default:
      return type satisfies never;
  }
}
