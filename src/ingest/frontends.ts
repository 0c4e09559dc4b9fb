import type { Shard } from '../aggregate/shard.ts';
import { kit } from '../config/kit.ts';
import type { LoadedFrontend } from '../config/load.ts';
import type { FrontendNow } from '../dispatch/messages.ts';
import { faultOf, messageOf } from '../kit/error-text.ts';
import { oneByOne } from '../kit/one-by-one.ts';
import { within } from '../kit/within.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import type { PacketCollector } from '../packets/collector.ts';
import { tappedIntake } from '../packets/tapped-intake.ts';
import type { DatagramOptions, Frontend, ListenAddress, Logger, SocketType } from '../plugin.ts';
import { guardModule } from '../plugins/module-guard.ts';
import type { ReceiveThreads } from '../receive/spawn.ts';
import { type Inheritance, nothingInherited } from '../supervision/inherited.ts';
import { noOwners, type SocketOwners } from '../supervision/socket-owners.ts';
import { createMemories } from './memories.ts';
import { createOwnFolders } from './own-folders.ts';

/** Where one front-end listens. */
export interface Listener {
  readonly frontend: string;
  readonly addresses: readonly string[];
}

/** The running front-ends of the main thread, all feeding one shard. */
export interface Frontends {
  /** Begins what takes long before `start`, which is to follow. */
  prepare(frontends: readonly LoadedFrontend[]): void;
  /**
   * Starts all, in order. Rejects with the first failure, and then none runs. `tapped`: raw packets are wanted.
   */
  start(frontends: readonly LoadedFrontend[], tapped: boolean): Promise<readonly Listener[]>;
  /**
   * Makes what runs match `frontends`: unchanged ones go on without a pause. One that cannot start is logged, and what
   * ran before under its name is started again. All start again when `tapped` changes: a socket that tells where its
   * packets come from is another one.
   */
  reload(frontends: readonly LoadedFrontend[], tapped: boolean): Promise<readonly Listener[]>;
  /** As they are now. */
  readonly now: readonly FrontendNow[];
  /** False while one of them cannot receive and is to be opened again. */
  readonly receiving: boolean;
  /** `handedOver`: another process has their sockets. */
  stop(handedOver?: boolean): Promise<void>;
}

export interface FrontendsOptions {
  readonly shard: Shard;
  /** The rules of its block with the number of their keys, where there are some. */
  keysOf(frontend: LoadedFrontend): FrontendKeys | undefined;
  readonly receiveThreads: ReceiveThreads;
  readonly packets: PacketCollector;
  /** Sockets that were there before the process. */
  readonly inheritance?: Inheritance | undefined;
  /** Told which sockets are whose. */
  readonly owners?: SocketOwners | undefined;
  /** Bytes, at most, of a line that a stream is in the middle of. */
  lineLength(): number;
  /** The folder of the spool. */
  readonly folder?: string | undefined;
  ready(): boolean;
  /** Called when one of them has gone down, or is up again. */
  changed?(): void;
  logFor(frontend: string): Logger;
}

interface Running {
  readonly loaded: LoadedFrontend;
  readonly frontend: Frontend;
  readonly tapped: boolean;
  readonly addresses: readonly string[];
}

/** Waits before a front-end is opened again grow from the first to the second, in milliseconds. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** How long a front-end may take to stop, in milliseconds: what is left of it goes with the process. */
const STOP_MS = 2500;

