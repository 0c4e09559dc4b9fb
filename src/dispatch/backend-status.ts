import type { BackendStatus, LaneStatus } from '../plugin.ts';
import { masked } from '../process/secrets.ts';
import { type BackendReport, type LaneReport, sumReports } from '../telemetry/backend-report.ts';
import type { Outcomes } from './outcomes.ts';
import type { LaneNow, Runner } from './runner.ts';

/** What back-ends did since the start. */
export interface BackendTotals {
  add(reports: readonly BackendReport[]): void;
  /** Up to the last window; undefined before the first one. */
  of(backend: string): BackendReport | undefined;
}

export function createBackendTotals(): BackendTotals {
  const all = new Map<string, BackendReport>();
  return {
    add(reports) {
      for (const report of reports) {
        const before = all.get(report.name);
        for (const sum of sumReports(before === undefined ? [report] : [report, before])) all.set(report.name, sum);
      }
    },
    of: (backend) => all.get(backend),
  };
}

interface RunningBackend {
  readonly runner: Pick<Runner, 'queued' | 'queueAgeMs' | 'outcomes' | 'lanesNow'>;
  readonly type: string;
  readonly addresses: readonly string[];
}

/** How a back-end does. `running`: undefined where it could not start. */
export function statusOf(
  name: string,
  running: RunningBackend | undefined,
  total: BackendReport | undefined,
): BackendStatus {
  const { sends = 0, failures = 0, lostWindows = new Map(), lostItems = new Map(), lanes = new Map() } = total ?? {};
  const sums = { sends, failures, lostWindows, lostItems };
  if (running === undefined) {
    const { queueWindows = 0, queueBytes = 0, queueAgeMs = 0 } = total ?? {};
    return { name, type: '', addresses: [], running: false, queueWindows, queueBytes, queueAgeMs, ...sums, lanes: [] };
  }
  const { runner, type, addresses } = running;
  return {
    name,
    type,
    addresses,
    running: true,
    queueWindows: runner.queued.windows,
    queueBytes: runner.queued.bytes,
    queueAgeMs: runner.queueAgeMs(),
    ...sums,
    ...told(runner.outcomes),
    lanes: (runner.lanesNow?.() ?? []).map((lane) => laneStatus(lane, lanes.get(lane.name))),
  };
}

function laneStatus(
  { name, payloads, bytes, ageMs, spooled, open, outcomes }: LaneNow,
  total?: LaneReport,
): LaneStatus {
  const { delivered = 0, givenUp = new Map() } = total ?? {};
  return { name, payloads, bytes, ageMs, spooled, down: open, delivered, givenUp, ...told(outcomes) };
}

/** What a server answered may repeat what it was sent. */
function told({ lastError, ...rest }: Outcomes): Outcomes {
  return lastError === undefined ? rest : { ...rest, lastError: { ...lastError, message: masked(lastError.message) } };
}
