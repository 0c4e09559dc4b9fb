import { type Listener, listenAt, singleListener, urlOf } from '../../src/kit/listener.ts';
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
  const { server, close } = acceptConnections(config, intake, log);
  return { addresses: [await listenAt(server, 'tcp', config)], close };
}
