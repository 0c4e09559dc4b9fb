import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { messageOf } from '../../src/kit/error-text.ts';
import { enterOriginal, loadOriginal, type OriginalBlock } from '../../src/kit/original-module.ts';
import type { Backend, BackendPlugin, ModuleGuard, StatusLine } from '../../src/plugin.ts';
import { toHash } from './hash.ts';
import { moduleLogger } from './logger.ts';
import { leakPrefixStats, sharedConfig } from './shared-config.ts';

/** What statsd 0.9 asks of a back-end (docs/backend_interface.md); `stop` is called only by its tests. */
interface OriginalBackend {
  init(startupTime: number, config: object, events: EventEmitter, logger: object): unknown;
  stop?(done: () => void): unknown;
}

/** How long a function `stop` may take to call back. */
const STOP_MS = 1000;

/** Runs a back-end module that was written for the original StatsD daemon. */
const statsdModule: BackendPlugin<OriginalBlock> = {
  kind: 'backend',
  name: 'statsd-module',
  describe: ({ module }) => `${module} (a back-end of the original StatsD daemon)`,
  readsStatsd: () => true,
  create(block, context) {
    let running:
      | { readonly guard: ModuleGuard; readonly events: EventEmitter; readonly module: OriginalBackend }
      | undefined;

    /** Calls the listeners one by one: the error of one is not the end of the others. */
    function emit(event: 'flush' | 'packet' | 'status', values: readonly unknown[]): void {
      if (running === undefined) return;
      const { guard, events } = running;
      for (const listener of events.rawListeners(event)) {
        guard.run(() => Reflect.apply(listener, events, values));
      }
    }

    const backend: Backend = {
      async start() {
        leakPrefixStats(context.statsd);
        const guard = context.guardModule(block.module);
        const module = loadAnew(block, guard);
        const shared = sharedConfig(context.statsd, block.config);
        const logger = moduleLogger(context.log, shared.log);
        const events = new EventEmitter();
        enterOriginal(block, guard, 'init', () => module.init(context.statsd.startupTime, shared, events, logger));
        running = { guard, events, module };
        if (events.listenerCount('packet') === 0) return [];
        backend.packet = (packet, { transport, ...rinfo }) => {
          const buffer = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
          const original = transport === 'datagram' ? buffer : buffer.toString('ascii');
          emit('packet', [original, rinfo]);
        };
        return [];
      },
      async send({ statsd, points }, signal) {
        if (statsd === undefined) return;
        const metrics = await toHash(statsd);
        // An attempt that was given up must not flush: the next one does.
        signal.throwIfAborted();
        if (points.length > 0) context.lost('unsupported', points.length);
        emit('flush', [statsd.timestamp, metrics]);
      },
      status() {
        const lines: StatusLine[] = [];
        const write = (error: unknown, group: unknown, name: unknown, value: unknown) => {
          if (error) context.log.warn(`has no status: ${messageOf(error)}`);
          else
            lines.push({
              group: String(group),
              name: String(name),
              value: typeof value === 'number' ? value : String(value),
            });
        };
        emit('status', [write]);
        return lines;
      },
      async stop() {
        const stopping = running;
        running = undefined;
        if (stopping === undefined) return;
        await stopModule(stopping.guard, stopping.module);
        stopping.events.removeAllListeners();
      },
    };
    return backend;
  },
};

export default statsdModule;

/** Two blocks with one module do not share its variables. */
function loadAnew(block: OriginalBlock, guard: ModuleGuard): OriginalBackend {
  delete createRequire(block.module).cache[block.module];
  return loadOriginal<OriginalBackend>(block, guard, 'init');
}

/** Of the original's own modules only the repeater has a function `stop`. */
function stopModule(guard: ModuleGuard, module: OriginalBackend): Promise<void> {
  const { stop } = module;
  if (typeof stop !== 'function') return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, stop.length === 0 ? 0 : STOP_MS);
    guard.run(() =>
      stop.call(module, () => {
        clearTimeout(timer);
        resolve();
      }),
    );
  });
}
