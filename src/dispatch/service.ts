import type { MessagePort } from 'node:worker_threads';
import type { Settings } from '../config/settings.ts';
import { faultOf } from '../kit/error-text.ts';
import { oneByOne } from '../kit/one-by-one.ts';
import { seldom } from '../kit/seldom.ts';
import { inSlices } from '../kit/slices.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import { createMapping } from '../mapping/mapping.ts';
import { createUnmappedNames, type UnmappedNames } from '../mapping/unmapped-names.ts';
import { deliverPackets } from '../packets/deliver.ts';
import type { PacketsMessage } from '../packets/message.ts';
import { originOf } from '../partial/window-end.ts';
import type { Backend, LogFields, Logger } from '../plugin.ts';
import type { LogSettings } from '../process/log.ts';
import { keepSecrets } from '../process/secrets.ts';
import type { Spool } from '../spool/entry.ts';
import { createSpool } from '../spool/spool.ts';
import { type Admin, createAdmin } from '../statsd/admin/admin.ts';
import { createPacketLog } from '../statsd/packet-log.ts';
import { createStatsdState, type StatsdState } from '../statsd/state.ts';
import { type ClosedWindow, createCollector } from '../window/collect.ts';
import type { Ends } from '../window/views.ts';
import { createBackends, type ViewsOpen } from './backends.ts';
import { deadlineSignal } from './deadline.ts';
import { createFallingLog } from './falling.ts';
import { createFlusher } from './flush.ts';
import { createHandOvers } from './hand-overs.ts';
import { createLimitLog } from './limit-log.ts';
import type { LoadBackend } from './make-backend.ts';
import type { AccountMessage, BackendSpec, FromDispatch, PartialMessage, ToDispatch } from './messages.ts';
import { createRejectLog } from './rejected.ts';
import { createSeenServer } from './server-view.ts';
import { createStateKeeper } from './state-keeper.ts';
import { createTaps } from './taps.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

/** Longest wait for the part of a shard that is late with its window. */
const GRACE_MS = 2000;

/** Names that no rule fits, of each view. */
const MOST_UNMAPPED = 1000;

/** Longest wait for a disk, at the start and at the stop. */
const DISK_MS = 2000;

export interface DispatchOptions {
  readonly load: LoadBackend;
  /** A log whose lines all have these fields. */
  logFor(fields: LogFields): Logger;
  /** Tells all logs what they leave out and how they write. */
  configureLog(settings: LogSettings): void;
  /** Called when the main thread has stopped asking whether this one still runs. */
  mainStuck(silentMs: number): void;
}

/**
 * The dispatch thread: collects partials, merges them into windows and offers each window to every back-end. Answers
 * on the same port; ends after `stop`.
 */
