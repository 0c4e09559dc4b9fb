import type { Socket } from 'node:net';

/**
 * Ends a connection. Resolves once it is closed: by the other side, which has then read everything, or after `ms` milliseconds.
 * One that is still being made is given up at once.
 */
export function endSocket(socket: Socket, ms: number): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(() => socket.destroy(), ms);
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
    if (socket.connecting) socket.destroy();
    else socket.end();
  });
}
