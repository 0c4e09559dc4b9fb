import type { Logger } from '../plugin.ts';
import { type Notify, openNotify } from './notify.ts';

/** What a service manager is told, as systemd's `Type=notify` and `Type=notify-reload` want it. Without one nothing is told. */
export interface ServiceManager {
  /** The server receives. `status` is one line for people. From now on `WATCHDOG=1` is sent while threads answer. */
  ready(status: string): void;
  /** The configuration is read again; `ready` follows in any case. */
  reloading(): void;
  /** A stop has begun, and may take this long. */
  stopping(atMostMs: number): void;
  /** The dispatch thread has answered. */
  answered(): void;
  end(): void;
}

export interface ServiceManagerOptions {
  /** `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are taken out of it: they are not for children. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Asks the dispatch thread whether it runs. */
  ask(): void;
  readonly pid?: number;
  readonly open?: (address: string) => Notify;
}

/** A timer of Node that is longer goes off each millisecond. */
const LONGEST_MS = 2 ** 31 - 1;

export function createServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { env, log, ask, pid = process.pid, open = (address) => openNotify({ address, log }) } = options;
  const address = take(env, 'NOTIFY_SOCKET');
  const watchdogMs = watchdogOf(take(env, 'WATCHDOG_USEC'), take(env, 'WATCHDOG_PID'), pid);
  const notify: Notify = address === undefined ? () => undefined : open(address);
  let timer: NodeJS.Timeout | undefined;
  /** A sign of life that waits for the answer of the dispatch thread. */
  let owed = false;

  function beat(): void {
    owed = true;
    ask();
  }

  return {
    ready(status) {
      notify({ READY: 1, STATUS: status });
      if (address === undefined || watchdogMs === undefined || timer !== undefined) return;
      // A timer of the main thread, and an answer of the dispatch thread: a sign of life of both.
      timer = setInterval(beat, Math.min(watchdogMs / 2, LONGEST_MS)).unref();
    },
    reloading: () => notify({ RELOADING: 1, MONOTONIC_USEC: process.hrtime.bigint() / 1000n }),
    // systemd holds to it only beyond its own TimeoutStopSec.
    stopping: (atMostMs) => notify({ STOPPING: 1, STATUS: 'Stopping.', EXTEND_TIMEOUT_USEC: atMostMs * 1000 }),
    answered() {
      if (!owed) return;
      owed = false;
      notify({ WATCHDOG: 1 });
    },
    end: () => clearInterval(timer),
  };
}

function take(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  delete env[name];
  return value === '' ? undefined : value;
}

/** Milliseconds after which a silent process is ended. Undefined where nobody watches this one. */
function watchdogOf(usec: string | undefined, watched: string | undefined, pid: number): number | undefined {
  if (usec === undefined || !/^[1-9]\d*$/.test(usec)) return undefined;
  if (watched !== undefined && watched !== String(pid)) return undefined;
  return Number(usec) / 1000;
}
