import { isIPv4 } from 'node:net';
import type { ConfigKit } from '../../src/plugin.ts';

interface BasicUser {
  readonly user: string;
  readonly password: string;
}

export interface AuthConfig {
  /** Accepted with `Authorization: Basic`, which is what the user part of a drain URL becomes. */
  readonly users: readonly BasicUser[];
  /** Accepted with `Authorization: Bearer`. */
  readonly tokens: readonly string[];
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly auth: AuthConfig;
  readonly allowAnonymous: boolean;
  readonly procIdAsSource: boolean;
  /** Bytes. */
  readonly maxBody: number;
  /** Bytes. */
  readonly maxPacked: number;
  /** Bytes. */
  readonly maxInFlight: number;
  readonly maxConnections: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** Milliseconds. */
  readonly headersTimeout: number;
  /** Milliseconds. */
  readonly keepAliveTimeout: number;
}

const MIB = 1024 * 1024;

export function httpConfig(kit: ConfigKit) {
  const { z } = kit;
  const user = z.strictObject({
    user: z
      .string()
      .min(1)
      .regex(/^[^:]*$/, 'a user of HTTP Basic cannot contain ":"')
      .describe('User name, without ":".'),
    password: kit.secret().describe('Password.'),
  });
  const auth = z.strictObject({
    users: z.array(user).default([]).describe('Accepted with HTTP Basic; several of them allow a rotation.'),
    tokens: z.array(kit.secret()).default([]).describe('Accepted as Bearer tokens; several of them allow a rotation.'),
  });
  return z
    .strictObject({
      host: z
        .string()
        .min(1)
        .default('127.0.0.1')
        .describe(
          'Address or name to listen on. "0.0.0.0" is every IPv4 address, "::" every address of both families.',
        ),
      port: kit.port().default(8080).describe('TCP port; 0 lets the system choose.'),
      auth: auth
        .default({ users: [], tokens: [] })
        .describe('Who may post; required when "host" is not a loopback address.'),
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
      maxConnections: z.number().int().min(1).default(512).describe('Open connections; more are closed at once.'),
      requestTimeout: kit.duration().default(30_000).describe('Longest time to receive one request.'),
      headersTimeout: kit.duration().default(10_000).describe('Longest time to receive the headers.'),
      keepAliveTimeout: kit
        .duration()
        .default(300_000)
        .describe('Idle time after which a connection is closed; Logplex closes its own after 240 s.'),
    })
    .superRefine((config, refinement) => {
      const issue = (path: string, message: string) => refinement.addIssue({ code: 'custom', path: [path], message });
      const guarded = hasCredentials(config.auth);
      if (!guarded && !config.allowAnonymous && !isLoopback(config.host)) {
        issue(
          'host',
          `"${config.host}" is open to other machines and "auth" names no user or token; ` +
            'add one, listen on "127.0.0.1", or set "allowAnonymous": true',
        );
      }
      if (guarded && config.allowAnonymous) {
        issue('allowAnonymous', '"auth" names who may post; remove one of "auth" and "allowAnonymous"');
      }
      // While a body is unpacked both forms of it are held.
      const largest = config.maxBody + config.maxPacked;
      if (largest > config.maxInFlight) {
        issue(
          'maxInFlight',
          `${config.maxInFlight} is too small for one body; it must be at least "maxBody" and "maxPacked" together, ${largest}`,
        );
      }
    });
}

export function hasCredentials(auth: AuthConfig): boolean {
  return auth.users.length + auth.tokens.length > 0;
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  const v4 = host.toLowerCase().startsWith('::ffff:') ? host.slice(7) : host;
  return isIPv4(v4) && v4.startsWith('127.');
}
