import { createRequire } from 'node:module';
import { encodePath } from '../../src/receive/address.ts';
import type { Libc } from '../../src/receive/libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

/** Sends each text as one datagram to the Unix socket at `path`. Waits while the receiver's queue is full. */
export function sendUnixDatagrams(libc: Libc, path: string, texts: readonly string[]): void {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const sendto = koffi.load(null).func('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)');
  const address = encodePath(path);
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
  try {
    for (const text of texts) {
      const bytes = Buffer.from(text);
      if (Number(sendto(fd, bytes, bytes.length, 0, address, address.length)) !== bytes.length) {
        throw new Error(`cannot send ${bytes.length} bytes to "${path}": errno ${libc.errno()}`);
      }
    }
  } finally {
    libc.close(fd);
  }
}
