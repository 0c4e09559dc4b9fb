import { setImmediate } from 'node:timers/promises';
import { isatty, WriteStream } from 'node:tty';
import { sendError } from '../../src/plugin.ts';

/** Where the text goes. */
export interface Output {
  /** A person looks at it. */
  readonly terminal: boolean;
  /** Width of the terminal, when known. */
  readonly columns: number | undefined;
  readonly colour: boolean;
  /**
   * Resolves once the stream has passed the text on; not before what an aborted call left in it. Rejects when `signal`
   * aborts, and for good when the stream is closed.
   */
  write(text: string, signal: AbortSignal): Promise<void>;
  /** Lets go of the stream, without closing it for others. */
  close(): void;
}

/** A stream for writing that may be a terminal. */
export interface OutputStream extends NodeJS.EventEmitter {
  write(text: string, done: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function openOutput(stream: OutputStream, environment: NodeJS.ProcessEnv = process.env): Output {
  const terminal = stream.isTTY === true;
  // A closed pipe is reported to the callback as well; without a listener it would end the process.
  const ignore = () => {};
  stream.on('error', ignore);
  let inFlight: Promise<void> = Promise.resolve();
  return {
    terminal,
    get columns() {
      return terminal ? stream.columns : undefined;
    },
    colour: terminal && !environment.NO_COLOR && environment.TERM !== 'dumb',
    async write(text, signal) {
      await unlessAborted(inFlight, signal);
      inFlight = new Promise<void>((resolve, reject) => {
        stream.write(text, (error) => {
          if (error) reject(sendError(`standard output: ${error.message}`, { permanent: true, cause: error }));
          else resolve();
        });
      });
      await unlessAborted(inFlight, signal);
      // A stream that takes everything at once never leaves the microtask queue.
      await setImmediate();
    },
    close() {
      stream.off('error', ignore);
    },
  };
}

/** Standard output. In a worker thread, which only gets a pipe to the main thread, a terminal is opened directly. */
export function standardOutput(): OutputStream {
  return process.stdout.isTTY === undefined && isatty(1) ? new WriteStream(1) : process.stdout;
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(sendError('standard output: not written before the deadline', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
