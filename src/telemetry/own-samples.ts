import type { Partial } from '../partial/partial.ts';
import { SELF_PREFIX } from '../plugin.ts';
import {
  AGGREGATED,
  dropReasons,
  dropSlot,
  KERNEL_DROPPED,
  OVERFLOWED,
  PACKETS,
  RECEIVED,
  rejectReasons,
  rejectSlot,
} from '../protocol/reasons.ts';
import type { MergeState, OwnSample } from '../window/merger.ts';
import { type BackendReport, givenUpReasons, windowLosses } from './backend-report.ts';
import { type SelfMetric, selfMetrics } from './catalogue.ts';
import { type SpoolReport, spoolLosses } from './spool-report.ts';

export interface DispatchReport {
  /** Of statsdrain. */
  readonly version: string;
  readonly backends: readonly BackendReport[];
  /** Undefined where nothing is kept on disk. */
  readonly spool?: SpoolReport | undefined;
  /** Longest stall of each thread's event loop in milliseconds. */
  readonly lagMs: ReadonlyMap<string, number>;
  readonly flushMs: number;
  readonly latePartials: number;
  /** Undefined where nobody reads the original daemon's metrics. */
  readonly statsd: StatsdReport | undefined;
  /** Milliseconds since the state was written as a whole; undefined where none is kept. */
  readonly stateAgeMs?: number | undefined;
}

/** Of the ledger of the original daemon's metrics. */
export interface StatsdReport {
  readonly keys: number;
  readonly folded: number;
}

/** statsdrain's own series for one window, see `catalogue.ts`. All reasons are there from the start: of a
 * counter that appears with its first loss `increase()` would not see that. */
