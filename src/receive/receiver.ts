import { constants } from 'node:os';
import { AF_INET6, encodeAddress, encodePath, portOf, SOCKADDR_LENGTH } from './address.ts';
import { BATCH } from './batch.ts';
import { errorName, type Libc } from './libc.ts';
import { copyDescriptor, makeBlocking } from './open-socket.ts';

/** Longest block in the kernel, after which the thread looks at its stop flag and its window. */
const TIMEOUT_MS = 100;

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
/**
 * Nine counters of the socket (Linux 4.12); the last one is the number of datagrams dropped, the same that SO_RXQ_OVFL
 * attaches to each datagram. Asking for it once in a window costs nothing for each datagram.
 */
const SO_MEMINFO = 55;
const MEMINFO_DROPS = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const MSG_WAITFORONE = 0x10000;
const MSG_DONTWAIT = 0x40;

export type ReceiverSocket =
  | {
      readonly kind: 'udp';
      /** In digits. */
      readonly host: string;
      readonly port: number;
      readonly ipv6Only: boolean;
      readonly receiveBuffer: number;
      readonly sharing: Sharing;
      readonly eolRequired?: boolean;
      readonly bound?: BoundSocket;
    }
  | { readonly kind: 'unix'; readonly path: string; readonly eolRequired?: boolean; readonly bound?: BoundSocket };

/** One that was open before. A copy of the descriptor is read. */
export interface BoundSocket {
  readonly fd: number;
  /** Another receiver reads the same one, and tells what the kernel dropped. */
  readonly shared: boolean;
}

/**
 * Whether other receivers of this process read the same port. The kernel lets any program of the same user join those
 * that have set SO_REUSEPORT, and gives it a share of the datagrams: so the first one binds without it, which fails
 * when anybody has the port, and sets it only then.
 */
type Sharing = 'none' | 'first' | 'next';

/** What `receive` gives when the system had no memory, no network, … for it. */
export const TROUBLE = -1;

/** A bound socket, read in batches by blocking calls: for a thread that does nothing else. */
export interface Receiver {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Bytes that the kernel granted, of which half is for its own bookkeeping. 0 for a Unix socket. */
  readonly receiveBuffer: number;
  /** Datagrams that the kernel had dropped when the socket was taken from somebody else. They are not told again. */
  readonly dropsBefore: number;
  /**
   * Waits up to 100 ms for datagrams when `wait` is true; gives their number, or {@link TROUBLE} after an error that may pass.
   * Throws when the socket is unusable.
   */
  receive(headers: Uint8Array, wait: boolean): number;
  /** Of the last {@link TROUBLE}: the call and the code of its error. */
  readonly trouble: string;
  /** Datagrams that the kernel has dropped since the last call because the buffer was full. */
  takeKernelDrops(): number;
  close(): void;
}

type Bound = Pick<Receiver, 'port' | 'receiveBuffer'>;

/** Opens and binds a socket. Throws with the code of the system error. */
export function openReceiver(libc: Libc, socket: ReceiverSocket): Receiver {
  if (socket.bound !== undefined) return takeBound(libc, socket, socket.bound);
  switch (socket.kind) {
    case 'udp':
      return openUdp(libc, socket);
    case 'unix':
      return openSocket(libc, AF_UNIX, (fd) => {
        bind(libc, fd, encodePath(socket.path));
        // What waits here is charged to the buffers of its senders.
        return { port: 0, receiveBuffer: 0 };
      });
    default: {
      const unexpected: never = socket;
      throw new TypeError(`not a socket: ${JSON.stringify(unexpected)}`);
    }
  }
}

function openUdp(libc: Libc, socket: Extract<ReceiverSocket, { readonly kind: 'udp' }>): Receiver {
  const { family, bytes: address } = encodeAddress(socket.host, socket.port);
  return openSocket(libc, family, (fd) => {
    if (family === AF_INET6) setInt(libc, fd, IPPROTO_IPV6, IPV6_V6ONLY, socket.ipv6Only ? 1 : 0);
    // Beyond net.core.rmem_max only with CAP_NET_ADMIN; without it the plain option takes what it gets.
    if (!setInt(libc, fd, SOL_SOCKET, SO_RCVBUFFORCE, socket.receiveBuffer)) {
      setInt(libc, fd, SOL_SOCKET, SO_RCVBUF, socket.receiveBuffer);
    }
    if (socket.sharing === 'next') share(libc, fd);
    bind(libc, fd, address);
    if (socket.sharing === 'first') share(libc, fd);
    return { port: boundPort(libc, fd), receiveBuffer: getInt(libc, fd, SO_RCVBUF) };
  });
}

