import { constants } from 'node:os';

/** The few functions of the C library that the fast receiver needs, through koffi (prebuilt, optional). */

/** Pointers are passed as the typed arrays that they point into, or as null. */
type Pointer = Uint8Array | Uint32Array | BigUint64Array | null;

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  /** A `msghdr`; what it points to is the caller's to keep. */
  sendmsg(fd: number, message: Uint8Array, flags: number): number | bigint;
  recvmsg(fd: number, message: Uint8Array, flags: number): number | bigint;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array): number;
  getsockname(fd: number, address: Uint8Array, length: Uint32Array): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: Pointer): number;
  sendto(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number | bigint;
  /** The argument is ignored by those commands that take none. */
  fcntl(fd: number, command: number, argument: number): number;
  usleep(microseconds: number): number;
  close(fd: number): number;
  /** `errno` of the last call in this thread. */
  errno(): number;
  /** The address of a buffer's first byte. The caller must keep a reference to the buffer: V8 sees no use in C. */
  address(buffer: ArrayBufferView): bigint;
}

/** `ENOMEM` for 12. */
export function errorName(errno: number): string {
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}

/** Loads the C library. Gives a sentence with the reason where this system or installation has no fast receiver. */
export async function loadLibc(): Promise<Libc | string> {
  if (process.platform !== 'linux') return `the fast receiver needs Linux; this is ${process.platform}`;
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    return `the fast receiver knows the memory layout of x64 and arm64; this is ${process.arch}`;
  }
  let koffi: typeof import('koffi');
  try {
    koffi = await import('koffi');
  } catch {
    return 'the optional package "koffi" is not installed (npm install koffi)';
  }
  try {
    const library = koffi.load(null);
    return {
      socket: library.func('int socket(int, int, int)'),
      bind: library.func('int bind(int, void *, uint32_t)'),
      connect: library.func('int connect(int, void *, uint32_t)'),
      sendmsg: library.func('intptr_t sendmsg(int, void *, int)'),
      recvmsg: library.func('intptr_t recvmsg(int, void *, int)'),
      setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
      getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
      getsockname: library.func('int getsockname(int, void *, void *)'),
      recvmmsg: library.func('int recvmmsg(int, void *, uint32_t, int, void *)'),
      sendto: library.func('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)'),
      fcntl: library.func('int fcntl(int, int, int)'),
      usleep: library.func('int usleep(uint32_t)'),
      close: library.func('int close(int)'),
      errno: () => koffi.errno(),
      address: (buffer) => koffi.address(buffer),
    };
  } catch (error) {
    return `koffi cannot load the C library: ${(error as Error).message}`;
  }
}
