import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { encodePath } from '../../src/receive/address.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
/** How long the receiver's queue may stay full. */
const WAIT_MS = 10_000;

/** Sends each text as one datagram to the Unix socket at `path`, with turns of the event loop while its queue is full. */
export async function sendUnixDatagrams(path: string, texts: readonly (string | Uint8Array)[]): Promise<void> {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)');
  const sendto = libc.func('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)');
  const close = libc.func('int close(int)');
  const address = encodePath(path);
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  try {
    for (const text of texts) {
      const bytes = Buffer.from(text);
      const deadline = performance.now() + WAIT_MS;
      while (Number(sendto(fd, bytes, bytes.length, MSG_DONTWAIT, address, address.length)) < 0) {
        const errno = koffi.errno();
        if (errno !== constants.errno.EAGAIN || performance.now() > deadline) {
          throw new Error(`cannot send ${bytes.length} bytes to "${path}": errno ${errno}`);
        }
        await setImmediate();
      }
    }
  } finally {
    close(fd);
  }
}
