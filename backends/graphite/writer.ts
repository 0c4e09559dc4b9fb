import { messageOf } from '../../src/kit/error-text.ts';
import { urlOf } from '../../src/kit/listener.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { type Logger, type SendError, sendError } from '../../src/plugin.ts';
import { type Connection, openConnection } from './connection.ts';
import { createUnconfirmed } from './unconfirmed.ts';

/** What writes to one destination. */
export interface Writer {
  /**
   * Writes bytes of the window that ended at `windowMs` (Unix milliseconds), when all that was given before was written; when one of
   * them fails, it fails too.
   * Gives the milliseconds that this took without those of waiting and connecting; rejects with a `SendError` unless the system
   * took all of it. No bytes: only what a lost connection left.
   */
  write(bytes: Uint8Array, windowMs: number, signal: AbortSignal): Promise<number>;
  /** True when the connection was lost and `write` would write again what was written last. */
  readonly resends: boolean;
  /** Closes the connection once the server has read everything, or after a second. */
  stop(): Promise<void>;
}

/** Writes over one connection, which is opened when it is first needed, and again after it was lost. */
export function createWriter(host: string, port: number, log: Logger): Writer {
  const address = urlOf('tcp', { host, port });
  const unconfirmed = createUnconfirmed();
  const repeating = seldom((times, windows: number) => {
    log.info(`connected to ${address} again; repeating what may not have arrived`, { windows, times });
  });
  let connection: Connection | undefined;
  /** Something was written in full, so that its loss would be told by nobody else. */
  let wrote = false;
  let failures = 0;
  let failure: SendError | undefined;
  /** Settles when it is the turn of what is given next: on one connection, payloads must not be mixed. */
  let turn: Promise<unknown> = Promise.resolve();

  const connected = async (): Promise<Connection> => {
    if (connection?.open) return connection;
    connection?.destroy();
    connection = openConnection(host, port, unconfirmed.lost);
    await connection.connected;
    if (unconfirmed.size > 0) repeating(unconfirmed.size);
    for (const chunk of unconfirmed.repeat()) await connection.write(chunk);
    return connection;
  };

  async function attempt(bytes: Uint8Array, windowMs: number, signal: AbortSignal, before: number): Promise<number> {
    // What waited while another failed would only connect to a server that has just gone away.
    if (failure !== undefined && failures !== before) throw failure;
    // The connection is none of its business: others write to it.
    if (signal.aborted) throw sendError(`${address}: not sent before the deadline`, { cause: signal.reason });
    const onAbort = () => connection?.destroy();
    signal.addEventListener('abort', onAbort);
    try {
      const { write } = await connected();
      const began = performance.now();
      if (bytes.length > 0) await write(bytes);
      // Not before: a connection that was lost meanwhile must not count as one that took more.
      unconfirmed.taken(bytes, windowMs);
      wrote = true;
      return performance.now() - began;
    } catch (error) {
      connection?.destroy();
      failures++;
      failure = sendError(`${address}: ${signal.aborted ? 'not sent before the deadline' : messageOf(error)}`, {
        cause: error,
      });
      throw failure;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  return {
    write(bytes, windowMs, signal) {
      const before = failures;
      const written = turn.then(() => attempt(bytes, windowMs, signal, before));
      turn = written.catch(() => undefined);
      return written;
    },

    get resends() {
      return unconfirmed.size > 0 && !connection?.open;
    },

    async stop() {
      const last = connection;
      connection = undefined;
      if (last === undefined) return;
      const read = await last.end();
      if (!read && wrote) {
        log.warn(`${address} did not confirm the end of the connection; the last window may be missing`);
      }
      unconfirmed.clear();
    },
  };
}
