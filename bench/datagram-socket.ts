import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { encodeAddress, encodePath } from '../src/receive/address.ts';

/** Sends one batch after the other, over and over. */
export interface DatagramSocket {
  readonly batches: number;
  /** Gives the number of datagrams that were sent. */
  send(batch: number): number | Promise<number>;
}

/** Datagrams of one system call. */
const BATCH = 64;
/** struct mmsghdr and struct iovec (64-bit), see `src/receive/receiver.ts`. */
const MMSGHDR = 64;
const MSGHDR_IOV = 16;
const MSGHDR_IOVLEN = 24;
const IOVEC = 16;
const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_DGRAM = 2;

/**
 * To a port of the loopback, or to a Unix socket by its path, whose sender waits while its queue is full. With `sendmmsg` where
 * there is koffi, since `node:dgram` is slower than what it is to outrun.
 */
export async function openDatagramSocket(to: number | string, datagrams: readonly Buffer[]): Promise<DatagramSocket> {
  if (typeof to === 'string') return openSendmmsg(await import('koffi'), to, datagrams);
  if (process.platform !== 'linux') return openDgram(to, datagrams);
  try {
    return openSendmmsg(await import('koffi'), to, datagrams);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return openDgram(to, datagrams);
  }
}

function openSendmmsg(
  koffi: typeof import('koffi'),
  to: number | string,
  datagrams: readonly Buffer[],
): DatagramSocket {
  const library = koffi.load(null);
  const socket = library.func('int socket(int, int, int)');
  const connect = library.func('int connect(int, void *, uint32_t)');
  const sendmmsg = library.func('int sendmmsg(int, void *, uint32_t, int)');

  const slab = Buffer.concat(datagrams);
  const iovecs = new BigUint64Array((datagrams.length * IOVEC) / 8);
  const headers = new BigUint64Array((datagrams.length * MMSGHDR) / 8);
  const slabAddress = koffi.address(slab);
  const iovecAddress = koffi.address(iovecs);
  let offset = 0;
  datagrams.forEach(({ length }, index) => {
    iovecs[(index * IOVEC) / 8] = slabAddress + BigInt(offset);
    iovecs[(index * IOVEC) / 8 + 1] = BigInt(length);
    headers[(index * MMSGHDR + MSGHDR_IOV) / 8] = iovecAddress + BigInt(index * IOVEC);
    headers[(index * MMSGHDR + MSGHDR_IOVLEN) / 8] = 1n;
    offset += length;
  });
  const batches = Math.floor(datagrams.length / BATCH);
  const step = (BATCH * MMSGHDR) / 8;
  // C holds the addresses of `slab` and `iovecs` for as long as a batch is passed to it.
  const heldByC = {
    slab,
    iovecs,
    batches: Array.from({ length: batches }, (_, batch) => headers.subarray(batch * step, (batch + 1) * step)),
  };

  const isPath = typeof to === 'string';
  const fd: number = socket(isPath ? AF_UNIX : AF_INET, SOCK_DGRAM, 0);
  const address = isPath ? encodePath(to) : encodeAddress('127.0.0.1', to).bytes;
  const name = isPath ? to : `127.0.0.1:${to}`;
  if (fd < 0 || connect(fd, address, address.length) < 0) throw new Error(`cannot send to ${name}`);
  return {
    batches,
    send: (batch) => {
      const sent: number = sendmmsg(fd, heldByC.batches[batch], BATCH, 0);
      if (sent < 0) throw new Error(`sendmmsg to ${name} failed with errno ${koffi.errno()}`);
      return sent;
    },
  };
}

async function openDgram(port: number, datagrams: readonly Buffer[]): Promise<DatagramSocket> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const sendOne = (datagram: Buffer) =>
    new Promise<void>((resolve, reject) => {
      socket.send(datagram, (error) => (error === null ? resolve() : reject(error)));
    });
  return {
    batches: Math.floor(datagrams.length / BATCH),
    async send(batch) {
      await Promise.all(datagrams.slice(batch * BATCH, (batch + 1) * BATCH).map(sendOne));
      return BATCH;
    },
  };
}
