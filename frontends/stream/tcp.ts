import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Listener, singleListener, urlOf } from '../../src/kit/listener.ts';
import type { FrontendPlugin, Intake, Logger } from '../../src/plugin.ts';
import { acceptConnections, defaultLimits, type Limits, limitKeys } from './connections.ts';

interface Config extends Required<Limits> {
  readonly host: string;
  readonly port: number;
}

const tcp: FrontendPlugin<Config> = {
  kind: 'frontend',
  name: 'tcp',
  config: (kit) => {
    const { maxConnections, idleTimeout } = limitKeys(kit);
    return kit.z.strictObject({
      host: kit.z
        .string()
        .min(1)
        .default('127.0.0.1')
        .describe('Address or name to bind to. "0.0.0.0" is every IPv4 address, "::" every address of both families.'),
      port: kit.port().default(8125).describe('Port; 0 lets the system choose.'),
      maxConnections: maxConnections.default(defaultLimits.maxConnections),
      idleTimeout: idleTimeout.default(defaultLimits.idleTimeout),
      maxConnectionsPerAddress: kit.z
        .number()
        .int()
        .min(0)
        .default(250)
        .describe(
          'Open connections from one address; 0 is as many as "maxConnections". All processes of one host, and all clients behind one load balancer, share an address.',
        ),
    });
  },
  describe: (config) => urlOf('tcp', config),
  create: (config, intake, { log }) => singleListener(() => listen(config, intake, log)),
};

export default tcp;

async function listen(config: Config, intake: Intake, log: Logger): Promise<Listener> {
  const { host, port } = config;
  const { server, close } = acceptConnections(config, intake, log);
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, config);
  }
  const bound = server.address() as AddressInfo;
  return { addresses: [urlOf('tcp', { host: bound.address, port: bound.port })], close };
}

function listenError(error: unknown, { host, port }: Config): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`${urlOf('tcp', { host, port })}: ${reason(code, host, port) ?? message}`, { cause: error });
}

function reason(code: string | undefined, host: string, port: number): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `another process listens on port ${port}; stop it, or set "port" to a free one`;
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
