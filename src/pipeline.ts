import { randomInt } from 'node:crypto';
import { newKeyBlockCount } from './aggregate/key-blocks.ts';
import { createShard } from './aggregate/shard.ts';
import { shardLimits, tickOf, ticksOf } from './config/intervals.ts';
import type { Config, LoadedBackend } from './config/load.ts';
import { defaultStatsdSettings, type Settings } from './config/settings.ts';
import type { DispatchLink } from './dispatch/link.ts';
import type { BackendSpec } from './dispatch/messages.ts';
import { createWatchdog } from './dispatch/watchdog.ts';
import { createFrontends, type Listener } from './ingest/frontends.ts';
import { createRuleNumbers } from './ingest/rule-numbers.ts';
import { startShardLoop } from './ingest/shard-loop.ts';
import { createTaps } from './ingest/taps.ts';
import { unixSeconds } from './kit/unix-time.ts';
import { createInFlight, createPacketCollector } from './packets/collector.ts';
import { createTapBudget } from './packets/tap-budget.ts';
import { transferList } from './partial/partial.ts';
import { sharedClock } from './partial/shared-clock.ts';
import { originOf } from './partial/window-end.ts';
import type { Logger } from './plugin.ts';
import { releaseMemory } from './process/memory.ts';
import { keptSecrets } from './process/secrets.ts';
import { createReceiveThreads } from './receive/spawn.ts';
import { statsdSettingsOf } from './statsd/settings.ts';
import type { Inheritance } from './supervision/inherited.ts';
import type { SocketOwners } from './supervision/socket-owners.ts';
import { watchLag } from './telemetry/lag.ts';

/** Everything from the sockets to the back-ends, wired in order: back-ends and dispatch first, front-ends last. */
export interface Pipeline {
  /**
   * Resolves when every front-end accepts traffic. Rejects with the first failure, and then nothing runs. `predecessor` settles when the
   * process whose sockets these front-ends have has written all of its own: front-ends start before that, back-ends after it.
   */
  start(predecessor?: Promise<void>): Promise<Listening>;
  /** Goes over to another configuration without losing the open window. */
  reload(config: Config): Promise<Listening>;
  /**
   * Stops intake, flushes the last, short window and sends what waits until the deadline of the configuration. Gives
   * the windows that were not delivered since the start, by back-end. `handedOver` is called when another process may read the
   * sockets, which it has.
   */
  stop(handedOver?: () => void): Promise<ReadonlyMap<string, number>>;
  /** Settles only when the pipeline cannot go on. */
  readonly failed: Promise<never>;
}

export interface Listening {
  readonly frontends: readonly Listener[];
  readonly backends: readonly { readonly backend: string; readonly addresses: readonly string[] }[];
  /** Of the admin interface. */
  readonly admin: readonly string[];
}

