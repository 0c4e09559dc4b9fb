/** A back-end's side of the story since the previous window. */
export interface BackendReport {
  readonly name: string;
  readonly queueWindows: number;
  readonly queueBytes: number;
  readonly queueAgeMs: number;
  readonly sends: number;
  readonly sendMs: number;
  readonly retries: number;
  readonly failures: number;
  readonly lostWindows: ReadonlyMap<WindowLoss, number>;
  readonly lostItems: ReadonlyMap<string, number>;
  /** Of a back-end that sends, by name. */
  readonly lanes: ReadonlyMap<string, LaneReport>;
  /** The back-end's own counters by name. */
  readonly counts: ReadonlyMap<string, number>;
}

/** What a lane did since the previous window, and what waits in it. */
export interface LaneReport {
  readonly delivered: number;
  readonly retries: number;
  /** Payloads that were sent again although they may have been taken before. */
  readonly ambiguous: number;
  readonly failures: number;
  /** Milliseconds of the longest successful delivery. */
  readonly longestMs: number;
  /** Payloads by reason. */
  readonly givenUp: ReadonlyMap<string, number>;
  readonly payloads: number;
  readonly bytes: number;
  /** Payloads that wait on disk and not in memory. */
  readonly spooled: number;
  readonly ageMs: number;
  /** Whether its server is taken for down. */
  readonly open: boolean;
}

/** The report of a lane that did nothing, and in which nothing waits. */
export const IDLE_LANE: LaneReport = {
  delivered: 0,
  retries: 0,
  ambiguous: 0,
  failures: 0,
  longestMs: 0,
  givenUp: new Map(),
  payloads: 0,
  bytes: 0,
  ageMs: 0,
  open: false,
  spooled: 0,
};

/** Why a window was not delivered: no room, too old, refused for good by the back-end, or still waiting at the end. */
export const windowLosses = ['queue_full', 'too_old', 'refused', 'shutdown'] as const;
export type WindowLoss = (typeof windowLosses)[number];

/** Why a payload was given up. A back-end may have further words for what its server refused. */
export const givenUpReasons = [...windowLosses, 'rejected', 'too_large', 'no_lane', 'unreadable'] as const;

/** One report for each name: the first is that of the back-end that runs, the others of those that it replaced, which hold nothing. */
export function sumReports(reports: readonly BackendReport[]): BackendReport[] {
  const byName = new Map<string, BackendReport>();
  for (const report of reports) {
    const known = byName.get(report.name);
    byName.set(report.name, known === undefined ? report : sum(known, report));
  }
  return [...byName.values()];
}

function sum(running: BackendReport, ended: BackendReport): BackendReport {
  const lanes = new Map(running.lanes);
  for (const [name, lane] of ended.lanes) {
    const now = lanes.get(name);
    lanes.set(name, now === undefined ? lane : sumLanes(now, lane));
  }
  return {
    ...running,
    sends: running.sends + ended.sends,
    sendMs: Math.max(running.sendMs, ended.sendMs),
    retries: running.retries + ended.retries,
    failures: running.failures + ended.failures,
    lostWindows: sumCounts(running.lostWindows, ended.lostWindows),
    lostItems: sumCounts(running.lostItems, ended.lostItems),
    lanes,
    counts: sumCounts(running.counts, ended.counts),
  };
}

function sumLanes(running: LaneReport, ended: LaneReport): LaneReport {
  return {
    ...running,
    delivered: running.delivered + ended.delivered,
    retries: running.retries + ended.retries,
    ambiguous: running.ambiguous + ended.ambiguous,
    failures: running.failures + ended.failures,
    longestMs: Math.max(running.longestMs, ended.longestMs),
    givenUp: sumCounts(running.givenUp, ended.givenUp),
  };
}

function sumCounts<Key>(a: ReadonlyMap<Key, number>, b: ReadonlyMap<Key, number>): Map<Key, number> {
  const sums = new Map(a);
  for (const [key, count] of b) sums.set(key, (sums.get(key) ?? 0) + count);
  return sums;
}
