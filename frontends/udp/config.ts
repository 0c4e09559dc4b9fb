import { isIPv4 } from 'node:net';
import { addressKeys } from '../../src/kit/address-keys.ts';
import { eolKey } from '../../src/kit/end-of-line.ts';
import type { Address } from '../../src/kit/listener.ts';
import type { ConfigKit } from '../../src/plugin.ts';

export interface Config extends Address {
  readonly ipv6Only: boolean;
  /** Bytes. */
  readonly receiveBuffer: number;
  readonly receiver: 'auto' | 'recvmmsg' | 'dgram';
  readonly receivers: number | 'auto';
  readonly eolRequired: boolean;
}

const MIN_BUFFER = 4096;
const MAX_BUFFER = 2 ** 30;
const MAX_RECEIVERS = 64;

export function schema(kit: ConfigKit) {
  const { z, bytes } = kit;
  return z
    .strictObject({
      ...addressKeys(kit, 8125),
      ipv6Only: z.boolean().default(false).describe('Take no IPv4 traffic with an IPv6 "host".'),
      receiveBuffer: bytes()
        .refine((size) => size >= MIN_BUFFER && size <= MAX_BUFFER, { error: 'must be from "4KiB" to "1024MiB"' })
        .default(4_194_304)
        .describe('Receive buffer to ask the kernel for. 4 MiB hold about 10,000 small datagrams.'),
      receiver: z
        .enum(['auto', 'recvmmsg', 'dgram'])
        .default('auto')
        .describe(
          '"recvmmsg" reads with threads of its own (Linux, with the optional package "koffi"), "dgram" with the event loop of Node; "auto" takes the first that works.',
        ),
      receivers: z
        .union([z.literal('auto'), z.number().int().min(1).max(MAX_RECEIVERS)], {
          error: `must be "auto" or a whole number from 1 to ${MAX_RECEIVERS}`,
        })
        .default(1)
        .describe(
          'Threads of the receiver "recvmmsg", among which the kernel spreads the senders by their address; "auto": the number of cores less one, from 1 to 4.',
        ),
      ...eolKey(kit),
    })
    .refine(({ host, ipv6Only }) => !(ipv6Only && isIPv4(host)), {
      path: ['ipv6Only'],
      error: 'has no meaning with an IPv4 "host"; remove it, or set "host" to "::"',
    });
}
