import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { type Libc, loadLibc } from '../../src/receive/libc.ts';
import { openReceiver, type Receiver } from '../../src/receive/receiver.ts';

const libc = await loadLibc();
const reason = typeof libc === 'string' ? `: ${libc}` : '';

const close: (() => void)[] = [];
afterEach(() => {
  for (const one of close.splice(0)) one();
});

function open(options: Partial<Parameters<typeof openReceiver>[1]> = {}): Receiver {
  const all = { host: '127.0.0.1', port: 0, ipv6Only: false, receiveBuffer: 1 << 20, ...options };
  const receiver = openReceiver(libc as Libc, all);
  close.push(receiver.close);
  return receiver;
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
function receiveAll(receiver: Receiver): Buffer[] {
  const received: Buffer[] = [];
  while (receiver.receive((bytes, start, end) => received.push(Buffer.from(bytes.subarray(start, end))), false) > 0);
  return received;
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

  it('receives more datagrams than one call takes', async () => {
    const receiver = open();
    const datagrams = Array.from({ length: 700 }, (_, index) => Buffer.from(`a:${index}|c`));
    await send(receiver.port, datagrams);
    expect(receiveAll(receiver).map(String)).toEqual(datagrams.map(String));
  });

  it('comes back without a datagram, so that its thread can look around', () => {
    const receiver = open();
    expect(receiver.receive(() => undefined, true)).toBe(0);
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

  it('takes IPv4 and IPv6 on one socket', async ({ skip }) => {
    let receiver: Receiver;
    try {
      receiver = open({ host: '::' });
    } catch {
      return skip('this machine has no IPv6');
    }
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
