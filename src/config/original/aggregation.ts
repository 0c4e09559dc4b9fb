import { formatDuration } from '../units.ts';
import type { Draft } from './draft.ts';
import type { Original } from './schema.ts';

/** How metrics are kept and flushed, to the root and its block `statsd`. `values`: the whole original configuration. */
export function mapAggregation(original: Original, values: object, draft: Draft): void {
  const interval = original.flushInterval ?? 10_000;
  draft.set(['flushInterval'], Number.isInteger(interval) ? formatDuration(interval) : interval, ['flushInterval']);
  draft.set(['align'], 'start');
  draft.set(['statsd', 'prefixStats'], original.prefixStats, ['prefixStats']);
  draft.set(['statsd', 'percentThreshold'], original.percentThreshold, ['percentThreshold']);
  draft.set(['statsd', 'histogram'], original.histogram, ['histogram']);
  draft.set(['statsd', 'calculatedTimerMetrics'], original.calculatedTimerMetrics, ['calculatedTimerMetrics']);
  mapIdle(original, draft);
  draft.set(['statsd', 'gaugesMaxTTL'], original.gaugesMaxTTL, ['gaugesMaxTTL']);
  draft.set(['statsd', 'keyNameSanitize'], original.keyNameSanitize, ['keyNameSanitize']);
  mapKeyFlush(original, draft);
  draft.set(['statsd', 'dumpMessages'], original.dumpMessages, ['dumpMessages']);
  draft.set(['statsd', 'config'], values, []);
  mapLimits(draft);
}

function mapIdle(original: Original, draft: Draft): void {
  for (const key of ['deleteCounters', 'deleteTimers', 'deleteSets', 'deleteGauges'] as const) {
    if (original[key] !== undefined) draft.set(['statsd', key], original[key], [key]);
    else if (original.deleteIdleStats) draft.set(['statsd', key], true, ['deleteIdleStats']);
  }
}

function mapKeyFlush({ keyFlush }: Original, draft: Draft): void {
  if (keyFlush?.interval === undefined || keyFlush.interval < 0) return;
  const percent = keyFlush.percent ?? 100;
  draft.set(['statsd', 'keyFlush', 'interval'], keyFlush.interval, ['keyFlush', 'interval']);
  draft.set(['statsd', 'keyFlush', 'percent'], Math.min(percent, 100), ['keyFlush', 'percent']);
  draft.set(['statsd', 'keyFlush', 'log'], keyFlush.log, ['keyFlush', 'log']);
  if (percent > 100) draft.note('keyFlush.percent: is more than 100, at which the original dies; 100 is meant.');
}

/** Far above what is usual, since statistics are the original's only as long as each value is kept. */
function mapLimits(draft: Draft): void {
  draft.set(['limits', 'seriesPerName'], 1_000_000);
  draft.set(['limits', 'lineLength'], 65_536);
  draft.set(['limits', 'timerValuesPerSeries'], 1_000_000);
  draft.set(['limits', 'setMembersPerSeries'], 1_000_000);
  draft.note(
    'limits: memory is bounded, in the original it is not. Above a million values of a timer or members of a set in one window (4 and 2 million of all together) statistics are estimates.',
  );
}
