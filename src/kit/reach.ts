import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { messageOf } from './error-text.ts';
import { type Address, listenAt, urlOf } from './listener.ts';

/** For a plugin's `probe`: connects over TCP and closes. Rejects with the address and the reason. */
export async function reachTcp(address: Address, signal: AbortSignal): Promise<string> {
  const url = urlOf('tcp', address);
  const socket = connect({ ...address, signal });
  try {
    await once(socket, 'connect');
    return `connected to ${url}`;
  } catch (error) {
    throw new Error(`cannot connect to ${url}: ${signal.aborted ? 'no answer in time' : messageOf(error)}`);
  } finally {
    socket.destroy();
  }
}

/** For a plugin's `probe`: listens and closes. Rejects as `listenAt` does. */
export async function canListen(scheme: string, address: Address): Promise<string> {
  const server = createServer();
  const url = await listenAt(server, scheme, address);
  await new Promise((resolve) => server.close(resolve));
  return `can listen on ${url}`;
}
