import type { Shard } from '../aggregate/shard.ts';
import type { LoadedFrontend } from '../config/load.ts';
import { messageOf } from '../kit/error-text.ts';
import type { PacketCollector } from '../packets/collector.ts';
import { tappedIntake } from '../packets/tapped-intake.ts';
import type { Frontend, Logger } from '../plugin.ts';
import { guardModule } from '../plugins/module-guard.ts';
import type { ReceiveThreads } from '../receive/spawn.ts';

/** Where one front-end listens. */
export interface Listener {
  readonly frontend: string;
  readonly addresses: readonly string[];
}

/** The running front-ends of the main thread, all feeding one shard. */
export interface Frontends {
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
  stop(): Promise<void>;
}

export interface FrontendsOptions {
  readonly shard: Shard;
  readonly receiveThreads: ReceiveThreads;
  readonly packets: PacketCollector;
  /** Bytes, at most, of a line that a stream is in the middle of. */
  lineLength(): number;
  ready(): boolean;
  logFor(frontend: string): Logger;
}

interface Running {
  readonly loaded: LoadedFrontend;
  readonly frontend: Frontend;
  readonly tapped: boolean;
  readonly addresses: readonly string[];
}

export function createFrontends(options: FrontendsOptions): Frontends {
  const { shard, receiveThreads, packets, ready, logFor } = options;
  const running = new Map<string, Running>();
  let tapped = false;

  async function startOne(loaded: LoadedFrontend): Promise<void> {
    const { name, dialect } = loaded;
    const log = logFor(name);
    const intake = shard.intake(name, dialect);
    const frontend = loaded.plugin.create(
      loaded.config,
      tapped
        ? tappedIntake(intake, packets, { lineLength: options.lineLength, takesTail: dialect !== 'statsd' })
        : intake,
      {
        name,
        log,
        ready,
        tapped,
        guardModule: (file) => guardModule(file, { log, count: intake.count }),
        receiveDatagrams: (socket) => receiveThreads.open({ name, dialect, tapped, log }, socket),
      },
    );
    try {
      running.set(name, { loaded, frontend, tapped, addresses: await frontend.start() });
    } catch (error) {
      shard.release(name);
      throw new Error(`front-end "${name}": ${messageOf(error)}`, { cause: error });
    }
  }

  async function stopOne(name: string): Promise<void> {
    const stopping = running.get(name);
    if (stopping === undefined) return;
    running.delete(name);
    try {
      await stopping.frontend.stop();
    } catch (error) {
      logFor(name).warn(`did not stop cleanly: ${messageOf(error)}`);
    }
    shard.release(name);
  }

  async function stop(): Promise<void> {
    await Promise.all([...running.keys()].map(stopOne));
    packets.flush();
  }

  function listeners(): readonly Listener[] {
    return [...running].map(([frontend, { addresses }]) => ({ frontend, addresses }));
  }

  return {
    async start(frontends, nowTapped) {
      tapped = nowTapped;
      try {
        for (const loaded of frontends) await startOne(loaded);
      } catch (error) {
        await stop();
        throw error;
      }
      return listeners();
    },
    async reload(frontends, nowTapped) {
      tapped = nowTapped;
      const wanted = new Map(frontends.map((loaded) => [loaded.name, loaded]));
      const leaving = [...running.values()].filter(
        (one) => one.tapped !== tapped || !isSame(one.loaded, wanted.get(one.loaded.name)),
      );
      await Promise.all(leaving.map(({ loaded }) => stopOne(loaded.name)));
      for (const loaded of frontends) {
        if (running.has(loaded.name)) continue;
        try {
          await startOne(loaded);
        } catch (error) {
          const before = leaving.find((left) => left.loaded.name === loaded.name)?.loaded;
          const remedy = before === undefined ? '' : '; going on as before';
          logFor(loaded.name).error(`cannot start ${(error as Error).message}${remedy}`);
          if (before !== undefined)
            await startOne(before).catch((again: Error) => logFor(loaded.name).error(again.message));
        }
      }
      return listeners();
    },
    stop,
  };
}

function isSame(a: LoadedFrontend, b: LoadedFrontend | undefined): boolean {
  return b !== undefined && a.block === b.block && a.module === b.module && a.dialect === b.dialect;
}
