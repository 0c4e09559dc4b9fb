import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { isatty, WriteStream } from 'node:tty';
import { isMainThread } from 'node:worker_threads';
import { unlessAborted } from '../../src/kit/unless-aborted.ts';
import { sendError } from '../../src/plugin.ts';

/** Where the text goes. */
export interface Output {
  /** Width of the terminal; `undefined` when it is none. */
  readonly columns: number | undefined;
  readonly colour: boolean;
  /**
   * Resolves once the stream has passed the text on, after what an aborted call may have left in it. Rejects when
   * `signal` aborts, and for good when the stream is closed.
   */
  write(text: string, signal: AbortSignal): Promise<void>;
  /** Lets go of the stream, without closing it for others. */
  close(): void;
}

/** What is used of a stream that may be a terminal. */
export interface OutputStream {
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  readonly isTTY?: boolean;
  getWindowSize?(): [columns: number, rows: number];
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function openOutput(stream: OutputStream, environment: Environment): Output {
  const terminal = stream.isTTY === true;
  // The callback of a write is told about a closed pipe too; without a listener it would end the process.
  const ignore = () => {};
  stream.on('error', ignore);
  let inFlight: Promise<unknown> = Promise.resolve();
  return {
    get columns() {
      return terminal ? stream.getWindowSize?.()[0] : undefined;
    },
    colour: terminal && !environment.NO_COLOR && environment.TERM !== 'dumb',
    async write(text, signal) {
      await inTime(inFlight, signal);
      const written = new Promise<void>((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(writeError(error)) : resolve()));
      });
      inFlight = written.catch(() => {});
      await inTime(written, signal);
      // Writes that the system takes at once never leave the microtask queue. This lets the rest of the thread run.
      await setImmediate();
    },
    close() {
      stream.off('error', ignore);
    },
  };
}

/** For the whole thread: a descriptor can be watched only once. */
let ownOutput: OutputStream | undefined;

/**
 * Standard output. A worker thread has only a pipe to the main thread, which takes everything, even after the reader of
 * the process went away; so there the descriptor is opened directly.
 */
export function standardOutput(): OutputStream {
  if (isMainThread) return process.stdout;
  ownOutput ??= openDescriptor();
  return ownOutput;
}

function openDescriptor(): OutputStream {
  if (isatty(1)) return new WriteStream(1);
  const file = fstatSync(1);
  if (file.isFIFO() || file.isSocket()) return new Socket({ fd: 1, readable: false, writable: true });
  return createWriteStream('', { fd: 1, autoClose: false });
}

function writeError(error: NodeJS.ErrnoException): Error {
  const closed = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
  return sendError(`standard output: ${error.message}`, { permanent: closed, cause: error });
}

async function inTime(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    signal.throwIfAborted();
    await unlessAborted(promise, signal);
  } catch (error) {
    if (error !== signal.reason) throw error;
    throw sendError('standard output: not written before the deadline', { cause: error });
  }
}