function openSocket(libc: Libc, family: number, bindSocket: (fd: number) => Bound): Receiver {
  const fd = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc, 'socket');
  try {
    setReceiveTimeout(libc, fd);
    return createReceiver(libc, fd, bindSocket(fd));
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

function takeBound(libc: Libc, socket: ReceiverSocket, { fd: original, shared }: BoundSocket): Receiver {
  const fd = copyDescriptor(libc, original);
  makeBlocking(libc, fd);
  setReceiveTimeout(libc, fd);
  if (socket.kind === 'unix') return createReceiver(libc, fd, { port: 0, receiveBuffer: 0 });
  // Never less than it has, which the plain option could make of it.
  if (getInt(libc, fd, SO_RCVBUF) < 2 * socket.receiveBuffer) {
    setInt(libc, fd, SOL_SOCKET, SO_RCVBUFFORCE, socket.receiveBuffer);
  }
  const bound = { port: boundPort(libc, fd), receiveBuffer: getInt(libc, fd, SO_RCVBUF) };
  return createReceiver(libc, fd, bound, dropsOf(libc, fd), shared);
}

function bind(libc: Libc, fd: number, address: Uint8Array): void {
  if (libc.bind(fd, address, address.length) < 0) throw systemError(libc, 'bind');
}

function share(libc: Libc, fd: number): void {
  if (!setInt(libc, fd, SOL_SOCKET, SO_REUSEPORT, 1)) throw systemError(libc, 'setsockopt SO_REUSEPORT');
}

const { EAGAIN, EINTR, ECONNREFUSED, EBADF, ENOTSOCK, EINVAL, EFAULT, ENOSYS } = constants.errno;
/** Errors that say nothing about the socket: nothing came in time, or an answer to what was never sent. */
const harmless: ReadonlySet<number> = new Set([EAGAIN, EINTR, ECONNREFUSED]);
/** Errors that will not pass. All others may: ENOMEM, ENOBUFS, ENETDOWN, … */
const final: ReadonlySet<number> = new Set([EBADF, ENOTSOCK, EINVAL, EFAULT, ENOSYS]);

function createReceiver(libc: Libc, fd: number, bound: Bound, dropsBefore = 0, shared = false): Receiver {
  let drops = dropsBefore;
  let trouble = '';
  return {
    ...bound,
    dropsBefore,
    receive(headers, wait) {
      const count = libc.recvmmsg(fd, headers, BATCH, wait ? MSG_WAITFORONE : MSG_DONTWAIT, null);
      if (count >= 0) return count;
      const errno = libc.errno();
      if (harmless.has(errno)) return 0;
      const error = systemError(libc, 'recvmmsg');
      if (final.has(errno)) throw error;
      trouble = error.message;
      return TROUBLE;
    },
    get trouble() {
      return trouble;
    },
    takeKernelDrops() {
      if (shared) return 0;
      const total = dropsOf(libc, fd, drops);
      const dropped = (total - drops) >>> 0;
      drops = total;
      return dropped;
    },
    close: () => {
      libc.close(fd);
    },
  };
}

/** Datagrams that the kernel has dropped since the socket was made; `unknown` where it does not say. */
function dropsOf(libc: Libc, fd: number, unknown = 0): number {
  const info = new Uint8Array(4 * (MEMINFO_DROPS + 1));
  const length = Uint32Array.of(info.length);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, length) < 0) return unknown;
  return new DataView(info.buffer).getUint32(4 * MEMINFO_DROPS, true);
}

function setInt(libc: Libc, fd: number, level: number, option: number, value: number): boolean {
  return libc.setsockopt(fd, level, option, new Uint8Array(Int32Array.of(value).buffer), 4) === 0;
}

function getInt(libc: Libc, fd: number, option: number): number {
  const value = new Uint8Array(4);
  libc.getsockopt(fd, SOL_SOCKET, option, value, Uint32Array.of(4));
  return new DataView(value.buffer).getInt32(0, true);
}

/** struct timeval: seconds 0, microseconds 8. */
function setReceiveTimeout(libc: Libc, fd: number): void {
  const timeval = new Uint8Array(BigInt64Array.of(0n, BigInt(TIMEOUT_MS * 1000)).buffer);
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval, timeval.length);
}

function boundPort(libc: Libc, fd: number): number {
  const address = new Uint8Array(SOCKADDR_LENGTH);
  libc.getsockname(fd, address, Uint32Array.of(address.length));
  return portOf(address);
}

/** An error in the form of Node's own, so that front-ends explain both alike. */
function systemError(libc: Libc, syscall: string): NodeJS.ErrnoException {
  const errno = libc.errno();
  const code = errorName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: -errno, syscall });
}
