import { unseenServer } from '../../../src/kit/unseen-server.ts';
import type { BackendStatus, FrontendStatus, LaneStatus, LineCounts, ServerStatus } from '../../../src/plugin.ts';

const none: ReadonlyMap<string, number> = new Map();

export function lineCounts(changes: Partial<LineCounts> = {}): LineCounts {
  return {
    received: 0,
    aggregated: 0,
    overflowed: 0,
    rejected: none,
    dropped: none,
    kernelDropped: 0,
    packets: 0,
    own: none,
    ...changes,
  };
}

export function frontend(name: string, counts: Partial<LineCounts> = {}): FrontendStatus {
  return { name, type: 'udp', addresses: ['udp://127.0.0.1:8125'], receiving: true, counts: lineCounts(counts) };
}

/** One that delivers. */
export function backend(changes: Partial<BackendStatus> = {}): BackendStatus {
  return {
    name: 'graphite',
    type: 'graphite',
    addresses: [],
    running: true,
    queueWindows: 0,
    queueBytes: 0,
    queueAgeMs: 0,
    sends: 1,
    failures: 0,
    lostWindows: none,
    lostItems: none,
    lastSuccessMs: 1000,
    lanes: [],
    ...changes,
  };
}

export function lane(changes: Partial<LaneStatus> = {}): LaneStatus {
  return {
    name: 'carbon',
    payloads: 0,
    bytes: 0,
    ageMs: 0,
    spooled: 0,
    down: false,
    delivered: 1,
    givenUp: none,
    ...changes,
  };
}

export function serverStatus(changes: Partial<ServerStatus> = {}): ServerStatus {
  return {
    ...unseenServer.status(),
    version: '0.1.0',
    pid: 7,
    startedMs: 1,
    configFile: '/etc/c.json',
    ready: true,
    intervalMs: 10_000,
    ...changes,
  };
}
