import type { Settings } from '../config/settings.ts';
import { faultOf, messageOf } from '../kit/error-text.ts';
import { seldom } from '../kit/seldom.ts';
import { unseenServer } from '../kit/unseen-server.ts';
import {
  type Backend,
  type BackendStatus,
  type Logger,
  type PacketSource,
  SELF_PREFIX,
  type StatusLine,
} from '../plugin.ts';
import type { Spool } from '../spool/entry.ts';
import { type BackendReport, sumReports } from '../telemetry/backend-report.ts';
import { selfMetrics } from '../telemetry/catalogue.ts';
import type { ViewWindow } from '../window/views.ts';
import type { BackendState } from './backend-state.ts';
import { createBackendTotals, statusOf } from './backend-status.ts';
import { createMaker, type LoadBackend, type Made, type OpenView, type ServerAccess } from './make-backend.ts';
import type { BackendSpec } from './messages.ts';
import { type Carried, createRunner, type Runner } from './runner.ts';
import { createSender } from './sender.ts';
import { givenUpReport, onlyInMemory, type Stranded, sizeOf, waitingReport } from './stranded.ts';

/** The running back-ends, each with its queue and loop. */
export interface Backends {
  /**
   * Makes what runs match `specs`: unchanged back-ends go on with their queues, the others are drained and stopped or
   * started. Gives where they listen and which of them could not start. `startupTime`: whole Unix seconds. `viewsOpen`: called when the
   * views of all of them are open, before any of them is stopped or started.
   */
  configure(
    specs: readonly BackendSpec[],
    settings: Settings,
    startupTime: number,
    viewsOpen?: ViewsOpen,
  ): Promise<Configured>;
  /** One window, as each view has it. */
  offer(windows: ReadonlyMap<string, ViewWindow>): void;
  /** Views of which windows are still wanted, by id. */
  readonly views: ReadonlySet<string>;
  /** The back-ends that are given the windows of a view. */
  namesOf(view: string): readonly string[];
  /** Those of which somebody wants to know how many lines their series were in. */
  readonly viewsWithLines: ReadonlySet<string>;
  /** Whether any of them takes raw packets. */
  readonly takePackets: boolean;
  /** Hands a raw packet to those that take them. Never throws. */
  packet(packet: Uint8Array, from: PacketSource): void;
  /** Front-ends accept traffic. */
  opened(): void;
  /** What they say about themselves, in the order of the configuration. */
  status(): StatusLine[];
  /** How they do, in the order of the configuration, those included that could not start. */
  statuses(): BackendStatus[];
  takeReports(): BackendReport[];
  /** Writes what those that run have to know again after a restart; false where one failed. */
  keepState(): Promise<boolean>;
  /** Drains all until `deadlineMs` (of `performance.now`). Gives the windows that were not delivered since the start, by back-end. */
  stop(deadlineMs: number): Promise<ReadonlyMap<string, number>>;
}

export interface Configured {
  readonly listeners: readonly { readonly backend: string; readonly addresses: readonly string[] }[];
  readonly failures: readonly { readonly backend: string; readonly message: string }[];
}

interface Running extends Omit<Made, 'again'> {
  readonly runner: Runner;
  /** As it was once the back-end had started. */
  readonly packet: Backend['packet'];
  readonly wantsLines: boolean;
  spec: BackendSpec;
  readonly addresses: readonly string[];
}

/**
 * `kept`: views that somebody has from now on; `fresh`: those of them that nobody had. `change` gives back-ends that stay their new views: to be
 * called once the windows of the others, as far as they have come, are offered.
 */
export type ViewsOpen = (kept: ReadonlySet<string>, fresh: ReadonlySet<string>, change: () => void) => Promise<void>;

/** Why series are left out whose names a back-end cannot take. */
const BAD_NAME = 'bad_name';
const PACKET_ERRORS = selfMetrics.packetErrors.name.slice(SELF_PREFIX.length);

