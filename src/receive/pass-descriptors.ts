import { errorName, type Libc } from './libc.ts';

/** Descriptors that one message may carry, SCM_MAX_FD of the kernel. */
export const MOST_DESCRIPTORS = 253;

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_NOSIGNAL = 0x4000;
const MSG_CTRUNC = 8;
/** A `cmsghdr`: its length, level and type. */
const CONTROL_HEADER = 16;
/** A `msghdr` of Linux with 64 bits, and where its fields are that are read again. */
const MESSAGE_BYTES = 56;
const CONTROL_LENGTH = 40;
const FLAGS = 48;

interface Message {
  readonly header: DataView;
  readonly control: DataView;
  /** Everything that the header points to. */
  readonly memory: readonly ArrayBufferView[];
}

function messageOf(libc: Libc, bytes: Uint8Array, descriptors: number): Message {
  const control = new DataView(new ArrayBuffer(CONTROL_HEADER + Math.ceil((4 * descriptors) / 8) * 8));
  const vector = BigUint64Array.of(libc.address(bytes), BigInt(bytes.length));
  const header = new DataView(new ArrayBuffer(MESSAGE_BYTES));
  header.setBigUint64(16, libc.address(vector), true);
  header.setBigUint64(24, 1n, true);
  header.setBigUint64(32, libc.address(control), true);
  header.setBigUint64(CONTROL_LENGTH, BigInt(control.byteLength), true);
  return { header, control, memory: [bytes, vector, control] };
}

/** Sends bytes, at least one, and with them descriptors over a connection of a Unix socket. Throws where that fails. */
export function sendDescriptors(libc: Libc, fd: number, bytes: Uint8Array, descriptors: readonly number[]): void {
  const { header, control, memory } = messageOf(libc, bytes, descriptors.length);
  control.setBigUint64(0, BigInt(CONTROL_HEADER + 4 * descriptors.length), true);
  control.setInt32(8, SOL_SOCKET, true);
  control.setInt32(12, SCM_RIGHTS, true);
  for (const [index, one] of descriptors.entries()) control.setInt32(CONTROL_HEADER + 4 * index, one, true);
  if (descriptors.length === 0) header.setBigUint64(CONTROL_LENGTH, 0n, true);
  const sent = Number(libc.sendmsg(fd, new Uint8Array(header.buffer), MSG_NOSIGNAL));
  if (sent < 0) throw new Error(`sendmsg ${errorName(libc.errno())}`);
  // The memory is used up to here.
  if (sent !== memory[0]!.byteLength) throw new Error(`sendmsg took ${sent} of ${bytes.length} bytes`);
}

/** What has arrived, up to `most` bytes, and the descriptors that came with it: they are this process's own. Undefined at the end. */
export function receiveDescriptors(
  libc: Libc,
  fd: number,
  most: number,
): { readonly bytes: Uint8Array; readonly descriptors: readonly number[] } | undefined {
  const bytes = new Uint8Array(most);
  const { header, control, memory } = messageOf(libc, bytes, MOST_DESCRIPTORS);
  const count = Number(libc.recvmsg(fd, new Uint8Array(header.buffer), MSG_CMSG_CLOEXEC));
  if (count < 0) throw new Error(`recvmsg ${errorName(libc.errno())}`);
  if (count === 0) return undefined;
  const descriptors: number[] = [];
  const hasControl = memory.length > 0 && header.getBigUint64(CONTROL_LENGTH, true) >= CONTROL_HEADER;
  if (hasControl && control.getInt32(8, true) === SOL_SOCKET && control.getInt32(12, true) === SCM_RIGHTS) {
    const end = Number(control.getBigUint64(0, true));
    for (let at = CONTROL_HEADER; at < end; at += 4) descriptors.push(control.getInt32(at, true));
  }
  if ((header.getInt32(FLAGS, true) & MSG_CTRUNC) !== 0) throw new Error('recvmsg has cut descriptors off');
  return { bytes: bytes.subarray(0, count), descriptors };
}
