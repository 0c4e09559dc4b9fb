import type { Settings } from '../config/settings.ts';
import { type Seldom, seldom } from '../kit/seldom.ts';
import type { Logger } from '../plugin.ts';
import type { MergeState } from '../window/merger.ts';
import type { SeriesLimit } from '../window/series-table.ts';

/** Tells that a limit of series is reached: at once, and then once a minute for as long as it lasts. */
export interface LimitLog {
  /** What became of the series of a window. */
  window(state: MergeState, limits: Settings['limits']): void;
  /** Keys of the original daemon's metrics that found no room in a window. */
  statsd(folded: number): void;
}

export function createLimitLog(log: Logger): LimitLog {
  /** Limits that refused keys which are still folded. */
  const reached = new Set<SeriesLimit>();
  let state: MergeState;
  let limits: Settings['limits'];

  const tell: Readonly<Record<SeriesLimit, Seldom<[]>>> = {
    series: seldom(() =>
      log.warn(
        `"limits.series" (${limits.series}) is reached: ${outcome(state)}; there are ${kinds(state)}, the most of them ` +
          `of ${names(state)}; send fewer names and tags, let idle series go ("expire": { "gauge": "1h" }), or raise it`,
      ),
    ),
    keyBytes: seldom(() =>
      log.warn(
        `"limits.keyBytes" (${inMebibytes(limits.keyBytes)}) is reached: ${outcome(state)}; there are ${kinds(state)}, and ` +
          `the most bytes are of ${names(state)}; send fewer or shorter names and tags, or raise it`,
      ),
    ),
    seriesPerName: seldom(() =>
      log.warn(
        `"limits.seriesPerName" (${limits.seriesPerName}) is reached by ${JSON.stringify(fullName)}: its further series share ` +
          'one with the tag "statsdrain_overflow:true"; send fewer tags with it, or raise the limit',
      ),
    ),
  };
  const tellStatsd = seldom((_, folded: number) =>
    log.warn(
      `"limits.series" or "limits.keyBytes" is reached by the metrics of the original StatsD: ${folded} new keys share ` +
        '"statsdrain.overflow"; send fewer names, let idle ones go ("statsd": { "deleteGauges": true }), or raise the limit',
    ),
  );
  let fullName = '';

  return {
    window(next, nextLimits) {
      state = next;
      limits = nextLimits;
      const { refused, gaveWay } = next.limits;
      fullName = next.limits.fullName ?? fullName;
      if (next.folded === 0) reached.clear();
      for (const limit of seriesLimits) if (refused[limit] > 0) reached.add(limit);
      const pressed = new Set(reached);
      if (gaveWay > 0 && pressed.size === 0) pressed.add(next.series >= limits.series ? 'series' : 'keyBytes');
      for (const limit of pressed) tell[limit]();
    },
    statsd(folded) {
      if (folded > 0) tellStatsd(folded);
    },
  };
}

const seriesLimits: readonly SeriesLimit[] = ['series', 'keyBytes', 'seriesPerName'];

function outcome({ folded, limits: { gaveWay } }: MergeState): string {
  const gone = gaveWay === 0 ? [] : [`idle series that gave way to new ones: ${gaveWay}`];
  const shared = folded === 0 ? [] : [`keys of this window that share overflow series: ${folded}`];
  return [...gone, ...shared].join(', and ');
}

function kinds({ limits, bytes }: MergeState): string {
  const counts = [...limits.countByType()].sort(([, a], [, b]) => b - a);
  const list = counts.map(([type, count]) => `${count} ${type}${count === 1 ? '' : 's'}`).join(', ');
  return `${list || 'no series'} with ${inMebibytes(bytes)} of names and tags`;
}

function names({ limits }: MergeState): string {
  const culprits = limits.culprits();
  if (culprits.length === 0) return 'no name in particular';
  return culprits.map(({ pattern, share }) => `${JSON.stringify(pattern)} (${Math.round(share * 100)} %)`).join(', ');
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
