import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const host = '127.0.0.1';

/** Sends each datagram to a port of the loopback. */
export async function sendUdp(port: number, ...datagrams: readonly (string | Uint8Array)[]): Promise<void> {
  const socket = createSocket('udp4');
  try {
    for (const datagram of datagrams) {
      await new Promise<void>((resolve, reject) => {
        socket.send(datagram, port, host, (error) => (error ? reject(error) : resolve()));
      });
    }
  } finally {
    socket.close();
  }
}

/** Opens a connection to a port of the loopback or to a socket file. */
export async function open(target: number | string): Promise<Socket> {
  const socket = typeof target === 'number' ? connect(target, host) : connect(target);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes over one connection and closes it; resolves once the other side has closed too. */
export async function sendStream(target: number | string, bytes: string | Uint8Array): Promise<void> {
  const socket = await open(target);
  socket.resume();
  socket.end(bytes);
  await once(socket, 'close');
}

/** Posts a body and gives the status. */
export async function post(
  port: number,
  path: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(`http://${host}:${port}${path}`, { method: 'POST', body, headers });
  await response.arrayBuffer();
  return response.status;
}
