import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Batch, createBatch } from '../../src/receive/batch.ts';
import { type Libc, loadLibc } from '../../src/receive/libc.ts';
import { openReceiver, type Receiver, type ReceiverSocket } from '../../src/receive/receiver.ts';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { fixedMemory } from '../helper/memory.ts';
import { mayForceBuffers, withoutPrivileges } from '../helper/privileges.ts';

const libc = await loadLibc();
const reason = typeof libc === 'string' ? `: ${libc}` : '';

const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

const close: (() => void)[] = [];
afterEach(() => {
  for (const one of close.splice(0)) one();
});

type UdpSocket = Extract<ReceiverSocket, { kind: 'udp' }>;

function open(options: Partial<UdpSocket> = {}): Receiver {
  return openSocket({
    kind: 'udp',
    host: '127.0.0.1',
    port: 0,
    ipv6Only: false,
    receiveBuffer: 1 << 20,
    sharing: 'none',
    ...options,
  });
}

function openSocket(socket: ReceiverSocket): Receiver {
  const receiver = openReceiver(libc as Libc, socket);
  close.push(receiver.close);
  return receiver;
}

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
  close.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

function openBatch(): { readonly batch: Batch; datagram(slot: number): Buffer } {
  const where = fixedMemory();
  const batch = createBatch(libc as Libc, where);
  const { bytes, stride, lengths, lengthStride } = batch.datagrams;
  return {
    batch,
    datagram(slot) {
      const length = new DataView(where.bytes().buffer).getUint32(lengths + slot * lengthStride, true);
      return Buffer.from(where.bytes().subarray(bytes + slot * stride, bytes + slot * stride + length));
    },
  };
}

async function send(port: number, datagrams: readonly Buffer[], host = '127.0.0.1'): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, port, host, (error) => (error ? reject(error) : resolve())),
    );
  }
  socket.close();
}

/** Everything that has arrived. */
function receiveAll(receiver: Receiver, { batch, datagram } = openBatch()): Buffer[] {
  const received: Buffer[] = [];
  for (;;) {
    const count = receiver.receive(batch.headers(), false);
    if (count === 0) return received;
    for (let slot = 0; slot < count; slot++) received.push(datagram(slot));
  }
}

