import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';
import { hostSetting } from '../host.ts';
import { type Access, accessFaults } from './access.ts';
import { clientAuthKey } from './auth-config.ts';
import { limitKeys } from './limits.ts';
import type { BodyLimits } from './request-body.ts';
import type { ServerConfig } from './server.ts';
import { tlsKey } from './tls.ts';

/** What a server that takes bodies is configured with. */
export interface BodyServerConfig extends Access, ServerConfig, BodyLimits {
  /** Bytes of all bodies that are held at one time. */
  readonly maxInFlight: number;
  /** Requests of one client in a second. Absent: any number. */
  readonly maxRate?: number | undefined;
}

const MIB = 1024 * 1024;

/** The keys of {@link BodyServerConfig} with their defaults, but for `port`. A front-end adds its own and checks with {@link bodyServerFaults}. */
export function bodyServerKeys(kit: ConfigKit) {
  const { z } = kit;
  const { maxConnections, maxConnectionsPerAddress, requestTimeout, headersTimeout, keepAliveTimeout } = limitKeys(kit);
  return {
    host: hostSetting(kit)
      .default('127.0.0.1')
      .describe('Address or name to listen on. "0.0.0.0" is every IPv4 address, "::" every address of both families.'),
    tls: tlsKey(kit),
    auth: clientAuthKey(kit).describe('Who may post; required when "host" is not a loopback address.'),
    allowAnonymous: z.boolean().default(false).describe('Let anyone who reaches the port post without a credential.'),
    maxBody: kit
      .bytes()
      .default(8 * MIB)
      .describe('Longest body, unpacked.'),
    maxPacked: kit
      .bytes()
      .default(2 * MIB)
      .describe('Longest compressed body, as received.'),
    maxInFlight: kit
      .bytes()
      .default(64 * MIB)
      .describe('All bodies in memory at one time; beyond it requests are answered with 503.'),
    maxRate: z
      .number()
      .min(0.1)
      .optional()
      .describe(
        'Requests in a second of one credential, or of one address where nobody is named. More wait for up to two seconds, and are then answered with 429. Default: any number.',
      ),
    maxConnections: maxConnections.default(512),
    maxConnectionsPerAddress: maxConnectionsPerAddress.default(0),
    requestTimeout: requestTimeout.default(30_000),
    headersTimeout: headersTimeout.default(10_000),
    keepAliveTimeout: keepAliveTimeout.default(300_000),
  };
}

/** For `superRefine` of the schema: what is wrong among these keys. */
export function bodyServerFaults(config: BodyServerConfig, refinement: z.RefinementCtx): void {
  const issue = (path: string, message: string) => refinement.addIssue({ code: 'custom', path: [path], message });
  for (const { key, message } of accessFaults(config)) issue(key, message);
  // Room for one body, and for what of it waits to be unpacked.
  const largest = config.maxBody + config.maxPacked;
  if (largest <= config.maxInFlight) return;
  issue(
    'maxInFlight',
    `${config.maxInFlight} is too small for one body; it must be at least "maxBody" and "maxPacked" together, ${largest}`,
  );
}
