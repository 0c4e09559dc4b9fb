import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { isatty, WriteStream } from 'node:tty';
import { isMainThread } from 'node:worker_threads';

/** What is used of a stream that may be a terminal. */
export interface OutputStream {
  /** A stream that knows it tells how many bytes were written before the error. */
  write(text: string | Uint8Array, done: (error?: Error | null, written?: number) => void): boolean;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  readonly isTTY?: boolean;
  getWindowSize?(): [columns: number, rows: number];
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
  return fileStream((bytes, done) => write(1, bytes, done));
}

/** Writes some of the bytes, and says how many. */
export type WriteSome = (
  bytes: Uint8Array,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

/**
 * A file. A stream of Node.js takes nothing any more after its first error, so that a disk that was full for a moment would
 * end it for good; and it does not say how much was written before.
 */
export function fileStream(writeSome: WriteSome): OutputStream {
  return {
    write(text, done) {
      const bytes = Buffer.from(text);
      const from = (offset: number): void =>
        writeSome(bytes.subarray(offset), (error, written) => {
          if (error) done(error, offset);
          else if (offset + written < bytes.length) from(offset + written);
          else done();
        });
      from(0);
      return true;
    },
    on() {},
    off() {},
  };
}
