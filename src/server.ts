import { type Config, loadConfig } from './config/load.ts';
import type { DispatchLink } from './dispatch/link.ts';
import { createPipeline, type Listening } from './pipeline.ts';
import { FAILED, UNAVAILABLE } from './process/exit-codes.ts';
import type { ProcessLogger } from './process/log.ts';
import { bundledExample, packageVersion } from './process/package.ts';
import { createReloader } from './reload.ts';
import { expectFree } from './supervision/free-addresses.ts';
import { createServiceManager } from './supervision/service-manager.ts';
import { openSuccession, type Succession } from './supervision/succession.ts';
import type { TakeoverOffer } from './supervision/takeover-offer.ts';

/**
 * Runs the pipeline until a signal ends it, and gives the exit code: 69 where a front-end, a back-end or the admin interface cannot
 * start. SIGTERM and SIGINT stop it in order, a second one
 * at once; SIGHUP reads the configuration again, and so does a change of the file where `watch` is set. `takesOver`: it takes the place of
 * the process that runs at present.
 */
export async function runServer(
  file: string,
  config: Config,
  dispatch: DispatchLink,
  log: ProcessLogger,
  takesOver = false,
): Promise<number> {
  log.configure(config.settings.log);
  const shown = file === bundledExample() ? `the bundled example (${file})` : file;
  log.info('starting', { config: shown, version: packageVersion(), pid: process.pid });
  for (const warning of config.warnings) log.warn(warning);
  let succession: Succession;
  try {
    succession = await openSuccession({ env: process.env, log, path: config.settings.takeover, takesOver });
    await succeed(succession, config, dispatch, log);
  } catch (error) {
    log.error((error as Error).message);
    dispatch.end();
    return UNAVAILABLE;
  }
  const { inheritance, owners } = succession;
  const pipeline = createPipeline({
    config,
    dispatch,
    log,
    configFile: file,
    inheritance,
    owners,
    logFor: (frontend) => log.child({ frontend }),
  });
  let failure: unknown;
  pipeline.failed.catch((error) => {
    failure = error;
  });
  const signals = watchSignals();
  const manager = createServiceManager({ env: process.env, log, ask: () => dispatch.post({ kind: 'ping' }) });
  dispatch.on('pong', manager.answered);
  function fail(error: unknown): number {
    log.error(`the dispatch thread failed: ${(error as Error).message}; the process ends so that it is started again`);
    dispatch.end();
    return FAILED;
  }
  let listening: Listening;
  let offer: TakeoverOffer | undefined;
  try {
    listening = await pipeline.start(succession.ended);
    offer = await succession.offer((name) => addressesOf(listening, name));
    log.info('ready', describe(listening));
    manager.ready(statusOf(listening));
    tellLeft(succession, log);
  } catch (error) {
    signals.end();
    // The dispatch thread ends after each failed start, which is no failure of its own.
    if (error === failure) return fail(error);
    log.error((error as Error).message);
    return UNAVAILABLE;
  }

  const { original } = config;
  if (original !== undefined) {
    const advice = `${file} is a configuration of the original StatsD daemon; "statsdrain migrate" prints it as one of statsdrain`;
    log.info(advice, { notes: original.notes });
  }
  let running = config;
  dispatch.on('explain', async ({ id, line }) => {
    const { answerOf } = await import('./explain/answer.ts');
    dispatch.post({ kind: 'explained', id, answer: answerOf(running, line) });
  });
  const reloader = createReloader({
    config,
    load: () => loadConfig(file, process.env),
    apply: async (next) => {
      log.configure(next.settings.log);
      listening = await pipeline.reload(next);
      running = next;
      return describe(listening);
    },
    began: manager.reloading,
    ended: () => manager.ready(statusOf(listening)),
    log,
  });
  signals.onReload(async () => void (await reloader.reload()));
  dispatch.on('reloadWanted', () => {
    void reloader.reload().then((failure) => dispatch.post({ kind: 'reloaded', failure }));
  });

  try {
    const successor = offer?.taken.then(({ pid }) => pid) ?? new Promise<never>(() => undefined);
    const reason = await Promise.race([signals.stop, successor, pipeline.failed]);
    const handedOver = typeof reason === 'number';
    if (handedOver) log.info('another process takes over', { by: reason });
    else log.info('stopping', { signal: reason });
    reloader.end();
    manager.stopping(config.settings.shutdownTimeoutMs + STOP_MARGIN_MS);
    endLate(config.settings.shutdownTimeoutMs, log);
    const lostWindows = await pipeline.stop(handedOver ? offer?.free : undefined);
    await offer?.done();
    if (lostWindows.size === 0) log.info('stopped');
    else {
      const backends = [...lostWindows].map(([backend, windows]) => `${backend}: ${windows}`);
      log.error('stopped; windows were not delivered since the start', { backends });
    }
    return 0;
  } catch (error) {
    return fail(error);
  } finally {
    signals.end();
    manager.end();
  }
}