describe.skipIf(typeof libc === 'string')(`fast receiver${reason}`, () => {
  it('receives datagrams of every size, in order and whole', async () => {
    const receiver = open();
    const datagrams = [0, 1, 20, 1432, 8192, 40_000, 65_507].map((size, index) => Buffer.alloc(size, 65 + index));
    await send(receiver.port, datagrams);
    expect(receiveAll(receiver).map((one) => one.toString('latin1'))).toEqual(
      datagrams.map((one) => one.toString('latin1')),
    );
  });

  it.each(['127.0.0.1', ...(ipv6 ? ['::1'] : [])])(
    'tells who sent each datagram while that is asked for (%s)',
    async (host) => {
      const receiver = open({ host });
      const { batch } = openBatch();
      const sockets = [0, 1].map(() => createSocket(host.includes(':') ? 'udp6' : 'udp4'));
      const ports: number[] = [];
      for (const socket of sockets) {
        await new Promise<void>((resolve) => socket.connect(receiver.port, host, resolve));
        close.push(() => socket.close());
        ports.push(socket.address().port);
      }
      const sendAll = async () => {
        for (const socket of sockets) await new Promise<void>((resolve) => socket.send('a:1|c', () => resolve()));
        return receiver.receive(batch.headers(), false);
      };
      expect(await sendAll()).toBe(2);
      batch.askSenders(true);
      for (const _ of [1, 2]) {
        expect(await sendAll()).toBe(2);
        const senders = [0, 1].map((slot) => ({ ...batch.senderOf(slot) }));
        expect(senders).toEqual(ports.map((port) => ({ address: host, port })));
      }
      batch.askSenders(false);
      const [first] = sockets;
      await new Promise<void>((resolve) => first!.send('b:1|c', () => resolve()));
      expect(receiver.receive(batch.headers(), false)).toBe(1);
      expect(batch.senderOf(1).port).toBe(ports[1]);
    },
  );

  it('receives more datagrams than one call takes', async () => {
    const receiver = open();
    const datagrams = Array.from({ length: 700 }, (_, index) => Buffer.from(`a:${index}|c`));
    await send(receiver.port, datagrams);
    expect(receiveAll(receiver).map(String)).toEqual(datagrams.map(String));
  });

  it('comes back without a datagram, so that its thread can look around', () => {
    const receiver = open();
    expect(receiver.receive(openBatch().batch.headers(), true)).toBe(0);
  });

  it('reports what the kernel dropped, once', async () => {
    const receiver = open({ receiveBuffer: 4096 });
    const sent = 400;
    await send(
      receiver.port,
      Array.from({ length: sent }, () => Buffer.alloc(1000)),
    );
    const received = receiveAll(receiver).length;
    expect(received).toBeLessThan(sent);
    expect(receiver.takeKernelDrops()).toBe(sent - received);
    expect(receiver.takeKernelDrops()).toBe(0);
  });

  describe('asked for more buffer than the system allows', () => {
    const limit = Number(readFileSync('/proc/sys/net/core/rmem_max', 'latin1'));

    it('gets what is allowed', async () => {
      await withoutPrivileges(() => {
        // Linux reports the double.
        expect(open({ receiveBuffer: 2 * limit }).receiveBuffer).toBe(2 * limit);
      });
    });

    it.runIf(mayForceBuffers())('gets all of it with the privilege for it', () => {
      expect(open({ receiveBuffer: 2 * limit }).receiveBuffer).toBe(4 * limit);
    });
  });

  it('says that a port needs a privilege', async () => {
    await withoutPrivileges(() => {
      expect(() => open({ port: 1 })).toThrowError(expect.objectContaining({ code: 'EACCES', syscall: 'bind' }));
    });
  });

  it('shares a port with others of its kind, but not with another program', async () => {
    const first = open({ sharing: 'first' });
    const next = open({ sharing: 'next', port: first.port });
    expect(next.port).toBe(first.port);
    const sent = Array.from({ length: 64 }, (_, index) => `${index}`);
    // The kernel chooses by the sender's address: many senders, so that each receiver gets some.
    for (const one of sent) await send(first.port, [Buffer.from(one)]);
    const [a, b] = [receiveAll(first).map(String), receiveAll(next).map(String)];
    expect([...a, ...b].sort()).toEqual([...sent].sort());
    expect(a.length).toBeGreaterThan(0);
    expect(b.length).toBeGreaterThan(0);

    for (const sharing of ['none', 'first'] as const) {
      expect(() => open({ sharing, port: first.port })).toThrowError(expect.objectContaining({ code: 'EADDRINUSE' }));
    }
  });

  it('lets nobody share the port of a single receiver', () => {
    const { port } = open();
    expect(() => open({ sharing: 'next', port })).toThrowError(expect.objectContaining({ code: 'EADDRINUSE' }));
  });

  it.runIf(ipv6)('shares a port of both families', async () => {
    const first = open({ host: '::', sharing: 'first' });
    const next = open({ host: '::', sharing: 'next', port: first.port });
    const sent = Array.from({ length: 64 }, (_, index) => `${index}`);
    for (const one of sent) await send(first.port, [Buffer.from(one)], Number(one) % 2 === 0 ? '127.0.0.1' : '::1');
    const [a, b] = [receiveAll(first).map(String), receiveAll(next).map(String)];
    expect([...a, ...b].sort()).toEqual([...sent].sort());
    expect(a.length).toBeGreaterThan(0);
    expect(b.length).toBeGreaterThan(0);
  });

  it('receives from a Unix socket, and empties what the kernel had to cut', async () => {
    const path = join(freshFolder(), 'socket');
    const receiver = openSocket({ kind: 'unix', path });
    expect(receiver).toMatchObject({ port: 0, receiveBuffer: 0 });
    const { batch, datagram } = openBatch();
    await sendUnixDatagrams(path, ['a:1|c', 'x'.repeat(65_537), 'b:1|c', 'y'.repeat(65_536)]);
    expect(receiver.receive(batch.headers(), true)).toBe(4);
    expect(batch.emptyTruncated(4)).toBe(1);
    expect([0, 1, 2, 3].map((slot) => datagram(slot).length)).toEqual([5, 0, 5, 65_536]);
    expect(String(datagram(2))).toBe('b:1|c');
  });

  it('makes the senders to a Unix socket wait instead of dropping what they send', async () => {
    const path = join(freshFolder(), 'socket');
    const receiver = openSocket({ kind: 'unix', path });
    const texts = Array.from({ length: 2000 }, (_, index) => `a:${index}|c`);
    let sent = false;
    const sending = sendUnixDatagrams(path, texts).then(() => {
      sent = true;
    });
    const received: string[] = [];
    const batch = openBatch();
    while (!sent) {
      received.push(...receiveAll(receiver, batch).map(String));
      await setImmediate();
    }
    await sending;
    received.push(...receiveAll(receiver, batch).map(String));
    expect(received).toEqual(texts);
    expect(receiver.takeKernelDrops()).toBe(0);
  });

  it('says why it cannot bind a Unix socket', () => {
    const folder = freshFolder();
    const path = join(folder, 'socket');
    openSocket({ kind: 'unix', path });
    const expected = [
      [path, 'EADDRINUSE'],
      [join(folder, 'none', 'socket'), 'ENOENT'],
    ] as const;
    for (const [taken, code] of expected) {
      expect(() => openSocket({ kind: 'unix', path: taken })).toThrowError(expect.objectContaining({ code }));
    }
  });

  it.runIf(ipv6)('takes IPv4 and IPv6 on one socket', async () => {
    const receiver = open({ host: '::' });
    await send(receiver.port, [Buffer.from('four')]);
    await send(receiver.port, [Buffer.from('six')], '::1');
    expect(receiveAll(receiver).map(String)).toEqual(['four', 'six']);
  });

  it('says which system error keeps it from binding', () => {
    const { port } = open();
    expect(() => open({ port })).toThrowError(expect.objectContaining({ code: 'EADDRINUSE', syscall: 'bind' }));
    expect(() => open({ host: '203.0.113.1' })).toThrowError(expect.objectContaining({ code: 'EADDRNOTAVAIL' }));
  });
});