export function runDispatch(port: MessagePort, { load, logFor, configureLog, mainStuck }: DispatchOptions): void {
  const collector = createCollector(Date.now(), GRACE_MS);
  const handOvers = createHandOvers(
    () => collector.shards,
    () => answer({ kind: 'handOver' }),
  );
  const seen = createSeenServer({
    shards: () => collector.shards,
    ask: answer,
    backends: () => backends.statuses(),
    accepting: () => accepting,
  });
  const taps = createTaps((wanted) => answer({ kind: 'taps', taps: wanted }));
  const backends = createBackends(
    load,
    (backend) => logFor({ backend }),
    () => spool,
    () => keeper.backends,
    openView,
    { reload, refresh, unmapped: (view) => unmapped.get(view)?.list() ?? [], view: { ...seen.view, tap: taps.tap } },
  );
  const packetLog = createPacketLog(logFor({ backend: 'statsd' }), (text) => process.stdout.write(text));
  const flusher = createFlusher({
    statsd: () => statsd,
    backendReports: backends.takeReports,
    spoolReport: () => spool?.takeReport(),
    takeLatePartials: collector.takeLate,
    stateAgeMs: () => keeper.ageMs,
    tellFalling: createFallingLog(logFor({})),
    limitLogOf: (view) => createLimitLog(logOfView(view)),
    namingFailed: seldom((times, error: unknown) =>
      log.error(`a back-end failed to name a series, which is left out of its windows: ${faultOf(error)}`, { times }),
    ),
  });
  const log = logFor({});
  const logRejected = createRejectLog((frontend) => logFor({ frontend }));
  /** Whatever reads or changes what lasts longer than a window, which gives way to other work, but not to one another. */
  const inTurn = oneByOne();
  const keeper = createStateKeeper({
    log: logFor({}),
    inTurn,
    views: () => flusher.views,
    ledger: () => statsd?.ledger,
    keepBackends: backends.keepState,
  });
  const shardPorts: MessagePort[] = [];
  /** By view: names that no rule of its mapping fits. */
  const unmapped = new Map<string, UnmappedNames>();
  /** Who wants the configuration to be read again, in the order in which they asked. */
  const reloading: ((failure: string | undefined) => void)[] = [];
  /** Views whose windows are wanted up to now. */
  let refreshing = new Set<string>();
  let settings: Settings | undefined;
  let statsd: StatsdState | undefined;
  let admin: Admin | undefined;
  let spool: Spool | undefined;
  /** Whether there is one was decided at the start. */
  let settled = false;
  let graceTimer: NodeJS.Timeout | undefined;
  /** Front-ends accept traffic. */
  let accepting = false;
  /** What shards handed over before there were back-ends: front-ends of a process that takes over start first. */
  let early: (PartialMessage | PacketsMessage | AccountMessage)[] | undefined = [];
  let stopped: Promise<void> | undefined;
  let watchdog: Watchdog | undefined;

  function answer(message: FromDispatch): void {
    port.postMessage(message);
  }

  /** Back-ends with equal rules, names and intervals share one. */
  async function openView(
    { mapping: rules = { stages: [] }, intervalMs }: Pick<BackendSpec, 'mapping' | 'intervalMs'>,
    { naming, updatedOnly = false }: Pick<Backend, 'naming' | 'updatedOnly'>,
  ): Promise<string> {
    const id = JSON.stringify([naming?.id ?? null, rules, intervalMs ?? null, updatedOnly]);
    const names = unmapped.get(id) ?? createUnmappedNames(MOST_UNMAPPED);
    unmapped.set(id, names);
    const mapping = rules.stages.length === 0 ? undefined : createMapping(rules, names.add);
    await inTurn(async () => {
      if (flusher.views === undefined) return;
      await inSlices(flusher.views.open(id, { mapping, naming, intervalMs, updatedOnly }));
    });
    return id;
  }

  /** A window that goes on is not lost with its view; what a view that takes its place has of it is. */
  const cutViews: ViewsOpen = (kept, fresh, change) =>
    inTurn(async () => {
      if (flusher.views !== undefined) backends.offer(await inSlices(flusher.views.cut(kept, fresh)));
      change();
    });

  async function reload(): Promise<void> {
    answer({ kind: 'reloadWanted' });
    const failure = await new Promise<string | undefined>((resolve) => reloading.push(resolve));
    if (failure !== undefined) throw new Error(failure);
  }

  /** Where there are several, lines say whose it is. */
  function logOfView(view: string): Logger {
    return {
      ...log,
      warn: (message) => log.warn(message, backends.views.size < 2 ? {} : { backends: backends.namesOf(view) }),
    };
  }

  function flush(closed: ClosedWindow, ends: Ends = 'due'): Promise<void> {
    return inTurn(() => take(closed, ends));
  }

  async function take(closed: ClosedWindow, ends: Ends): Promise<void> {
    const merged = await flusher.flush(closed, ends);
    if (merged === undefined) return;
    if (typeof ends === 'string') handOvers.windowClosed();
    logRejected(merged.account);
    backends.offer(merged.windows);
  }

  /** Those who ask at the same time share what the shards hand over for one of them. */
  async function refresh(view: string): Promise<void> {
    await handOvers.request();
    refreshing.add(view);
    await inTurn(async () => {
      if (refreshing.size === 0 || stopped !== undefined) return;
      const views = refreshing;
      refreshing = new Set();
      await take(collector.takeInterim(Date.now()), views);
    });
  }

  /** Flushes what is complete, and looks again when the grace of the next window ends. */
  function flushComplete(): void {
    clearTimeout(graceTimer);
    for (
      let closed = collector.take(performance.now());
      closed !== undefined;
      closed = collector.take(performance.now())
    )
      void flush(closed);
    if (stopped === undefined) graceTimer = setTimeout(flushComplete, GRACE_MS);
    graceTimer?.unref();
  }

  function onPartial({ partial, lagMs }: PartialMessage): void {
    seen.handedOver(partial.shard, partial.accounts);
    collector.add(partial, performance.now());
    if (lagMs !== undefined) flusher.lagged('main', lagMs);
    flushComplete();
    if (partial.interim || partial.final) {
      // Those that are there now: all partials before them are of windows that are flushed first.
      const upcoming = collector.upcoming();
      void inTurn(async () => {
        if (statsd !== undefined) await inSlices(statsd.absorb(upcoming));
        handOvers.answered(partial.shard);
      });
    }
    if (stopped !== undefined && collector.shardCount === 0) finalPartialIn();
  }

  function onPackets(message: PacketsMessage): void {
    deliverPackets(message, (packet, from) => {
      packetLog.packet(packet, from);
      backends.packet(packet, from);
    });
  }

  function onShardMessage(message: PartialMessage | PacketsMessage | AccountMessage): void {
    if (early !== undefined) early.push(message);
    else if (message.kind === 'packets') onPackets(message);
    else if (message.kind === 'account') seen.told(message);
    else onPartial(message);
  }

  function takeEarly(): void {
    const all = early ?? [];
    early = undefined;
    for (const message of all) onShardMessage(message);
  }

  let finalPartialIn: () => void = () => undefined;

  async function stop(discard: boolean): Promise<void> {
    const deadlineMs = performance.now() + (settings?.shutdownTimeoutMs ?? 0);
    accepting = false;
    handOvers.stop();
    taps.stop();
    await admin?.stop();
    if (collector.shardCount > 0) {
      const outstanding = setTimeout(() => finalPartialIn(), GRACE_MS);
      await new Promise<void>((resolve) => {
        finalPartialIn = resolve;
      });
      clearTimeout(outstanding);
    }
    const rest = collector.takeRest();
    const endMs = Date.now();
    if (!discard && rest !== undefined) await flush(rest, 'all');
    await inTurn(async () => undefined);
    if (!discard && flusher.views?.goesOn) await flush({ partials: [], startMs: endMs, endMs }, 'all');
    await inTurn(async () => undefined);
    keeper.end(deadlineMs);
    if (discard) await keeper.giveBack();
    const kept = keeper.keepLastGauges();
    const lostWindows = await backends.stop(deadlineMs);
    await patiently(spool?.close());
    await kept;
    flusher.stop();
    watchdog?.stop();
    packetLog.stop();
    clearTimeout(graceTimer);
    answer({ kind: 'stopped', lostWindows });
    for (const shardPort of shardPorts) shardPort.close();
    port.close();
  }

  /** The admin interface is closed before the ledger that it reads is let go. What was kept is read once, at the start. */
  async function configure(
    specs: readonly BackendSpec[],
    startupTime: number,
    next: Settings,
  ): Promise<Extract<FromDispatch, { readonly kind: 'running' }>> {
    const starting = statsd === undefined;
    statsd ??= createStatsdState(startupTime);
    admin ??= createAdmin({ startupTime, statsd, refresh: handOvers.request, status: backends.status }, next);
    if (next.admin === undefined) await admin.stop();
    if (!starting) keeper.setSettings(next);
    await inTurn(async () => statsd?.setSettings(next));
    packetLog.configure(next.statsd);
    await openSpool(next);
    const configured = await backends.configure(specs, next, startupTime, async (...views) => {
      await cutViews(...views);
      // Windows are merged, and gauges kept, for those that come later.
      if (specs.length === 0) await openView({ mapping: next.mapping }, {});
      if (!starting) return;
      // Not before: nothing is to be written in place of what has not been read yet.
      keeper.setSettings(next);
      await inTurn(keeper.readGauges);
    });
    const { views } = backends;
    for (const id of unmapped.keys()) if (!views.has(id)) unmapped.delete(id);
    await inTurn(async () => {
      if (views.size > 0 && flusher.views !== undefined) await inSlices(flusher.views.keep(views));
    });
    if (starting) keeper.tellRead();
    const { viewsWithLines } = backends;
    flusher.views?.setLines(viewsWithLines);
    const packets = backends.takePackets || packetLog.wantsPackets;
    return { kind: 'running', ...configured, packets, lines: viewsWithLines.size > 0 };
  }

  /** It is opened once: one process keeps one folder. */
  async function openSpool({ spool: wanted }: Settings): Promise<void> {
    if (settled || wanted === undefined) {
      settled = true;
      return;
    }
    settled = true;
    const log = logFor({});
    spool = createSpool(wanted, log);
    if (await patiently(spool.opened)) return;
    log.warn(
      `the spool "${wanted.path}" does not answer; what waits is in memory only until it does: look at its disk`,
    );
  }

  function watchMain(periodMs: number): void {
    if (watchdog === undefined) watchdog = createWatchdog({ periodMs, ask: () => undefined, stuck: mainStuck });
    else watchdog.setPeriod(periodMs);
  }

  /** A supervisor may wait for the admin interface: it opens once front-ends accept traffic. */
  async function openAdmin(): Promise<void> {
    accepting = true;
    backends.opened();
    const { addresses = [], failure } = (settings && (await admin?.configure(settings))) ?? {};
    answer({ kind: 'opened', admin: addresses, failure });
  }

  async function onMessage(message: ToDispatch): Promise<void> {
    switch (message.kind) {
      case 'start':
      case 'reload':
        settings = message.settings;
        seen.configured(message.settings.flushIntervalMs, message.startupTime * 1000, message.configFile);
        keepSecrets(message.secrets ?? []);
        configureLog(settings.log);
        await inTurn(async () => {
          const originMs = originOf(message.settings.align, message.startupTime);
          flusher.setSettings(message.settings, message.frontendRules, originMs);
        });
        watchMain(message.settings.flushIntervalMs);
        answer(await configure(message.backends, message.startupTime, message.settings));
        takeEarly();
        return;
      case 'open':
        await openAdmin();
        return;
      case 'frontends':
        seen.setFrontends(message.frontends);
        return;
      case 'explained':
        seen.explained(message.id, message.answer);
        return;
      case 'reloaded':
        reloading.shift()?.(message.failure);
        return;
      case 'ping':
        watchdog?.answered();
        answer({ kind: 'pong' });
        return;
      case 'shard':
        collector.addShard(message.index);
        if (message.port !== undefined) {
          message.port.on('message', onShardMessage);
          shardPorts.push(message.port);
        }
        return;
      case 'account':
      case 'partial':
      case 'packets':
        onShardMessage(message);
        return;
      case 'tapped':
        taps.take(message);
        return;
      case 'shardLost':
        collector.loseShard(message.index);
        seen.handedOver(message.index, []);
        handOvers.answered(message.index);
        flushComplete();
        if (stopped !== undefined && collector.shardCount === 0) finalPartialIn();
        return;
      case 'stop':
        takeEarly();
        stopped ??= stop(message.discard);
        await stopped;
        return;
      default:
        message satisfies never;
    }
  }

  port.on('message', (message: ToDispatch) => {
    void onMessage(message);
  });
}

/** False when it gave up waiting. */
async function patiently(disk: Promise<void> | undefined): Promise<boolean> {
  const patience = deadlineSignal(DISK_MS);
  await unlessAborted(disk, patience.signal).catch(() => undefined);
  patience.clear();
  return !patience.signal.aborted;
}