/** Ends the predecessor, where there is one, as late as can be. Rejects where this process would not get far: the predecessor goes on. */
async function succeed(
  succession: Succession,
  config: Config,
  dispatch: DispatchLink,
  log: ProcessLogger,
): Promise<void> {
  const { predecessor } = succession;
  if (predecessor === undefined) return;
  const answered = dispatch.next('pong');
  dispatch.post({ kind: 'ping' });
  await answered;
  await expectFree(config, predecessor);
  const beganMs = performance.now();
  log.info('taking over', { from: predecessor });
  await succession.take();
  log.info('sockets taken over', { from: predecessor, after: `${Math.round(performance.now() - beganMs)}ms` });
}

function tellLeft({ inheritance, predecessor }: Succession, log: ProcessLogger): void {
  for (const socket of inheritance.left()) {
    if (predecessor !== undefined) {
      log.warn(`no front-end listens any more on the socket ${socket} of process ${predecessor}; it is closed`);
      continue;
    }
    log.error(
      `nothing takes the socket ${socket} that the service manager opened, so what is sent there waits for nobody; give it the name of a front-end ("FileDescriptorName="), or a front-end its address`,
    );
  }
  inheritance.close();
}

function addressesOf({ frontends }: Listening, name: string): readonly string[] {
  return frontends.find(({ frontend }) => frontend === name)?.addresses ?? [];
}

/** A stop that hangs (in a plug-in, most likely) is cut off: 5 s after the deadline of the last window nothing is left to wait for. */
function endLate(shutdownTimeoutMs: number, log: ProcessLogger): void {
  const afterMs = shutdownTimeoutMs + STOP_MARGIN_MS;
  setTimeout(() => {
    log.error(`did not stop within ${afterMs / 1000} s; ending all the same, what waited is lost`);
    process.exit(1);
  }, afterMs).unref();
}

/** Milliseconds that front-ends, back-ends and the last window may take to stop beside "shutdownTimeout". */
const STOP_MARGIN_MS = 4800;

/** One entry for each listener: its name and its addresses. */
function describe({ frontends, backends, admin }: Listening) {
  return {
    frontends: frontends.map(({ frontend, addresses }) => `${frontend} ${addresses.join(' ')}`),
    backends: backends.map(({ backend, addresses }) => [backend, ...addresses].join(' ')),
    ...(admin.length > 0 ? { admin } : {}),
  };
}

/** One line for `systemctl status`. */
function statusOf({ frontends, backends }: Listening): string {
  const addresses = frontends.flatMap((frontend) => frontend.addresses);
  return `Receiving on ${addresses.join(', ') || 'nothing'}; sending to ${backends.map(({ backend }) => backend).join(', ') || 'nobody'}.`;
}

interface Signals {
  /** The first signal to stop. */
  readonly stop: Promise<string>;
  /** Called for SIGHUP. */
  onReload(reload: () => Promise<void>): void;
  end(): void;
}

function watchSignals(): Signals {
  let reload: (() => Promise<void>) | undefined;
  let stopWith: (signal: string) => void = () => undefined;
  let stopping = false;
  /** Asked for while it starts: the configuration was read before, so it is read again as soon as that is over. */
  let reloadAsked = false;
  const stop = new Promise<string>((resolve) => {
    stopWith = resolve;
  });

  function onStop(signal: string): void {
    if (stopping) process.exit(1);
    stopping = true;
    stopWith(signal);
  }

  function onHangUp(): void {
    if (stopping) return;
    if (reload === undefined) reloadAsked = true;
    else void reload();
  }

  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onHangUp);
  return {
    stop,
    onReload(next) {
      reload = next;
      if (reloadAsked) onHangUp();
    },
    end() {
      process.off('SIGTERM', onStop).off('SIGINT', onStop).off('SIGHUP', onHangUp);
    },
  };
}