export function createFrontends(options: FrontendsOptions): Frontends {
  const { shard, receiveThreads, packets, inheritance = nothingInherited, owners = noOwners, ready, logFor } = options;
  const running = new Map<string, Running>();
  /** Those that failed: when, and what is to open them again. */
  const down = new Map<string, { readonly sinceMs: number; readonly loaded: LoadedFrontend; timer?: NodeJS.Timeout }>();
  const memories = createMemories();
  const folders = createOwnFolders(options.folder);
  const inTurn = oneByOne();
  /** Names of those whose successors start when they have stopped. */
  const replaced = new Set<string>();
  let tapped = false;
  let handedOver = false;

  async function startOne(loaded: LoadedFrontend): Promise<Running> {
    const { name, dialect } = loaded;
    const log = logFor(name);
    const rules = options.keysOf(loaded);
    const intake = shard.intake(name, dialect, rules);
    let isOver = false;
    let one: Running | undefined;
    const failed = (error: Error) => {
      if (isOver || (one !== undefined && running.get(name) !== one)) return;
      isOver = true;
      intake.count('frontend.failures', 1);
      down.set(name, { sinceMs: performance.now(), loaded });
      options.changed?.();
      log.error(`can no longer receive: ${error.message}; it is opened again`);
      void inTurn(async () => {
        await stopOne(name);
        await reopen(loaded, FIRST_WAIT_MS);
      });
    };
    const context = {
      name,
      log,
      ready,
      tapped,
      kit,
      inherited: (type: SocketType, address: ListenAddress) => inheritance.take(name, type, address),
      failed,
      handedOver: () => handedOver,
      replaced: () => replaced.has(name),
      kept: memories.of(loaded),
      folder: () => folders.of(name, log),
      guardModule: (file: string) => guardModule(file, { log, count: intake.count }),
      receiveDatagrams: (socket: DatagramOptions) =>
        receiveThreads.open({ name, dialect, rules, tapped, log, failed }, socket),
    };
    const way = tapped
      ? tappedIntake(intake, packets, { lineLength: options.lineLength, takesTail: dialect !== 'statsd' })
      : intake;
    try {
      const frontend = loaded.plugin.create(loaded.config, way, context);
      refuseUseless(loaded.plugin.name, frontend);
      one = { loaded, frontend, tapped, addresses: await owners.during(name, () => frontend.start()) };
      running.set(name, one);
      return one;
    } catch (error) {
      isOver = true;
      intake.count('frontend.failures', 1);
      inheritance.release(name);
      shard.release(name);
      throw new Error(`front-end "${name}": ${faultOf(error)}`, { cause: error });
    }
  }

  async function stopOne(name: string): Promise<void> {
    const stopping = running.get(name);
    if (stopping === undefined) return;
    running.delete(name);
    try {
      await within(STOP_MS, stopping.frontend.stop());
    } catch (error) {
      logFor(name).warn(`did not stop cleanly: ${messageOf(error)}`);
    }
    inheritance.release(name);
    shard.release(name);
  }

  /** Starts one that is down, at once and then after growing waits. */
  async function reopen(loaded: LoadedFrontend, waitMs: number): Promise<void> {
    const { name } = loaded;
    const state = down.get(name);
    if (state === undefined) return;
    try {
      const { addresses } = await startOne(loaded);
      down.delete(name);
      options.changed?.();
      logFor(name).info('receives again', { addresses, after: `${Math.round(performance.now() - state.sinceMs)}ms` });
    } catch (error) {
      if (waitMs === FIRST_WAIT_MS || waitMs === LONGEST_WAIT_MS)
        logFor(name).warn(`cannot be opened again yet: ${(error as Error).message}`);
      const next = () => void inTurn(() => reopen(loaded, Math.min(2 * waitMs, LONGEST_WAIT_MS)));
      state.timer = setTimeout(next, waitMs);
    }
  }

  function forgetDown(): void {
    for (const { timer } of down.values()) clearTimeout(timer);
    down.clear();
  }

  async function stop(): Promise<void> {
    forgetDown();
    receiveThreads.endPrepared();
    await Promise.all([...running.keys()].map(stopOne));
    await folders.release();
    packets.flush();
  }

  function listeners(): readonly Listener[] {
    return [...running].map(([frontend, { addresses }]) => ({ frontend, addresses }));
  }

  async function startAll(frontends: readonly LoadedFrontend[], nowTapped: boolean) {
    tapped = nowTapped;
    try {
      for (const loaded of frontends) await startOne(loaded);
    } catch (error) {
      await stop();
      throw error;
    }
    receiveThreads.endPrepared();
    return listeners();
  }

  async function match(frontends: readonly LoadedFrontend[], nowTapped: boolean) {
    tapped = nowTapped;
    // Those that are down are started below, with the others that do not run.
    forgetDown();
    const wanted = new Map(frontends.map((loaded) => [loaded.name, loaded]));
    const leaving = [...running.values()].filter(
      (one) => one.tapped !== tapped || !isSame(one.loaded, wanted.get(one.loaded.name)),
    );
    for (const { loaded } of leaving) if (wanted.get(loaded.name)?.module === loaded.module) replaced.add(loaded.name);
    await Promise.all(leaving.map(({ loaded }) => stopOne(loaded.name)));
    replaced.clear();
    memories.keepOnly(frontends);
    for (const loaded of frontends) {
      const { name } = loaded;
      if (running.has(name)) continue;
      try {
        await startOne(loaded);
      } catch (error) {
        const before = leaving.find((left) => left.loaded.name === name)?.loaded;
        logFor(name).error(
          `cannot start ${(error as Error).message}${before === undefined ? '' : '; going on as before'}`,
        );
        down.set(name, { sinceMs: performance.now(), loaded });
        await reopen(before ?? loaded, FIRST_WAIT_MS);
      }
    }
    return listeners();
  }

  return {
    get now() {
      const up = [...running.values()].filter(({ loaded }) => !down.has(loaded.name));
      return [
        ...up.map(({ loaded, addresses }) => ({ ...called(loaded), addresses, receiving: true })),
        ...Array.from(down.values(), ({ loaded }) => ({ ...called(loaded), addresses: [], receiving: false })),
      ];
    },
    get receiving() {
      return down.size === 0;
    },
    prepare: (frontends) => {
      for (const { plugin, config } of frontends) plugin.prepare?.(config, receiveThreads.prepare);
    },
    start: (frontends, nowTapped) => inTurn(() => startAll(frontends, nowTapped)),
    reload: (frontends, nowTapped) => inTurn(() => match(frontends, nowTapped)),
    stop: (away = false) => {
      handedOver = away;
      forgetDown();
      return inTurn(stop);
    },
  };
}

function called({ name, plugin }: LoadedFrontend): Pick<FrontendNow, 'name' | 'type'> {
  return { name, type: plugin.name };
}

function isSame(a: LoadedFrontend, b: LoadedFrontend | undefined): boolean {
  return b !== undefined && a.block === b.block && a.module === b.module && a.dialect === b.dialect;
}

function refuseUseless(plugin: string, frontend: unknown): void {
  const given: object = typeof frontend === 'object' && frontend !== null ? frontend : {};
  const missing = (['start', 'stop'] as const).find((name) => typeof (given as Partial<Frontend>)[name] !== 'function');
  if (missing !== undefined) {
    throw new Error(`"create" of the plugin "${plugin}" gave no front-end: it has no function "${missing}"`);
  }
}
