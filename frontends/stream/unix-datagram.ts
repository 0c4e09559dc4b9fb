import { closeSync, readFileSync } from 'node:fs';
import type { DatagramReceiver, FrontendContext, InheritedSocket, Logger } from '../../src/plugin.ts';
import { adoptSocket, placeSocket, type SocketFile } from './socket-file.ts';
import type { DatagramConfig } from './unix-config.ts';

/** What systemd sets; 10 in a network namespace that nobody has configured, such as a container's. */
const GOOD_QUEUE = 512;

/** Lets a thread receive at `path`. Rejects with the reason and the remedy, and then holds nothing open. */
export async function receiveUnixDatagrams(
  { path, eolRequired }: DatagramConfig,
  permissions: number,
  { log, receiveDatagrams }: FrontendContext,
  inherited: InheritedSocket | undefined,
): Promise<SocketFile<DatagramReceiver>> {
  const bind = async (name: string) => {
    const options = { kind: 'unix', path: name, eolRequired, fds: inherited?.fds } as const;
    const receiver = await receiveDatagrams(options).finally(() => {
      for (const fd of inherited?.fds ?? []) closeSync(fd);
    });
    if (typeof receiver !== 'string') return receiver;
    throw new Error(
      `"mode": "datagram" is not available: ${receiver}; mend that, or set "mode" to "stream", or use a front-end "udp"`,
    );
  };
  const file =
    inherited === undefined ? await placeSocket(path, permissions, bind) : await adoptSocket(inherited, bind);
  log.info('receiving with "recvmmsg"', { threads: 1 });
  checkQueue(path, log);
  return file;
}

/** The kernel drops nothing that is sent to a Unix socket: the senders wait, or see EAGAIN and often give up. */
function checkQueue(path: string, log: Logger): void {
  const length = queueLength();
  if (length === undefined || length >= GOOD_QUEUE) return;
  log.warn(
    `the kernel queues no more than ${length} datagrams at "${path}", and clients that do not wait lose what they send beyond; run "sysctl -w net.unix.max_dgram_qlen=${GOOD_QUEUE}" on the host (in the network namespace of a container) and start statsdrain again`,
    { queued: length },
  );
}

function queueLength(): number | undefined {
  try {
    return Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'latin1'));
  } catch {
    return undefined;
  }
}
