import { type MessagePort, type TransferListItem, Worker } from 'node:worker_threads';
import { allowYoungGenerationsToGrow } from '../process/memory.ts';
import type { FromDispatch, ToDispatch } from './messages.ts';

/** The main thread's end of the dispatch thread. */
export interface DispatchLink {
  post(message: ToDispatch, transfer?: readonly TransferListItem[]): void;
  /** The answer to `start` or `reload`, or to `stop`. Rejects when the thread fails. */
  next<Kind extends FromDispatch['kind']>(kind: Kind): Promise<Extract<FromDispatch, { kind: Kind }>>;
  /** Calls `listener` with every message of a kind. */
  on<Kind extends FromDispatch['kind']>(
    kind: Kind,
    listener: (message: Extract<FromDispatch, { kind: Kind }>) => void,
  ): void;
  /** Rejects when the thread fails, and when it ends. */
  readonly failed: Promise<never>;
  /** Ends the thread at once, whatever it does. */
  end(): void;
}

/** Starts the dispatch thread. */
export function startDispatchThread(): DispatchLink {
  const worker = new Worker(new URL('./thread.js', import.meta.url));
  worker.once('online', () => allowYoungGenerationsToGrow(false));
  const failed = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    // A plug-in may have called process.exit.
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code}`)));
  });
  return linkTo(worker, failed);
}

/** A link over any port; `failed` rejects when the other end dies. */
export function linkTo(port: Worker | MessagePort, failed: Promise<never>): DispatchLink {
  failed.catch(() => undefined);
  return {
    failed,
    end: () => void ('terminate' in port ? port.terminate() : port.close()),
    post: (message, transfer = []) => port.postMessage(message, transfer),
    on(kind, listener) {
      port.on('message', (message: FromDispatch) => {
        if (message.kind === kind) listener(message as Extract<FromDispatch, { kind: typeof kind }>);
      });
    },
    next: (kind) => {
      const answered = new Promise<Extract<FromDispatch, { kind: typeof kind }>>((resolve) => {
        function onMessage(message: FromDispatch): void {
          if (message.kind !== kind) return;
          port.off('message', onMessage);
          resolve(message as Extract<FromDispatch, { kind: typeof kind }>);
        }
        port.on('message', onMessage);
      });
      return Promise.race([answered, failed]);
    },
  };
}
