import type { BackendStatus, DeliveryError, LaneStatus } from '../../../src/plugin.ts';

/**
 * `delivering`: what it was given arrived, or is on its way · `waiting`: something waits for more than two windows, and nothing is known
 * to be wrong · `failing`: the last attempt of it, or of one of its lanes, failed, or one of several lanes is down · `down`: it could not start, or all of its
 * lanes are down · `starting`: it was given nothing yet.
 */
export type State = 'delivering' | 'waiting' | 'failing' | 'down' | 'starting';

/** One back-end as `/api/status` has it. */
export interface BackendView {
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  readonly running: boolean;
  readonly state: State;
  readonly queueWindows: number;
  readonly queueBytes: number;
  readonly queueAgeMs: number;
  readonly sends: number;
  readonly failures: number;
  readonly lostWindows: Readonly<Record<string, number>>;
  readonly lostItems: Readonly<Record<string, number>>;
  readonly lastSuccessMs: number | null;
  readonly lastError: DeliveryError | null;
  readonly lanes: readonly LaneView[];
}

interface LaneView {
  readonly name: string;
  readonly payloads: number;
  readonly bytes: number;
  readonly ageMs: number;
  readonly spooled: number;
  readonly down: boolean;
  readonly delivered: number;
  readonly givenUp: Readonly<Record<string, number>>;
  readonly lastSuccessMs: number | null;
  readonly lastError: DeliveryError | null;
}

const WAITS_WINDOWS = 2;

export function backendView(backend: BackendStatus, intervalMs: number, isReady: boolean): BackendView {
  const { lastSuccessMs = null, lastError = null } = backend;
  return {
    name: backend.name,
    type: backend.type,
    addresses: backend.addresses,
    running: backend.running,
    state: stateOf(backend, intervalMs, isReady),
    queueWindows: backend.queueWindows,
    queueBytes: backend.queueBytes,
    queueAgeMs: backend.queueAgeMs,
    sends: backend.sends,
    failures: backend.failures,
    lostWindows: Object.fromEntries(backend.lostWindows),
    lostItems: Object.fromEntries(backend.lostItems),
    lastSuccessMs,
    lastError,
    lanes: backend.lanes.map(laneView),
  };
}

function laneView(lane: LaneStatus): LaneView {
  const { lastSuccessMs = null, lastError = null } = lane;
  return {
    name: lane.name,
    payloads: lane.payloads,
    bytes: lane.bytes,
    ageMs: lane.ageMs,
    spooled: lane.spooled,
    down: lane.down,
    delivered: lane.delivered,
    givenUp: Object.fromEntries(lane.givenUp),
    lastSuccessMs,
    lastError,
  };
}

function stateOf(backend: BackendStatus, intervalMs: number, isReady: boolean): State {
  const { lanes } = backend;
  if (!backend.running) return isReady || backend.lastError !== undefined ? 'down' : 'starting';
  const down = lanes.filter((lane) => lane.down).length;
  if (down > 0 && down === lanes.length) return 'down';
  if (down > 0 || isFailing(backend) || lanes.some(isFailing)) return 'failing';
  const ageMs = Math.max(backend.queueAgeMs, ...lanes.map((lane) => lane.ageMs));
  if (ageMs > WAITS_WINDOWS * intervalMs) return 'waiting';
  return backend.sends === 0 && backend.lastSuccessMs === undefined ? 'starting' : 'delivering';
}

/** The latest that is known of it is an error. */
function isFailing({ lastSuccessMs, lastError }: Pick<BackendStatus, 'lastSuccessMs' | 'lastError'>): boolean {
  return lastError !== undefined && lastError.atMs > (lastSuccessMs ?? 0);
}

/** The latest error of it and its lanes, and the lane. */
export function latestError({
  lastError,
  lanes,
}: BackendView): { readonly lane?: string; readonly error: DeliveryError } | undefined {
  let latest = lastError === null ? undefined : { error: lastError };
  for (const { name, lastError: error } of lanes) {
    if (error !== null && error.atMs >= (latest?.error.atMs ?? 0)) latest = Object.assign({ lane: name }, { error });
  }
  return latest;
}
