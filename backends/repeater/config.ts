import { hostSetting } from '../../src/kit/host.ts';
import type { Address } from '../../src/kit/listener.ts';
import type { BackendPlugin } from '../../src/plugin.ts';

export interface RepeaterConfig {
  readonly targets: readonly Address[];
  readonly protocol: 'udp4' | 'udp6' | 'tcp';
}

export const config: NonNullable<BackendPlugin<RepeaterConfig>['config']> = (kit) => {
  const { z, port } = kit;
  return z.strictObject({
    targets: z
      .array(
        z.strictObject(
          {
            host: hostSetting(kit).default('127.0.0.1').describe('Host name or address.'),
            port: port()
              .refine((number) => number > 0, 'cannot be sent to; StatsD listens on 8125')
              .default(8125)
              .describe('Port, UDP or TCP by "protocol".'),
          },
          { error: asObject(TARGET) },
        ),
        { error: asObject(`[${TARGET}]`) },
      )
      .min(1)
      .describe('Where every packet is sent.'),
    protocol: z
      .enum(['udp4', 'udp6', 'tcp'])
      .default('udp4')
      .describe(
        '"udp4" and "udp6" send one datagram for each packet, byte for byte; "tcp" sends packets with a LF behind each over one connection to each target.',
      ),
  });
};

const TARGET = '{ "host": "127.0.0.1", "port": 8125 }';

/** For what was written as one text, such as `"host:port"`. */
const asObject = (form: string) => (issue: { readonly code?: string; readonly input?: unknown }) =>
  issue.code === 'invalid_type' && typeof issue.input === 'string' ? `must be written as ${form}` : undefined;
