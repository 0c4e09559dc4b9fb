import { addressKeys } from '../../src/kit/address-keys.ts';
import { eolKey } from '../../src/kit/end-of-line.ts';
import { type Address, type Listener, listenAt, singleListener, urlOf } from '../../src/kit/listener.ts';
import type { FrontendContext, FrontendPlugin, Intake } from '../../src/plugin.ts';
import { acceptConnections, defaultLimits, type Limits, limitKeys } from './connections.ts';

interface Config extends Address, Required<Limits> {}

const tcp: FrontendPlugin<Config> = {
  kind: 'frontend',
  name: 'tcp',
  takesLines: true,
  config: (kit) => {
    const { maxConnections, idleTimeout } = limitKeys(kit);
    return kit.z.strictObject({
      ...addressKeys(kit, 8125),
      maxConnections: maxConnections.default(defaultLimits.maxConnections),
      idleTimeout: idleTimeout.default(defaultLimits.idleTimeout),
      ...eolKey(kit),
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
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  create: (config, intake, context) => singleListener(() => listen(config, intake, context)),
};

export default tcp;

async function listen(
  config: Config,
  intake: Intake,
  { log, inherited, handedOver }: Pick<FrontendContext, 'log' | 'inherited' | 'handedOver'>,
): Promise<Listener> {
  const { server, close } = acceptConnections(config, intake, log);
  const { host, port } = config;
  const socket = inherited('stream', { transport: 'tcp', host, port });
  return { addresses: [await listenAt(server, 'tcp', config, undefined, socket)], close: () => close(handedOver()) };
}
