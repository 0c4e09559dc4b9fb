import { constants } from 'node:os';
import type { DatagramOptions } from '../plugin.ts';
import { AF_INET6, encodeAddress, portOf, SOCKADDR_LENGTH } from './address.ts';
import type { Libc } from './libc.ts';

/** Datagrams of one system call. */
const BATCH = 256;
/** Bytes kept for one datagram: more than the largest UDP payload (65,507), so none is cut. */
const SLOT = 65_536;
/** Longest block in the kernel, after which the thread looks at its stop flag and its window. */
const TIMEOUT_MS = 50;

/**
 * struct mmsghdr (64-bit): name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48, length 56.
 */
const MMSGHDR = 64;
const MSGHDR_IOV = 16;
const MSGHDR_IOVLEN = 24;
const MMSGHDR_LENGTH = 56;
/** struct iovec: base 0, length 8. */
const IOVEC = 16;

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
/** Nine counters of the socket (Linux 4.12); the last one is the number of datagrams dropped. */
const SO_MEMINFO = 55;
const MEMINFO_DROPS = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const MSG_WAITFORONE = 0x10000;
const MSG_DONTWAIT = 0x40;

/** A bound socket, read in batches by blocking calls: for a thread that does nothing else. */
export interface Receiver {
  readonly port: number;
  /** Bytes that the kernel granted, of which half is for its own bookkeeping. */
  readonly receiveBuffer: number;
  /** Waits up to 50 ms for datagrams and gives each to `each`. Gives their number. Throws when the socket is unusable. */
  receive(each: (bytes: Uint8Array, start: number, end: number) => void, wait: boolean): number;
  /** Datagrams that the kernel has dropped since the last call because the buffer was full. */
  takeKernelDrops(): number;
  close(): void;
}

/** Opens and binds a UDP socket. `host` is an address in digits. Throws with the code of the system error. */
export function openReceiver(libc: Libc, options: DatagramOptions): Receiver {
  const { family, bytes: address } = encodeAddress(options.host, options.port);
  const fd = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc, 'socket');
  try {
    if (family === AF_INET6) setInt(libc, fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ? 1 : 0);
    // Beyond net.core.rmem_max only with CAP_NET_ADMIN; without it the plain option takes what it gets.
    if (!setInt(libc, fd, SOL_SOCKET, SO_RCVBUFFORCE, options.receiveBuffer)) {
      setInt(libc, fd, SOL_SOCKET, SO_RCVBUF, options.receiveBuffer);
    }
    setReceiveTimeout(libc, fd);
    if (libc.bind(fd, address, address.length) < 0) throw systemError(libc, 'bind');
    return createReceiver(libc, fd);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

function createReceiver(libc: Libc, fd: number): Receiver {
  const slab = new Uint8Array(BATCH * SLOT);
  const iovecs = new BigUint64Array((BATCH * IOVEC) / 8);
  const headers = new BigUint64Array((BATCH * MMSGHDR) / 8);
  const lengths = new Uint32Array(headers.buffer);
  const slabAddress = libc.address(slab);
  const iovecAddress = libc.address(iovecs);
  for (let slot = 0; slot < BATCH; slot++) {
    iovecs[(slot * IOVEC) / 8] = slabAddress + BigInt(slot * SLOT);
    iovecs[(slot * IOVEC) / 8 + 1] = BigInt(SLOT);
    headers[(slot * MMSGHDR + MSGHDR_IOV) / 8] = iovecAddress + BigInt(slot * IOVEC);
    headers[(slot * MMSGHDR + MSGHDR_IOVLEN) / 8] = 1n;
  }
  // C holds the addresses of `slab` and `iovecs` for as long as this array is passed to it.
  const heldByC = { slab, iovecs, headers };
  const ignored = new Set([constants.errno.EAGAIN, constants.errno.EINTR, constants.errno.ECONNREFUSED]);
  let drops = 0;

  return {
    port: boundPort(libc, fd),
    receiveBuffer: getInt(libc, fd, SO_RCVBUF),
    receive(each, wait) {
      const flags = wait ? MSG_WAITFORONE : MSG_DONTWAIT;
      const count = libc.recvmmsg(fd, heldByC.headers, BATCH, flags, null);
      if (count < 0) {
        if (ignored.has(libc.errno())) return 0;
        throw systemError(libc, 'recvmmsg');
      }
      for (let slot = 0; slot < count; slot++) {
        const start = slot * SLOT;
        each(heldByC.slab, start, start + lengths[(slot * MMSGHDR + MMSGHDR_LENGTH) / 4]!);
      }
      return count;
    },
    takeKernelDrops() {
      const info = new Uint8Array(4 * (MEMINFO_DROPS + 1));
      const length = Uint32Array.of(info.length);
      if (libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, length) < 0) return 0;
      const total = new DataView(info.buffer).getUint32(4 * MEMINFO_DROPS, true);
      const dropped = (total - drops) >>> 0;
      drops = total;
      return dropped;
    },
    close: () => {
      libc.close(fd);
    },
  };
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
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: -errno, syscall });
}
