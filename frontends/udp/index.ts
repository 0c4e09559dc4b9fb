import { lookup } from 'node:dns/promises';
import { closeSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { cannotListen, type Listener, singleListener, urlOf } from '../../src/kit/listener.ts';
import type {
  DatagramReceiver,
  FrontendContext,
  FrontendPlugin,
  InheritedSocket,
  Intake,
  Logger,
  UdpOptions,
} from '../../src/plugin.ts';
import { type Config, schema } from './config.ts';
import { openDgram } from './dgram.ts';

const udp: FrontendPlugin<Config> = {
  kind: 'frontend',
  name: 'udp',
  takesLines: true,
  config: schema,
  describe: (config) => urlOf('udp', config),
  listens: ({ host, port, ipv6Only }) => [{ transport: 'udp', host, port, ipv6Only }],
  prepare: (config, receiveThreads) => receiveThreads(receiversOf(config)),
  create: (config, intake, context) => singleListener(() => listen(config, intake, context)),
};

export default udp;

function receiversOf({ receivers }: Config): number {
  return receivers === 'auto' ? coresToSpare() : receivers;
}

async function listen(config: Config, intake: Intake, context: FrontendContext): Promise<Listener> {
  const { port, ipv6Only, receiveBuffer, eolRequired } = config;
  const receivers = receiversOf(config);
  let inherited: InheritedSocket | undefined;
  let receiver: DatagramReceiver;
  let host = config.host;
  try {
    host = await addressOf(config.host);
    inherited = context.inherited('datagram', { transport: 'udp', host, port, ipv6Only });
    if (inherited !== undefined && inherited.address.transport !== 'unix') host = inherited.address.host;
    receiver = await open(
      config.receiver,
      { kind: 'udp', host, port, ipv6Only, receiveBuffer, receivers, eolRequired, fds: inherited?.fds },
      intake,
      context,
    );
  } catch (error) {
    throw cannotListen(error, 'udp', config);
  }
  compareBuffer(receiver.receiveBuffer, receiveBuffer, inherited?.kept === true, context.log);
  return { addresses: [urlOf('udp', { host, port: receiver.port })], close: () => receiver.stop() };
}

async function open(
  receiver: Config['receiver'],
  options: UdpOptions,
  intake: Intake,
  context: FrontendContext,
): Promise<DatagramReceiver> {
  let why = 'as configured';
  if (context.tapped && receiver !== 'dgram') {
    why = `${receiver === 'auto' ? '' : `not with "${receiver}" as configured, `}since raw packets are wanted with their senders`;
  } else if (receiver !== 'dgram') {
    const { fds = [] } = options;
    const closeOwn = () => {
      for (const fd of fds) closeSync(fd);
    };
    const fast = await context.receiveDatagrams(options).catch((error) => {
      closeOwn();
      throw error;
    });
    if (typeof fast !== 'string') {
      closeOwn();
      const threads = Math.max(options.receivers, fds.length);
      context.log.info('receiving with "recvmmsg"', { threads });
      return fast;
    }
    if (receiver === 'recvmmsg') {
      closeOwn();
      throw new Error(`receiver "recvmmsg" is not available: ${fast}; set "receiver" to "auto" or "dgram"`);
    }
    why = `since "recvmmsg" is not available: ${fast}`;
  }
  const slow = await openDgram(options, intake, context.log);
  context.log.info(`receiving with "dgram"${onOneSocket(options)}, ${why}`);
  return slow;
}

/** "dgram" reads in the main thread: more sockets would not read more. */
function onOneSocket({ receivers }: UdpOptions): string {
  return receivers > 1 ? ` on one socket in place of the ${receivers} of "receivers"` : '';
}

/** From 1 to 4: the other threads want a core too. */
function coresToSpare(): number {
  return Math.min(Math.max(availableParallelism() - 1, 1), 4);
}

/** The first address of a name, so that each receiver is given the same one. */
async function addressOf(host: string): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host)).address : host;
}

function compareBuffer(reported: number, asked: number, kept: boolean, log: Logger): void {
  const linux = process.platform === 'linux';
  // Linux doubles the size for its own book-keeping and reports the double, socket(7).
  const granted = linux ? reported / 2 : reported;
  if (granted >= asked) return;
  const remedy = kept
    ? `set "ReceiveBuffer=${asked}" in the unit that opens the socket`
    : linux
      ? `run "sysctl -w net.core.rmem_max=${asked}" on the host`
      : "raise the system's limit for socket buffers";
  log.warn(
    `the kernel granted ${granted} bytes of receive buffer where "receiveBuffer" asks for ${asked}, so it drops datagrams in shorter bursts; ${remedy}, or set "receiveBuffer" to ${granted}`,
    { granted, asked },
  );
}