export function ownSamples(partials: readonly Partial[], merge: MergeState, report: DispatchReport): OwnSample[] {
  const samples: OwnSample[] = [];
  const add = (metric: SelfMetric, value: number, ...tagValues: string[]) => {
    samples.push(sample(metric.type, metric.name, metric.tags, tagValues, value));
  };

  for (const [frontend, { slots, counts }] of sumByFrontend(partials)) {
    add(selfMetrics.received, slots[RECEIVED]!, frontend);
    add(selfMetrics.aggregated, slots[AGGREGATED]!, frontend);
    add(selfMetrics.packets, slots[PACKETS]!, frontend);
    add(selfMetrics.kernelDropped, slots[KERNEL_DROPPED]!, frontend);
    add(selfMetrics.overflowed, slots[OVERFLOWED]!, frontend);
    for (const reason of rejectReasons) {
      add(selfMetrics.rejected, slots[rejectSlot(reason)]!, frontend, reason);
    }
    for (const reason of dropReasons) {
      add(selfMetrics.dropped, slots[dropSlot(reason)]!, frontend, reason);
    }
    for (const [key, value] of counts) samples.push(ownCounter(`frontend:${frontend}`, key, value));
  }

  add(selfMetrics.seriesLive, merge.series);
  add(selfMetrics.seriesFolded, merge.folded);
  add(selfMetrics.seriesBytes, merge.bytes);
  add(selfMetrics.seriesGaveWay, merge.limits.gaveWay);
  add(selfMetrics.blocked, merge.blocked);
  add(selfMetrics.buildInfo, 1, process.version, report.version);
  if (report.statsd !== undefined) {
    add(selfMetrics.statsdKeys, report.statsd.keys);
    add(selfMetrics.statsdFolded, report.statsd.folded);
  }
  if (report.stateAgeMs !== undefined) add(selfMetrics.stateAge, report.stateAgeMs);
  for (const { shard, liveKeys, keyBytes } of partials) {
    add(selfMetrics.keysLive, liveKeys, String(shard));
    add(selfMetrics.keyBytes, keyBytes, String(shard));
  }
  add(selfMetrics.flushMs, report.flushMs);
  add(selfMetrics.flushLate, report.latePartials);
  for (const [thread, lagMs] of report.lagMs) add(selfMetrics.threadLag, lagMs, thread);

  const { spool } = report;
  if (spool !== undefined) {
    add(selfMetrics.spoolBytes, spool.bytes);
    add(selfMetrics.spoolPayloads, spool.payloads);
    add(selfMetrics.spoolDown, spool.down ? 1 : 0);
    add(selfMetrics.spoolWritten, spool.written);
    add(selfMetrics.spoolReplayed, spool.replayed);
    add(selfMetrics.spoolErrors, spool.errors);
    add(selfMetrics.spoolDamaged, spool.damagedBytes);
    for (const reason of spoolLosses) add(selfMetrics.spoolDropped, spool.dropped.get(reason) ?? 0, reason);
  }

  for (const backend of report.backends) {
    add(selfMetrics.queueWindows, backend.queueWindows, backend.name);
    add(selfMetrics.queueBytes, backend.queueBytes, backend.name);
    add(selfMetrics.queueAge, backend.queueAgeMs, backend.name);
    add(selfMetrics.sends, backend.sends, backend.name);
    add(selfMetrics.sendMs, backend.sendMs, backend.name);
    add(selfMetrics.retries, backend.retries, backend.name);
    add(selfMetrics.failures, backend.failures, backend.name);
    for (const reason of windowLosses)
      add(selfMetrics.lostWindows, backend.lostWindows.get(reason) ?? 0, backend.name, reason);
    for (const [reason, items] of backend.lostItems) add(selfMetrics.lostItems, items, backend.name, reason);
    for (const [lane, report] of backend.lanes) {
      const addOf = (metric: SelfMetric, value: number, ...more: string[]) =>
        add(metric, value, backend.name, lane, ...more);
      addOf(selfMetrics.lanePayloads, report.payloads);
      addOf(selfMetrics.laneBytes, report.bytes);
      if (spool !== undefined) addOf(selfMetrics.laneSpooled, report.spooled);
      addOf(selfMetrics.laneAge, report.ageMs);
      addOf(selfMetrics.laneDown, report.open ? 1 : 0);
      addOf(selfMetrics.laneDelivered, report.delivered);
      addOf(selfMetrics.laneRetries, report.retries);
      addOf(selfMetrics.laneAmbiguous, report.ambiguous);
      for (const reason of new Set([...givenUpReasons, ...report.givenUp.keys()])) {
        addOf(selfMetrics.laneGivenUp, report.givenUp.get(reason) ?? 0, reason);
      }
    }
    for (const [key, value] of backend.counts) samples.push(ownCounter(`backend:${backend.name}`, key, value));
  }
  return samples;
}

/** A counter of a plugin's own. `key` is its name with its tags behind it, each after a LF. */
function ownCounter(owner: string, key: string, value: number): OwnSample {
  const [name = '', ...tags] = key.split('\n');
  return { type: 'counter', name: SELF_PREFIX + name, tags: [owner, ...tags].sort(), value };
}

function sample(
  type: OwnSample['type'],
  name: string,
  tagKeys: readonly string[],
  tagValues: readonly string[],
  value: number,
): OwnSample {
  return { type, name, tags: tagKeys.map((key, index) => `${key}:${tagValues[index]}`).sort(), value };
}

/** One front-end may feed several shards. */
function sumByFrontend(
  partials: readonly Partial[],
): Map<string, { slots: Float64Array; counts: Map<string, number> }> {
  const sums = new Map<string, { slots: Float64Array; counts: Map<string, number> }>();
  for (const { frontend, slots, counts } of partials.flatMap((partial) => partial.accounts)) {
    const sum = sums.get(frontend);
    if (sum === undefined) {
      sums.set(frontend, { slots: Float64Array.from(slots), counts: new Map(counts) });
      continue;
    }
    for (let slot = 0; slot < slots.length; slot++) sum.slots[slot] = sum.slots[slot]! + slots[slot]!;
    for (const [name, value] of counts) sum.counts.set(name, (sum.counts.get(name) ?? 0) + value);
  }
  return sums;
}
