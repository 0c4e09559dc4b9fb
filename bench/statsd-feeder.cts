/**
 * A server module of the npm package `statsd` that hands generated datagrams to its own packet function, without a
 * socket. Configured with `workload` and `seconds`; the answer to the parent process is `Fed` of `feed.ts`.
 */
import type { RemoteInfo } from 'node:dgram';

interface Config {
  readonly workload: string;
  readonly seconds: number;
}

type HandlePacket = (datagram: Buffer, from: Pick<RemoteInfo, 'address' | 'port'>) => void;

const SENDER = { address: '127.0.0.1', port: 1 };

async function run({ workload, seconds }: Config, handle: HandlePacket): Promise<void> {
  const { feed } = await import('./feed.js');
  const { createDatagrams, workloadNamed } = await import('./lines.js');
  const { linesPerDatagram } = workloadNamed(workload);
  const datagrams = createDatagrams(workloadNamed(workload));
  const fed = await feed(datagrams, linesPerDatagram, seconds, (datagram) => handle(datagram, SENDER));
  process.send?.(fed, () => process.exit());
}

exports.start = (config: Config, handle: HandlePacket): boolean => {
  void run(config, handle);
  return true;
};
