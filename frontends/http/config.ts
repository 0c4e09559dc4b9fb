import { hostSetting } from '../../src/kit/host.ts';
import { type Access, accessFaults } from '../../src/kit/http/access.ts';
import { authKey } from '../../src/kit/http/auth-config.ts';
import { limitKeys, type ServerLimits } from '../../src/kit/http/limits.ts';
import { type TlsFiles, tlsKey } from '../../src/kit/http/tls.ts';
import type { ConfigKit } from '../../src/plugin.ts';

export interface HttpConfig extends Access, ServerLimits {
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  readonly procIdAsSource: boolean;
  /** Bytes. */
  readonly maxBody: number;
  /** Bytes. */
  readonly maxPacked: number;
  /** Bytes. */
  readonly maxInFlight: number;
}

const MIB = 1024 * 1024;

export function httpConfig(kit: ConfigKit) {
  const { z } = kit;
  const { maxConnections, requestTimeout, headersTimeout, keepAliveTimeout } = limitKeys(kit);
  return z
    .strictObject({
      host: hostSetting(kit)
        .default('127.0.0.1')
        .describe(
          'Address or name to listen on. "0.0.0.0" is every IPv4 address, "::" every address of both families.',
        ),
      port: kit.port().default(8080).describe('TCP port; 0 lets the system choose.'),
      tls: tlsKey(kit),
      auth: authKey(kit).describe('Who may post; required when "host" is not a loopback address.'),
      allowAnonymous: z.boolean().default(false).describe('Let anyone who reaches the port post without a credential.'),
      procIdAsSource: z
        .boolean()
        .default(true)
        .describe('Tag metrics of log lines without "source=" with the process of their header, such as "web.1".'),
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
      maxConnections: maxConnections.default(512),
      requestTimeout: requestTimeout.default(30_000),
      headersTimeout: headersTimeout.default(10_000),
      keepAliveTimeout: keepAliveTimeout
        .default(300_000)
        .describe('Idle time after which a connection is closed; Logplex closes its own after 240 s.'),
    })
    .superRefine((config, refinement) => {
      const issue = (path: string, message: string) => refinement.addIssue({ code: 'custom', path: [path], message });
      for (const { key, message } of accessFaults(config)) issue(key, message);
      // Room for one body, and for what of it waits to be unpacked.
      const largest = config.maxBody + config.maxPacked;
      if (largest > config.maxInFlight) {
        issue(
          'maxInFlight',
          `${config.maxInFlight} is too small for one body; it must be at least "maxBody" and "maxPacked" together, ${largest}`,
        );
      }
    });
}
