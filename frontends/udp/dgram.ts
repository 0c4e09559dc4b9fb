import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { wholeLines } from '../../src/kit/end-of-line.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { untilQuiet } from '../../src/kit/until-quiet.ts';
import type { DatagramReceiver, Intake, Logger, UdpOptions } from '../../src/plugin.ts';
import { watchKernelDrops } from './kernel-drops.ts';

/**
 * Reads datagrams with `node:dgram`, from `fds` where some are given, which it closes. Rejects with the error of the system, and then
 * holds nothing open.
 */
export async function openDgram(options: UdpOptions, intake: Intake, log: Logger): Promise<DatagramReceiver> {
  const { fds = [] } = options;
  const first = await openOne(options, intake, log, fds[0]);
  const all = [first];
  for (const fd of fds.slice(1)) all.push(await openOne(options, intake, log, fd));
  return { ...first, stop: async () => void (await Promise.all(all.map((one) => one.stop()))) };
}

async function openOne(
  { host, port, ipv6Only, receiveBuffer, eolRequired }: UdpOptions,
  intake: Intake,
  log: Logger,
  fd: number | undefined,
): Promise<DatagramReceiver> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only });
  let received = 0;
  socket.on('message', (datagram, from) => {
    received++;
    if (eolRequired) wholeLines(intake, datagram, 0, datagram.length, from);
    else intake.lines(datagram, 0, datagram.length, from);
  });
  try {
    // Where it has a descriptor it says so within the call.
    const listening = once(socket, 'listening');
    socket.bind(fd === undefined ? { address: host, port, exclusive: true } : { fd });
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  logErrors(socket, intake, log);
  // Never less than an inherited one has, which the plain option could make of it.
  const granted = fd === undefined ? askForBuffer(socket, receiveBuffer) : socket.getRecvBufferSize();
  const bound = socket.address();
  const drops = watchKernelDrops(bound, (datagrams) => intake.kernelDropped(datagrams), undefined, fd !== undefined);

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