export interface PipelineOptions {
  readonly config: Config;
  readonly dispatch: DispatchLink;
  readonly log: Logger;
  /** Absolute path of the configuration, for those that show it. */
  readonly configFile?: string;
  /** Sockets that front-ends take in place of new ones. */
  readonly inheritance?: Inheritance;
  /** Told which sockets are whose. */
  readonly owners?: SocketOwners | undefined;
  /** Unix seconds, whole. Default: now. */
  readonly startupTime?: number;
  logFor(frontend: string): Logger;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { dispatch, log, logFor } = options;
  const startupTime = options.startupTime ?? unixSeconds();
  let { config } = options;
  let accepting = false;
  let shards = 1;
  const seed = randomInt(2 ** 32 - 1);
  const lag = watchLag();
  let breakDown: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    breakDown = (error) => {
      accepting = false;
      reject(error);
    };
  });
  failed.catch(() => undefined);
  dispatch.failed.catch(breakDown);
  const watchdog = createWatchdog({
    periodMs: config.settings.flushIntervalMs,
    ask: () => dispatch.post({ kind: 'ping' }),
    stuck: (silentMs) =>
      breakDown(
        new Error(`it has not answered for ${Math.round(silentMs / 1000)} s; a back-end may be in an endless loop`),
      ),
  });
  dispatch.on('pong', watchdog.answered);
  const keyBlocks = newKeyBlockCount();
  const shard = createShard({
    index: 0,
    limits: shardLimits(config.settings),
    ticks: ticksOf(config.settings),
    now: sharedClock(performance.timeOrigin),
    seed,
    keyBlocks: { all: keyBlocks, own: newKeyBlockCount() },
    onShrink: () => setImmediate(releaseMemory),
  });
  const inFlight = createInFlight();
  const tapBudget = createTapBudget();
  const receiveThreads = createReceiveThreads({
    settings: config.settings,
    seed,
    keyBlocks,
    inFlight,
    tapBudget,
    copied: (message) => taps.take(message),
    startupTime,
    nextShard: () => shards++,
    toDispatch: dispatch.post,
  });
  const packets = createPacketCollector(inFlight, dispatch.post, () => setImmediate(packets.flush));
  const taps = createTaps({
    budget: tapBudget,
    shard,
    receiveThreads,
    // Above this room: what explains lines is loaded by the first who asks for it.
    loadReader: async () => (await import('./explain/tapped-line.ts')).createTapReader(() => config),
    post: dispatch.post,
    log,
  });
  const ruleNumbers = createRuleNumbers();
  const frontends = createFrontends({
    shard,
    keysOf: ({ rules }) => ruleNumbers.keysOf(rules),
    receiveThreads,
    packets,
    inheritance: options.inheritance,
    owners: options.owners,
    lineLength: () => config.settings.limits.lineLength,
    // Another one is for the next start, as it is for the spool.
    folder: config.settings.spool?.path,
    ready: () => accepting && frontends.receiving,
    changed: tellFrontends,
    logFor,
  });

  dispatch.post({ kind: 'shard', index: 0, port: undefined });
  const origin = originOf(config.settings.align, startupTime);
  const loop = startShardLoop(shard, tickOf(config.settings), origin, (partial) => {
    dispatch.post({ kind: 'partial', partial, lagMs: lag.take() }, transferList(partial));
  });

  dispatch.on('tellAccounts', () => {
    dispatch.post({ kind: 'account', shard: 0, accounts: shard.accounts() });
    receiveThreads.tellAccounts();
  });

  dispatch.on('taps', ({ taps: wanted }) => taps.set(wanted));

  dispatch.on('handOver', () => {
    // Sockets that are ready are read first: what was sent before somebody asked should be in the answer.
    setImmediate(loop.handOver);
    receiveThreads.handOver();
  });

  /** In the order of the configuration. */
  function tellFrontends(): void {
    const order = new Map(config.frontends.map(({ name }, index) => [name, index]));
    const placeOf = ({ name }: { readonly name: string }) => order.get(name) ?? order.size;
    dispatch.post({ kind: 'frontends', frontends: [...frontends.now].sort((a, b) => placeOf(a) - placeOf(b)) });
  }

  /** An answer of the dispatch thread. Rejects when there will be none. */
  const answerOf: DispatchLink['next'] = (kind) => Promise.race([dispatch.next(kind), failed]);

  async function configureBackends(kind: 'start' | 'reload', next: Config) {
    const answer = answerOf('running');
    const { settings } = next;
    const backends = next.backends.map((backend) => toSpec(backend, settings));
    // Known there before the first key with their number comes.
    for (const { rules } of next.frontends) ruleNumbers.keysOf(rules);
    const frontendRules = ruleNumbers.all;
    const { configFile } = options;
    dispatch.post({ kind, settings, backends, frontendRules, configFile, secrets: keptSecrets(), startupTime });
    const running = await answer;
    shard.setLines(running.lines);
    receiveThreads.setLines(running.lines);
    return running;
  }

  async function openAdmin() {
    const opened = answerOf('opened');
    dispatch.post({ kind: 'open' });
    return opened;
  }

  async function stop(discard: boolean, handedOver?: () => void): Promise<ReadonlyMap<string, number>> {
    accepting = false;
    await frontends.stop(handedOver !== undefined);
    handedOver?.();
    loop.finish();
    lag.stop();
    watchdog.stop();
    const stopped = answerOf('stopped');
    dispatch.post({ kind: 'stop', discard });
    return (await stopped).lostWindows;
  }

  return {
    failed,
    async start(predecessor) {
      try {
        frontends.prepare(config.frontends);
        const before = predecessor === undefined ? undefined : await frontends.start(config.frontends, false);
        await predecessor;
        const { listeners: backends, failures, packets } = await configureBackends('start', config);
        const [failure] = failures;
        if (failure !== undefined) throw new Error(`back-end "${failure.backend}": ${failure.message}`);
        const listening = before ?? (await frontends.start(config.frontends, packets));
        if (before !== undefined && packets) await frontends.reload(config.frontends, packets);
        tellFrontends();
        const { admin, failure: adminFailure } = await openAdmin();
        if (adminFailure !== undefined) throw new Error(adminFailure);
        accepting = true;
        return { frontends: listening, backends, admin };
      } catch (error) {
        await stop(true).catch(() => undefined);
        throw error;
      }
    },
    async reload(next) {
      // Whoever keeps the original's metrics from now on, or under other keys, needs the names.
      const begins = statsdSettingsOf(config.settings) === undefined && statsdSettingsOf(next.settings) !== undefined;
      const renew = begins || sanitizesKeys(config.settings) !== sanitizesKeys(next.settings);
      shard.setLimits(shardLimits(next.settings));
      if (renew) shard.renew();
      receiveThreads.setSettings(next.settings, renew);
      shard.setTicks(ticksOf(next.settings));
      loop.setInterval(tickOf(next.settings), originOf(next.settings.align, startupTime));
      config = next;
      watchdog.setPeriod(next.settings.flushIntervalMs);
      const { listeners: backends, failures, packets } = await configureBackends('reload', next);
      for (const { backend, message } of failures) log.error(`back-end "${backend}" cannot start: ${message}`);
      const listening = await frontends.reload(next.frontends, packets);
      tellFrontends();
      const { admin, failure } = await openAdmin();
      if (failure !== undefined) log.error(`${failure}; going on as before`);
      return { frontends: listening, backends, admin };
    },
    stop: (handedOver) => stop(false, handedOver),
  };
}

function sanitizesKeys({ statsd }: Settings): boolean {
  return (statsd ?? defaultStatsdSettings).keyNameSanitize;
}

function toSpec(
  { name, module, config, references, block, mapping, intervalMs }: LoadedBackend,
  settings: Settings,
): BackendSpec {
  return { name, module, config, references, block, mapping: mapping ?? settings.mapping, intervalMs };
}
