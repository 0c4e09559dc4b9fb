import koffi from 'koffi';
import { onTestFinished } from 'vitest';
import { encodeAddress, encodePath } from '../../src/receive/address.ts';
import { type Libc, loadLibc } from '../../src/receive/libc.ts';
import { describeSocket } from '../../src/receive/open-socket.ts';

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SOCK_CLOEXEC = 0o2000000;
const BACKLOG = 4096;

/** A socket that is bound, and listens where it takes connections, but that nobody reads: as a service manager holds it. */
export interface HeldSocket {
  readonly fd: number;
  /** 0 of a Unix socket. */
  readonly port: number;
}

/** Opens one at 127.0.0.1, or at a path; it is closed when the test ends. */
export async function holdSocket(
  kind: 'datagram' | 'stream',
  path?: string,
  bufferBytes = 8 << 20,
): Promise<HeldSocket> {
  const libc = (await loadLibc()) as Libc;
  const { family, bytes } = path === undefined ? encodeAddress('127.0.0.1', 0) : { family: 1, bytes: encodePath(path) };
  const fd = libc.socket(family, (kind === 'stream' ? 1 : 2) | SOCK_CLOEXEC, 0);
  onTestFinished(() => void libc.close(fd));
  const wanted = new Uint8Array(Int32Array.of(bufferBytes).buffer);
  if (libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted, 4) < 0) {
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, wanted, 4);
  }
  if (libc.bind(fd, bytes, bytes.length) < 0) throw new Error(`cannot bind a ${kind} socket at ${path ?? '127.0.0.1'}`);
  const listen = koffi.load(null).func('int listen(int, int)');
  if (kind === 'stream' && listen(fd, BACKLOG) < 0) throw new Error('cannot listen');
  const address = describeSocket(libc, fd)?.address;
  return { fd, port: address === undefined || address.transport === 'unix' ? 0 : address.port };
}

/** What a service manager starts a process with: `names` are those of the sockets, in order. */
export function activated(sockets: readonly HeldSocket[], names: readonly string[]) {
  return {
    fds: sockets.map(({ fd }) => fd),
    env: { LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: names.join(':') },
    // The number of the process is known to itself only.
    under: ['/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'],
  };
}
