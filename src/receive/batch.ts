import type { Datagrams } from '../aggregate/intake.ts';
import type { PacketOrigin } from '../plugin.ts';
import { hostOf, portOf, SOCKADDR_LENGTH } from './address.ts';
import type { Libc } from './libc.ts';

/** Memory that the kernel writes to: that of a shard's store, so that lines are read where they arrive. */
export interface BatchMemory {
  /** Address, in the memory, of `length` bytes that are never given back. Throws where there is no room. */
  reserve(length: number): number;
  /** The whole memory; another view after it has grown. */
  bytes(): Uint8Array;
}

const LF = 0x0a;

/** Datagrams of one system call. */
export const BATCH = 256;
/** Bytes kept for one datagram: more than the largest UDP payload (65,507), so none of those is cut. */
const SLOT = 65_536;

/** struct mmsghdr (64-bit): name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48, length 56. */
const MMSGHDR = 64;
const MSGHDR_NAMELEN = 8;
const MSGHDR_IOV = 16;
const MSGHDR_IOVLEN = 24;
const MSGHDR_FLAGS = 48;
const MMSGHDR_LENGTH = 56;
/** For the address of one sender: at a multiple of 8. */
const NAME = 32;
/** struct iovec: base 0, length 8. */
const IOVEC = 16;

const MSG_TRUNC = 0x20;

/** Room for {@link BATCH} datagrams, and the structures that tell the kernel where it is. */
export interface Batch {
  /** The array of `mmsghdr` for `recvmmsg`. */
  headers(): Uint8Array;
  readonly datagrams: Datagrams;
  /** Has the kernel tell where each datagram comes from, from the next call on, or no longer. */
  askSenders(wanted: boolean): void;
  /** Who sent a datagram of the last batch, where that was asked for; good until it is called again. */
  senderOf(number: number): PacketOrigin;
  /** Makes those of the first `count` datagrams empty that the kernel cut at the end of their slot; gives their number. */
  emptyTruncated(count: number): number;
  /** Takes from the first `count` datagrams what is behind their last LF; gives the number of those that had something there. */
  cutUnterminated(count: number): number;
}

export function createBatch(libc: Libc, memory: BatchMemory): Batch {
  const slots = memory.reserve(BATCH * SLOT);
  const names = memory.reserve(BATCH * NAME);
  const iovecs = memory.reserve(BATCH * IOVEC);
  const headers = memory.reserve(BATCH * MMSGHDR);
  let view: Uint8Array = new Uint8Array(0);
  let base = 0n;
  let asks = false;
  let sender = 0;

  /** Writes addresses, which change only if the memory moves when it grows: V8 has reserved the room behind it. */
  function writeAddresses(): void {
    const numbers = new BigUint64Array(view.buffer);
    for (let slot = 0; slot < BATCH; slot++) {
      const iovec = (iovecs + slot * IOVEC) / 8;
      const header = headers + slot * MMSGHDR;
      numbers[header / 8] = asks ? base + BigInt(names + slot * NAME) : 0n;
      // The kernel writes the length that it used here: the same for all that comes to one socket.
      numbers[(header + MSGHDR_NAMELEN) / 8] = asks ? BigInt(SOCKADDR_LENGTH) : 0n;
      numbers[iovec] = base + BigInt(slots + slot * SLOT);
      numbers[iovec + 1] = BigInt(SLOT);
      numbers[(header + MSGHDR_IOV) / 8] = base + BigInt(iovecs + slot * IOVEC);
      numbers[(header + MSGHDR_IOVLEN) / 8] = 1n;
    }
  }

  function senderAddress(): Uint8Array {
    const start = names + sender * NAME;
    return memory.bytes().subarray(start, start + SOCKADDR_LENGTH);
  }

  /** It is read only of those datagrams of which something is shown. */
  const origin: PacketOrigin = {
    get address() {
      return hostOf(senderAddress());
    },
    get port() {
      return portOf(senderAddress());
    },
  };

  return {
    askSenders(wanted) {
      if (wanted === asks) return;
      asks = wanted;
      // Written with the next call.
      base = 0n;
      view = new Uint8Array(0);
    },
    senderOf(number) {
      sender = number;
      return origin;
    },
    headers() {
      // A memory that grows leaves its old views empty. To compare buffers instead costs 0.1 µs for each batch.
      if (view.length === 0) {
        const bytes = memory.bytes();
        view = new Uint8Array(bytes.buffer, headers, BATCH * MMSGHDR);
        const now = libc.address(bytes);
        if (now !== base) {
          base = now;
          writeAddresses();
        }
      }
      return view;
    },
    datagrams: { bytes: slots, stride: SLOT, lengths: headers + MMSGHDR_LENGTH, lengthStride: MMSGHDR },
    emptyTruncated(count) {
      const words = new Uint32Array(memory.bytes().buffer);
      let truncated = 0;
      for (let slot = 0; slot < count; slot++) {
        const header = headers + slot * MMSGHDR;
        if ((words[(header + MSGHDR_FLAGS) / 4]! & MSG_TRUNC) === 0) continue;
        words[(header + MMSGHDR_LENGTH) / 4] = 0;
        truncated++;
      }
      return truncated;
    },
    cutUnterminated(count) {
      const bytes = memory.bytes();
      const words = new Uint32Array(bytes.buffer);
      let unterminated = 0;
      for (let slot = 0; slot < count; slot++) {
        const word = (headers + slot * MMSGHDR + MMSGHDR_LENGTH) / 4;
        const start = slots + slot * SLOT;
        const end = start + words[word]!;
        if (end === start || bytes[end - 1] === LF) continue;
        words[word] = bytes.subarray(start, end).lastIndexOf(LF) + 1;
        unterminated++;
      }
      return unterminated;
    },
  };
}
