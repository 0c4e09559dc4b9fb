import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const host = '127.0.0.1';
/** Below those that systems take for connections that go out (Linux from 32768), which could take one between its choice and its use. */
const FIRST = 10_000;
const LAST = 32_000;

const chosen = new Set<number>();

/**
 * A port of the loopback that nothing uses, neither over TCP nor over UDP, for programs that cannot let the system choose. A
 * process is never given one twice.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (chosen.has(port) || !(await isFree(port))) continue;
    chosen.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, host);
  const socket = createSocket('udp4').bind(port, host);
  const opened = await Promise.allSettled([once(server, 'listening'), once(socket, 'listening')]);
  socket.close();
  if (server.listening) {
    server.close();
    await once(server, 'close');
  }
  return opened.every(({ status }) => status === 'fulfilled');
}
