import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { wholeLines } from '../../src/kit/end-of-line.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { untilQuiet } from '../../src/kit/until-quiet.ts';
import type { DatagramReceiver, Intake, Logger, UdpOptions } from '../../src/plugin.ts';
import { watchKernelDrops } from './kernel-drops.ts';

/** Reads datagrams with `node:dgram`. Rejects with the error of the system, and then holds nothing open. */
export async function openDgram(
  { host, port, ipv6Only, receiveBuffer, eolRequired }: UdpOptions,
  intake: Intake,
  log: Logger,
): Promise<DatagramReceiver> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only });
  let received = 0;
  socket.on('message', (datagram, from) => {
    received++;
    if (eolRequired) wholeLines(intake, datagram, 0, datagram.length, from);
    else intake.lines(datagram, 0, datagram.length, from);
  });
  try {
    socket.bind({ address: host, port, exclusive: true });
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw error;
  }
  logErrors(socket, intake, log);
  const granted = askForBuffer(socket, receiveBuffer);
  const bound = socket.address();
  const drops = watchKernelDrops(bound, (datagrams) => intake.kernelDropped(datagrams));

  return {
    port: bound.port,
    receiveBuffer: granted,
    async stop() {
      await untilQuiet(() => received);
      drops.stop();
      socket.removeAllListeners('message');
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}

/** Bytes as the kernel reports them. Linux cuts the wish at net.core.rmem_max without an error, others refuse it. */
function askForBuffer(socket: Socket, bytes: number): number {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // The caller compares.
  }
  return socket.getRecvBufferSize();
}

function logErrors(socket: Socket, intake: Intake, log: Logger): void {
  const logError = seldom((_times, message: string) => log.error(`cannot receive: ${message}`));
  socket.on('error', (error) => {
    intake.count('socket.errors', 1);
    logError(error.message);
  });
}
