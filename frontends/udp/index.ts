import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import type {
  DatagramReceiver,
  FrontendContext,
  FrontendPlugin,
  Intake,
  Logger,
  UdpOptions,
} from '../../src/plugin.ts';
import { type Config, schema } from './config.ts';
import { openDgram } from './dgram.ts';

const udp: FrontendPlugin<Config> = {
  kind: 'frontend',
  name: 'udp',
  config: schema,
  describe: ({ host, port }) => urlOf(host, port),

  create(config, intake, context) {
    let running: Promise<Listener> | undefined;
    return {
      async start() {
        running ??= listen(config, intake, context);
        try {
          return [(await running).address];
        } catch (error) {
          running = undefined;
          throw error;
        }
      },
      async stop() {
        const listener = await running?.catch(() => undefined);
        await listener?.stop();
        running = undefined;
      },
    };
  },
};

export default udp;

interface Listener {
  readonly address: string;
  stop(): Promise<void>;
}

async function listen(config: Config, intake: Intake, context: FrontendContext): Promise<Listener> {
  const { port, ipv6Only, receiveBuffer } = config;
  const receivers = config.receivers === 'auto' ? coresToSpare() : config.receivers;
  let receiver: DatagramReceiver;
  let host = config.host;
  try {
    host = await addressOf(config.host);
    receiver = await open(
      config.receiver,
      { kind: 'udp', host, port, ipv6Only, receiveBuffer, receivers },
      intake,
      context,
    );
  } catch (error) {
    throw listenError(error, config);
  }
  compareBuffer(receiver.receiveBuffer, receiveBuffer, context.log);
  let stopped: Promise<void> | undefined;
  return {
    address: urlOf(host, receiver.port),
    stop: () => {
      stopped ??= receiver.stop();
      return stopped;
    },
  };
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
    const fast = await context.receiveDatagrams(options);
    if (typeof fast !== 'string') {
      context.log.info('receiving with "recvmmsg"', { threads: options.receivers });
      return fast;
    }
    if (receiver === 'recvmmsg') {
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

function urlOf(host: string, port: number): string {
  return host.includes(':') ? `udp://[${host}]:${port}` : `udp://${host}:${port}`;
}

function compareBuffer(reported: number, asked: number, log: Logger): void {
  const linux = process.platform === 'linux';
  // Linux doubles the size for its own book-keeping and reports the double, socket(7).
  const granted = linux ? reported / 2 : reported;
  if (granted >= asked) return;
  const remedy = linux
    ? `run "sysctl -w net.core.rmem_max=${asked}" on the host`
    : "raise the system's limit for socket buffers";
  log.warn(
    `the kernel granted ${granted} bytes of receive buffer where "receiveBuffer" asks for ${asked}, so it drops datagrams in shorter bursts; ${remedy}, or set "receiveBuffer" to ${granted}`,
    { granted, asked },
  );
}

function listenError(error: unknown, { host, port }: Config): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`${urlOf(host, port)}: ${reason(code, host, port) ?? message}`, { cause: error });
}

function reason(code: string | undefined, host: string, port: number): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `another process uses port ${port}; stop it, or set "port" to a free one`;
    case 'EADDRNOTAVAIL':
      return `this machine does not have the address "${host}"; set "host" to one that it has, or to "0.0.0.0" for all`;
    case 'EAFNOSUPPORT':
      return `this machine has no IPv6; set "host" to an IPv4 address`;
    case 'EACCES':
      return `port ${port} needs a privilege (CAP_NET_BIND_SERVICE); grant it, or set "port" to 1024 or more`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name "${host}" has no address; set "host" to an IP address or a name that resolves`;
    default:
      return undefined;
  }
}
