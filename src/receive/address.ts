import { isIPv6 } from 'node:net';
import type { ListenAddress } from '../plugin.ts';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Bytes of a `sockaddr_un`, the largest of the three. */
export const LONGEST_SOCKADDR = 110;

/** Bytes of a `sockaddr_in6`. */
export const SOCKADDR_LENGTH = 28;

/** A `sockaddr_in` or `sockaddr_in6` (Linux) for an address in digits. */
export function encodeAddress(host: string, port: number): { readonly family: number; readonly bytes: Uint8Array } {
  const family = isIPv6(host) ? AF_INET6 : AF_INET;
  const bytes = new Uint8Array(family === AF_INET6 ? SOCKADDR_LENGTH : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  if (family === AF_INET6) bytes.set(parseIPv6(host), 8);
  else bytes.set(host.split('.').map(Number), 4);
  return { family, bytes };
}

/**
 * What the kernel says of a bound socket, the other way round: a `sockaddr_in`, `sockaddr_in6` or `sockaddr_un` of `length` bytes, of
 * which `bytes` may hold more. Undefined of another family, and of a Unix socket without a name.
 */
export function decodeAddress(bytes: Uint8Array, length: number, transport: 'udp' | 'tcp'): ListenAddress | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (view.getUint16(0, true)) {
    case AF_INET:
    case AF_INET6:
      return { transport, host: hostOf(bytes), port: portOf(bytes) };
    case AF_UNIX: {
      if (length <= 2) return undefined;
      if (bytes[2] === 0) return { transport: 'unix', path: `@${Buffer.from(bytes.subarray(3, length)).toString()}` };
      const end = bytes.indexOf(0, 2);
      return { transport: 'unix', path: Buffer.from(bytes.subarray(2, end < 0 ? length : end)).toString() };
    }
    default:
      return undefined;
  }
}

/** The port of a `sockaddr_in` or `sockaddr_in6`. */
export function portOf(address: Uint8Array): number {
  return (address[2]! << 8) | address[3]!;
}

/** The address of a `sockaddr_in` or `sockaddr_in6`, in digits; an IPv4 one that came to an IPv6 socket as such. */
export function hostOf(address: Uint8Array): string {
  const view = new DataView(address.buffer, address.byteOffset);
  if (view.getUint16(0, true) === AF_INET) return address.subarray(4, 8).join('.');
  if (view.getUint32(8) === 0 && view.getUint32(12) === 0 && view.getUint32(16) === 0xffff) {
    return address.subarray(20, 24).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, group) => view.getUint16(8 + 2 * group).toString(16));
  // The URL parser writes the shortest form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The 16 bytes of an IPv6 address that `net.isIPv6` accepts; a zone (`%eth0`) is left out. */
function parseIPv6(host: string): Uint8Array {
  const [address] = host.split('%');
  // An embedded IPv4 address stands for the last two groups.
  const text = address!.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

/** A `sockaddr_un` (Linux) for a path of up to 107 bytes; `@name` is one in the abstract namespace, which ends with its last byte. */
export function encodePath(path: string): Uint8Array {
  if (path.startsWith('@')) {
    return Buffer.concat([new Uint8Array(Uint16Array.of(1).buffer), Buffer.from(`\0${path.slice(1)}`)]);
  }
  return Buffer.concat([new Uint8Array(Uint16Array.of(1).buffer), Buffer.from(path), Buffer.alloc(1)]);
}
