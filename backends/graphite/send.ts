import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../src/kit/error-text.ts';
import { urlOf } from '../../src/kit/listener.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { type Logger, sendError } from '../../src/plugin.ts';
import { type Connection, openConnection } from './connection.ts';
import { PAUSE } from './pack.ts';
import { createUnconfirmed } from './unconfirmed.ts';

export interface Sender {
  /**
   * Writes one window, whose chunks are asked for once there is a connection; at each `PAUSE` among them other work goes on. Gives
   * the milliseconds that this took without those of connecting; rejects with a `SendError` unless the system took all of it.
   */
  send(chunks: Iterable<Uint8Array>, signal: AbortSignal): Promise<number>;
  /** True when the connection was lost and `send` would write again what was written last. */
  readonly resends: boolean;
  /** Closes the connection once the server has read everything, or after a second. */
  stop(): Promise<void>;
}

/** Sends over one connection, which is opened when it is first needed, and again after it was lost. */
export function createSender(host: string, port: number, log: Logger): Sender {
  const address = urlOf('tcp', { host, port });
  const unconfirmed = createUnconfirmed();
  const repeating = seldom((times, windows: number) => {
    log.info(`connected to ${address} again; repeating what may not have arrived`, { windows, times });
  });
  let connection: Connection | undefined;
  /** Something was written in full, so that its loss would be told by nobody else. */
  let wrote = false;

  const connected = async (): Promise<Connection> => {
    if (connection?.open) return connection;
    connection?.destroy();
    connection = openConnection(host, port, unconfirmed.lost);
    await connection.connected;
    if (unconfirmed.size > 0) repeating(unconfirmed.size);
    for (const chunk of unconfirmed.repeat()) await connection.write(chunk);
    return connection;
  };

  return {
    async send(chunks, signal) {
      const onAbort = () => connection?.destroy();
      signal.addEventListener('abort', onAbort);
      try {
        signal.throwIfAborted();
        const { write } = await connected();
        const began = performance.now();
        const window = unconfirmed.window();
        for (const bytes of chunks) {
          if (bytes === PAUSE) {
            await setImmediate();
            continue;
          }
          await write(bytes);
          // Not before: a connection that was lost in a pause must not count as one that took more.
          window.add(bytes);
        }
        window.done();
        wrote = true;
        return performance.now() - began;
      } catch (error) {
        connection?.destroy();
        throw sendError(`${address}: ${signal.aborted ? 'not sent before the deadline' : messageOf(error)}`, {
          cause: error,
        });
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
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