export function createBackends(
  load: LoadBackend,
  logFor: (backend: string) => Logger,
  spool: () => Spool | undefined = () => undefined,
  state?: () => BackendState,
  openView: OpenView = async () => '',
  server: ServerAccess = {
    reload: () => Promise.reject(new Error('there is nothing to be read again')),
    refresh: () => Promise.resolve(),
    unmapped: () => [],
    view: unseenServer,
  },
): Backends {
  const running = new Map<string, Running>();
  /** Windows that back-ends which are stopped did not deliver. */
  const lost = new Map<string, number>();
  const stranded = new Map<string, Stranded>();
  const totals = createBackendTotals();
  let order: readonly string[] = [];
  let startupTime = 0;
  const maker = createMaker({
    load,
    logFor,
    openView,
    server,
    settled: async (name) => running.get(name)?.runner.settled?.(),
  });
  const make = (spec: BackendSpec, settings: Settings) => maker(spec, settings, startupTime);
  /** Windows that closed while back-ends are being replaced: those that start yet are given them too. */
  let held: ReadonlyMap<string, ViewWindow>[] = [];
  let configuring = false;
  /** The last reports of back-ends that have ended since the previous window. */
  let left: BackendReport[] = [];

  function retire({ name, lostWindows }: Runner): void {
    if (lostWindows > 0) lost.set(name, (lost.get(name) ?? 0) + lostWindows);
  }

  async function startOne(
    spec: BackendSpec,
    made: Made,
    settings: Settings,
    carried: readonly Carried[] = [],
  ): Promise<void> {
    const { type, log, lostItems, counts, view } = made;
    let next: () => Backend = () => made.backend;
    const create = () => {
      const one = next();
      next = made.again;
      return one;
    };
    const backend = (await state?.().restored(spec.name, create)) ?? create();
    const { wantsLines = false } = made.backend;
    const addresses = (await started(backend, spec.name)) ?? [];
    const runner =
      'send' in backend
        ? createRunner(spec.name, backend, log, settings)
        : createSender(spec.name, backend, log, settings, lostItems.add, carried, spool());
    const { packet } = backend;
    const one = { runner, backend, type, log, packet, wantsLines, spec, addresses, lostItems, counts, view };
    running.set(spec.name, one);
    for (const windows of held) give(one, windows);
  }

  function give({ runner, lostItems, view }: Running, windows: ReadonlyMap<string, ViewWindow>): void {
    const given = windows.get(view.id);
    if (given === undefined) return;
    if (given.badNames > 0) lostItems.add(BAD_NAME, given.badNames);
    runner.offer(given.window);
  }

  async function started(backend: Backend, name: string): Promise<readonly string[] | undefined> {
    try {
      return await backend.start?.();
    } catch (error) {
      await state?.().giveBack(name);
      throw error;
    }
  }

  /** Ends a back-end. What waits for it goes to `successor`, where it is of the same kind; else it is delivered or given up. */
  async function end(
    { runner, backend, log, spec, lostItems, counts }: Running,
    successor: BackendSpec | undefined,
    deadlineMs: number,
  ) {
    running.delete(runner.name);
    let carried: readonly Carried[] = [];
    if (runner.handOver !== undefined && successor?.module === spec.module) {
      carried = await runner.handOver(deadlineMs);
      if (carried.length > 0) log.info('what waits goes to the changed back-end', sizeOf(carried));
    } else {
      await runner.stop(deadlineMs);
    }
    await state?.().keep(runner.name, backend, log, true);
    retire(runner);
    left.push(reportOf({ runner, lostItems, counts }));
    return carried;
  }

  /** A changed back-end that cannot start gives way to what ran before. */
  async function restore(before: Running | undefined, name: string, settings: Settings, carried: readonly Carried[]) {
    if (before === undefined) return;
    try {
      await startOne(before.spec, await make(before.spec, settings), settings, carried);
    } catch (error) {
      stranded.set(name, { module: before.spec.module, carried });
      logFor(name).error(
        `cannot go on as it was either: ${messageOf(error)}; what waits is kept, and goes on once it is mended and the configuration is read again`,
        sizeOf(carried),
      );
    }
  }

  /** Nobody will come for it. What is in the spool stays there. */
  function giveUp(name: string, { carried }: Stranded): void {
    stranded.delete(name);
    const entries = carried.flatMap(({ parcels, shelved }) => [...parcels, ...shelved].map(({ entry }) => entry));
    spool()?.release(entries.filter((entry) => entry !== undefined));
    const rest = onlyInMemory(carried);
    const { windows } = sizeOf(rest);
    if (windows === 0) return;
    logFor(name).error('what waited was given up: the back-end could not start any more', sizeOf(rest));
    lost.set(name, (lost.get(name) ?? 0) + windows);
    left.push(givenUpReport(name, rest));
  }

  const logPacketFailure = seldom((_times, log: Logger, error: unknown) =>
    log.error(`failed on a packet: ${faultOf(error)}`),
  );

  return {
    async configure(specs, settings, started, viewsOpen = async (_kept, _fresh, change) => change()) {
      startupTime = started;
      order = specs.map(({ name }) => name);
      const wanted = new Map(specs.map((spec) => [spec.name, spec]));
      const leaving = new Map([...running].filter(([name, { spec }]) => wanted.get(name)?.block !== spec.block));
      const made = new Map<string, Made>();
      const failed = new Map<string, unknown>();
      const moves = new Map<Running, string>();
      for (const spec of specs) {
        const kept = leaving.has(spec.name) ? undefined : running.get(spec.name);
        try {
          if (kept === undefined) made.set(spec.name, await make(spec, settings));
          else {
            moves.set(kept, await openView(spec, kept.backend));
            kept.spec = spec;
          }
        } catch (error) {
          failed.set(spec.name, error);
        }
      }
      const staying = [...running.values()].filter(({ spec }) => !leaving.has(spec.name));
      const before = new Set([...running.values()].map(({ view }) => view.id));
      // What another back-end had already is given whole: there it is not cut.
      for (const [one, id] of moves) if (before.has(id)) one.view.id = id;
      const ids = [...made.values(), ...staying].map(({ view }) => view.id);
      const opened = [...Array.from(made.values(), ({ view }) => view.id), ...moves.values()];
      const fresh = new Set(opened.filter((id) => !before.has(id)));
      await viewsOpen(new Set([...ids.filter((id) => !isLeft(id, staying, moves)), ...fresh]), fresh, () => {
        for (const [one, id] of moves) one.view.id = id;
      });
      configuring = true;
      const deadlineMs = performance.now() + settings.shutdownTimeoutMs;
      const waiting = new Map(
        await Promise.all(
          [...leaving].map(async ([name, one]) => [name, await end(one, wanted.get(name), deadlineMs)] as const),
        ),
      );
      for (const [name, one] of stranded) {
        if (wanted.get(name)?.module === one.module) waiting.set(name, one.carried);
        else giveUp(name, one);
      }
      for (const { runner } of running.values()) runner.setSettings(settings);
      const failures: { backend: string; message: string }[] = [];
      for (const spec of specs) {
        if (running.has(spec.name)) continue;
        try {
          const one = made.get(spec.name);
          if (one === undefined) throw failed.get(spec.name);
          await startOne(spec, one, settings, waiting.get(spec.name));
          stranded.delete(spec.name);
        } catch (error) {
          failures.push({ backend: spec.name, message: faultOf(error) });
          await restore(leaving.get(spec.name), spec.name, settings, waiting.get(spec.name) ?? []);
        }
      }
      configuring = false;
      held = [];
      const listeners = [...running].map(([backend, { addresses }]) => ({ backend, addresses }));
      return { listeners, failures };
    },
    offer(windows) {
      if (configuring) held.push(windows);
      for (const one of running.values()) give(one, windows);
    },
    get views() {
      return new Set(Array.from(running.values(), ({ view }) => view.id));
    },
    get viewsWithLines() {
      const wanting = [...running.values()].filter(({ wantsLines }) => wantsLines);
      return new Set(wanting.map(({ view }) => view.id));
    },
    namesOf: (view) => [...running.values()].filter((one) => one.view.id === view).map(({ spec }) => spec.name),
    get takePackets() {
      return [...running.values()].some(({ packet }) => packet !== undefined);
    },
    packet(packet, from) {
      for (const one of running.values()) {
        if (one.packet === undefined) continue;
        try {
          one.packet.call(one.backend, packet, from);
        } catch (error) {
          one.counts.add(PACKET_ERRORS, 1);
          logPacketFailure(one.log, error);
        }
      }
    },
    opened() {
      for (const one of running.values()) safely(one, 'opened');
    },
    status() {
      return order.flatMap((name) => {
        const one = running.get(name);
        try {
          return one?.backend.status?.() ?? [];
        } catch (error) {
          one?.log.warn(`has no status: ${messageOf(error)}`);
          return [];
        }
      });
    },
    statuses: () => order.map((name) => statusOf(name, running.get(name), totals.of(name))),
    takeReports() {
      const ended = left;
      left = [];
      const now = performance.now();
      const waiting = [...stranded].map(([name, { carried }]) => waitingReport(name, carried, now));
      const reports = sumReports([...[...running.values()].map(reportOf), ...waiting, ...ended]);
      totals.add(reports);
      return reports;
    },
    async keepState() {
      const all = [...running].map(([name, { backend, log }]) => state?.().keep(name, backend, log, false) ?? true);
      return (await Promise.all(all)).every(Boolean);
    },
    async stop(deadlineMs) {
      const all = [...running.values()];
      running.clear();
      for (const one of all) safely(one, 'ending');
      await Promise.all(
        all.map(async ({ runner, backend, log }) => {
          await runner.stop(deadlineMs);
          await state?.().keep(runner.name, backend, log, true);
        }),
      );
      for (const { runner } of all) retire(runner);
      for (const [name, one] of stranded) giveUp(name, one);
      return lost;
    },
  };
}

/** Whether all who had a view go to others. */
function isLeft(id: string, staying: readonly Running[], moves: ReadonlyMap<Running, string>): boolean {
  const had = staying.filter(({ view }) => view.id === id);
  return had.length > 0 && had.every((one) => (moves.get(one) ?? id) !== id);
}

function safely({ backend, log }: Running, call: 'opened' | 'ending'): void {
  try {
    backend[call]?.();
  } catch (error) {
    log.warn(`its function "${call}" failed: ${messageOf(error)}`);
  }
}

function reportOf({ runner, lostItems, counts }: Pick<Running, 'runner' | 'lostItems' | 'counts'>): BackendReport {
  return {
    name: runner.name,
    queueWindows: runner.queued.windows,
    queueBytes: runner.queued.bytes,
    queueAgeMs: runner.queueAgeMs(),
    ...runner.takeActivity(),
    lostItems: lostItems.take(),
    counts: counts.take(),
  };
}
