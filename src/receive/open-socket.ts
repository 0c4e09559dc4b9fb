import type { ListenAddress, SocketType } from '../plugin.ts';
import { decodeAddress, LONGEST_SOCKADDR } from './address.ts';
import { errorName, type Libc } from './libc.ts';

/** What a descriptor of this process is, as the kernel says. */
export interface OpenSocket {
  readonly type: SocketType;
  readonly address: ListenAddress;
  /** Of a stream: connections are accepted. */
  readonly listening: boolean;
}

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
/** Of a copy: not one of the standard streams. */
const LOWEST_COPY = 3;

/** Undefined for what is no socket, is not bound, or is of a family that nothing here listens on. */
export function describeSocket(libc: Libc, fd: number): OpenSocket | undefined {
  const kind = option(libc, fd, SOL_SOCKET, SO_TYPE);
  if (kind !== SOCK_STREAM && kind !== SOCK_DGRAM) return undefined;
  const type = kind === SOCK_STREAM ? 'stream' : 'datagram';
  const bytes = new Uint8Array(LONGEST_SOCKADDR);
  const length = Uint32Array.of(bytes.length);
  if (libc.getsockname(fd, bytes, length) < 0) return undefined;
  const address = decodeAddress(bytes, length[0]!, type === 'stream' ? 'tcp' : 'udp');
  if (address === undefined || (address.transport !== 'unix' && address.port === 0)) return undefined;
  const ipv6Only = address.transport !== 'unix' && option(libc, fd, IPPROTO_IPV6, IPV6_V6ONLY) === 1;
  return {
    type,
    address: ipv6Only ? { ...address, ipv6Only } : address,
    listening: option(libc, fd, SOL_SOCKET, SO_ACCEPTCONN) === 1,
  };
}

/** Another descriptor of the same socket, which programs that this process starts do not get. Throws with the code of the error. */
export function copyDescriptor(libc: Libc, fd: number): number {
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_COPY);
  if (copy >= 0) return copy;
  const code = errorName(libc.errno());
  throw Object.assign(new Error(`fcntl F_DUPFD_CLOEXEC ${code}`), { code, syscall: 'fcntl' });
}

/** Programs that this process starts do not get it. */
export function closeOnExec(libc: Libc, fd: number): void {
  libc.fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/** Calls that read wait, which libuv has switched off where it had the socket before. */
export function makeBlocking(libc: Libc, fd: number): void {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (flags >= 0) libc.fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

function option(libc: Libc, fd: number, level: number, name: number): number | undefined {
  const value = new Uint8Array(4);
  if (libc.getsockopt(fd, level, name, value, Uint32Array.of(4)) < 0) return undefined;
  return new DataView(value.buffer).getInt32(0, true);
}
