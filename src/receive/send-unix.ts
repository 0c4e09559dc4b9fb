import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { encodePath } from './address.ts';
import { errorName, loadLibc } from './libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
/** How long the receiver's queue may stay full. */
const WAIT_MS = 10_000;

/**
 * Sends each text as one datagram to the Unix socket at `path`, which Node cannot do, with turns of the event loop while its
 * queue is full. Rejects where there is no koffi, and when a datagram cannot be sent.
 */
export async function sendUnixDatagrams(path: string, texts: readonly (string | Uint8Array)[]): Promise<void> {
  const libc = await loadLibc();
  if (typeof libc === 'string') throw new Error(`${path}: cannot send to a Unix socket of datagrams: ${libc}`);
  const address = encodePath(path);
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
  try {
    for (const text of texts) {
      const bytes = Buffer.from(text);
      const deadline = performance.now() + WAIT_MS;
      while (Number(libc.sendto(fd, bytes, bytes.length, MSG_DONTWAIT, address, address.length)) < 0) {
        const errno = libc.errno();
        if (errno !== constants.errno.EAGAIN || performance.now() > deadline) {
          throw new Error(`${path}: cannot send ${bytes.length} bytes: ${errorName(errno)}`);
        }
        await setImmediate();
      }
    }
  } finally {
    libc.close(fd);
  }
}
