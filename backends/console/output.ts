import { setImmediate } from 'node:timers/promises';
import { takesColour } from '../../src/kit/colour.ts';
import { unlessAborted } from '../../src/kit/unless-aborted.ts';
import { sendError } from '../../src/plugin.ts';
import type { OutputStream } from './standard-output.ts';

/** Where the text goes. */
export interface Output {
  /** Width of the terminal; `undefined` when it is none. */
  readonly columns: number | undefined;
  readonly colour: boolean;
  /** Hands text over, after `drained`. It is passed on for certain, unless the stream is closed. */
  put(text: string): void;
  /**
   * Resolves once the stream has passed on all that was put. Rejects when `signal` aborts or a write fails, after which
   * it may be called again, and for good when the stream is closed.
   */
  drained(signal: AbortSignal): Promise<void>;
  /** Lets go of the stream, without closing it for others. */
  close(): void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Width of a terminal that does not know it, as that of a container may not. */
const DEFAULT_COLUMNS = 80;

export function openOutput(stream: OutputStream, environment: Environment): Output {
  const terminal = stream.isTTY === true;
  // The callback of a write is told about a closed pipe too; without a listener it would end the process.
  const ignore = () => {};
  stream.on('error', ignore);
  let inFlight: Promise<Failure | undefined> = Promise.resolve(undefined);
  /** What was told to have failed. */
  let failed: Failure | undefined;

  const put = (text: string | Uint8Array) => {
    inFlight = new Promise((resolve) => {
      stream.write(text, (error, written = 0) => {
        if (!error) return resolve(undefined);
        resolve({ error, rest: written === 0 ? text : Buffer.from(text).subarray(written) });
      });
    });
  };

  return {
    get columns() {
      return terminal ? stream.getWindowSize?.()[0] || DEFAULT_COLUMNS : undefined;
    },
    colour: takesColour(stream, environment),
    put,
    async drained(signal) {
      if (failed !== undefined) put(failed.rest);
      failed = undefined;
      failed = await inTime(inFlight, signal);
      if (failed !== undefined) throw writeError(failed.error);
      // Writes that the system takes at once never leave the microtask queue. This lets the rest of the thread run.
      await setImmediate();
    },
    close() {
      stream.off('error', ignore);
    },
  };
}

interface Failure {
  readonly error: Error;
  /** What was not passed on. */
  readonly rest: string | Uint8Array;
}

function writeError(error: NodeJS.ErrnoException): Error {
  const closed = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
  return sendError(`standard output: ${error.message}`, { permanent: closed, cause: error });
}

async function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    signal.throwIfAborted();
    return await unlessAborted(promise, signal);
  } catch (error) {
    if (error !== signal.reason) throw error;
    throw sendError('standard output: not written before the deadline', { cause: error });
  }
}
