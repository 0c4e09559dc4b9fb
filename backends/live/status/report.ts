import type { ServerStatus } from '../../../src/plugin.ts';
import { type BackendView, backendView } from './backend-view.ts';
import type { Rates } from './meter.ts';
import { type Counted, type Totals, totalsOf } from './totals.ts';
import type { Verdict } from './verdict.ts';

/** What `/api/status` answers. Times are Unix milliseconds. */
export interface Report {
  readonly verdict: Verdict;
  readonly time: number;
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly startedMs: number;
  readonly configFile: string;
  readonly ready: boolean;
  readonly intervalMs: number;
  /** A second, over the last seconds. */
  readonly rates: Totals;
  /** Since the start. */
  readonly totals: Totals;
  readonly frontends: readonly FrontendView[];
  readonly backends: readonly BackendView[];
  /** That received something in the last window. */
  readonly series: number;
  readonly process: ProcessView;
}

export interface ProcessView {
  /** Cores in use, since the window before; null before the first. */
  readonly cpu: number | null;
  readonly rssBytes: number;
  /** Longest stall of a thread in the last window, in milliseconds; null before the first. */
  readonly lagMs: number | null;
}

export interface FrontendView {
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  readonly receiving: boolean;
  /** Lines a second. */
  readonly rate: number;
  readonly received: number;
  readonly aggregated: number;
  readonly overflowed: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly kernelDropped: number;
  readonly packets: number;
  /** Open now; null where that is not counted. */
  readonly connections: number | null;
}

/** The front-ends as `status` has them, with what was counted since. */
export function frontendsNow(
  { frontends }: ServerStatus,
  accounts: readonly Counted[] | undefined,
): ServerStatus['frontends'] {
  if (accounts === undefined) return frontends;
  const byName = new Map(accounts.map(({ name, counts }) => [name, counts]));
  return frontends.map((frontend) => ({ ...frontend, counts: byName.get(frontend.name) ?? frontend.counts }));
}

export function statusReport(
  status: ServerStatus,
  rates: Rates,
  rest: Pick<Report, 'verdict' | 'time' | 'series' | 'process' | 'backends'>,
): Report {
  const { version, node, pid, startedMs, configFile, ready, intervalMs } = status;
  const frontends = status.frontends.map((frontend): FrontendView => {
    const { name, type, addresses, receiving, counts } = frontend;
    return {
      name,
      type,
      addresses,
      receiving,
      rate: rates.received.get(name) ?? 0,
      received: counts.received,
      aggregated: counts.aggregated,
      overflowed: counts.overflowed,
      rejected: Object.fromEntries(counts.rejected),
      dropped: Object.fromEntries(counts.dropped),
      kernelDropped: counts.kernelDropped,
      packets: counts.packets,
      connections: connectionsOf(counts.own),
    };
  });
  return {
    verdict: rest.verdict,
    time: rest.time,
    version,
    node,
    pid,
    startedMs,
    configFile,
    ready,
    intervalMs,
    rates: rates.totals,
    totals: totalsOf(status.frontends),
    frontends,
    backends: rest.backends,
    series: rest.series,
    process: rest.process,
  };
}

export function backendViews({ backends, intervalMs, ready }: ServerStatus): BackendView[] {
  return backends.map((backend) => backendView(backend, intervalMs, ready));
}

/** Of a front-end that counts them: those that were accepted and have not ended. */
function connectionsOf(own: ReadonlyMap<string, number>): number | null {
  const accepted = own.get('connections.accepted');
  return accepted === undefined ? null : Math.max(0, accepted - (own.get('connections.closed') ?? 0));
}
