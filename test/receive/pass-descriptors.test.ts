import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodePath } from '../../src/receive/address.ts';
import { type Libc, loadLibc } from '../../src/receive/libc.ts';
import { describeSocket } from '../../src/receive/open-socket.ts';
import { receiveDescriptors, sendDescriptors } from '../../src/receive/pass-descriptors.ts';
import { holdSocket } from '../helper/open-sockets.ts';
import { temporaryFolder } from '../helper/process.ts';

const libc = (await loadLibc()) as Libc;

/** Both ends of a connection. */
async function connection(): Promise<readonly [number, number]> {
  const path = join(temporaryFolder(), 's');
  const server = createServer();
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const fd = libc.socket(1, 1, 0);
  const address = encodePath(path);
  expect(libc.connect(fd, address, address.length)).toBe(0);
  const socket = await accepted;
  socket.pause();
  onTestFinished(() => {
    socket.destroy();
    libc.close(fd);
    server.close();
  });
  return [fd, (socket as unknown as { _handle: { fd: number } })._handle.fd];
}

describe('descriptors over a connection', () => {
  it('are of the same sockets at the other end', async () => {
    const [here, there] = await connection();
    const held = [await holdSocket('datagram'), await holdSocket('stream')];
    sendDescriptors(
      libc,
      there,
      Buffer.from('two of them'),
      held.map(({ fd }) => fd),
    );
    const received = receiveDescriptors(libc, here, 1024);
    expect(Buffer.from(received?.bytes ?? []).toString()).toBe('two of them');
    for (const fd of received!.descriptors) onTestFinished(() => void libc.close(fd));
    expect(received!.descriptors.map((fd) => describeSocket(libc, fd))).toEqual([
      {
        type: 'datagram',
        address: { transport: 'udp', host: '127.0.0.1', port: held[0]!.port },
        listening: false,
      },
      { type: 'stream', address: { transport: 'tcp', host: '127.0.0.1', port: held[1]!.port }, listening: true },
    ]);
  });

  it('need not be there', async () => {
    const [here, there] = await connection();
    sendDescriptors(libc, there, Buffer.from('none'), []);
    expect(receiveDescriptors(libc, here, 2)).toEqual({ bytes: Uint8Array.from(Buffer.from('no')), descriptors: [] });
    expect(receiveDescriptors(libc, here, 9)).toEqual({ bytes: Uint8Array.from(Buffer.from('ne')), descriptors: [] });
  });

  it('cannot go where nobody is', () => {
    expect(() => sendDescriptors(libc, -1, Buffer.from('x'), [])).toThrow('sendmsg EBADF');
    expect(() => receiveDescriptors(libc, -1, 8)).toThrow('recvmsg EBADF');
  });
});
