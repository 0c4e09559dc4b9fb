import { type BackendReport, IDLE_LANE, type LaneReport, type WindowLoss } from '../telemetry/backend-report.ts';
import type { Carried } from './runner.ts';

/** What waited for a back-end that can start no more, neither as it is nor as it was: kept until a reload mends that. */
export interface Stranded {
  readonly module: string;
  readonly carried: readonly Carried[];
}

/** Windows, and payloads in memory and in the spool; bytes are those in memory. */
export function sizeOf(carried: readonly Carried[]): { windows: number; payloads: number; bytes: number } {
  const parcels = carried.flatMap((one) => one.parcels);
  const shelved = carried.flatMap((one) => one.shelved);
  return {
    windows: new Set([...parcels, ...shelved].map(({ window }) => window)).size,
    payloads: parcels.length + shelved.length,
    bytes: parcels.reduce((sum, { payload }) => sum + payload.bytes.length, 0),
  };
}

/** What of it is in no spool. */
export function onlyInMemory(carried: readonly Carried[]): readonly Carried[] {
  return carried.map(({ lane, parcels }) => ({
    lane,
    parcels: parcels.filter(({ entry }) => entry === undefined),
    shelved: [],
  }));
}

/** The report of what waits, as its lanes gave it. */
export function waitingReport(name: string, carried: readonly Carried[], nowMs: number): BackendReport {
  const lanes = carried.map(({ lane, parcels, shelved }): [string, LaneReport] => {
    const { bytes } = sizeOf([{ lane, parcels, shelved }]);
    const ageMs = Math.max(0, ...[...parcels, ...shelved].map(({ sinceMs }) => nowMs - sinceMs));
    return [lane, { ...IDLE_LANE, payloads: parcels.length, bytes, spooled: shelved.length, ageMs, open: true }];
  });
  const { windows, bytes } = sizeOf(carried);
  const queueAgeMs = Math.max(0, ...lanes.map(([, { ageMs }]) => ageMs));
  return { ...IDLE, name, queueWindows: windows, queueBytes: bytes, queueAgeMs, lanes: new Map(lanes) };
}

/** The report of what is given up. */
export function givenUpReport(name: string, carried: readonly Carried[]): BackendReport {
  const reason: WindowLoss = 'shutdown';
  const lanes = carried.map(({ lane, parcels }): [string, LaneReport] => [
    lane,
    { ...IDLE_LANE, givenUp: new Map([[reason, parcels.length]]) },
  ]);
  return { ...IDLE, name, lostWindows: new Map([[reason, sizeOf(carried).windows]]), lanes: new Map(lanes) };
}

const IDLE: Omit<BackendReport, 'name'> = {
  queueWindows: 0,
  queueBytes: 0,
  queueAgeMs: 0,
  sends: 0,
  sendMs: 0,
  retries: 0,
  failures: 0,
  lostWindows: new Map(),
  lostItems: new Map(),
  lanes: new Map(),
  counts: new Map(),
};
