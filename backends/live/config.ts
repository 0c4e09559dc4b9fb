import type { z } from 'zod';
import { hostSetting } from '../../src/kit/host.ts';
import { type AuthConfig, authKey, hasCredentials } from '../../src/kit/http/auth-config.ts';
import { type TlsFiles, tlsKey } from '../../src/kit/http/tls.ts';
import { isLoopback } from '../../src/kit/loopback.ts';
import type { ConfigKit } from '../../src/plugin.ts';

export interface LiveConfig {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  readonly auth: AuthConfig;
  /** Names, in small letters, that a request may call the server by, besides those that every machine has. */
  readonly hosts: readonly string[];
  /** Series, and as many names, of which values are kept. */
  readonly maxSeries: number;
}

/** Measured at the default: see docs/LIVE.md, "What it costs". */
const MAX_SERIES = 100_000;

export function liveConfig(kit: ConfigKit): z.ZodType<LiveConfig> {
  const { z } = kit;
  return z
    .strictObject({
      host: hostSetting(kit)
        .default('127.0.0.1')
        .describe('Address or name to listen on. One that other machines reach needs a user or a token in "auth".'),
      port: kit.port().default(8127).describe('TCP port; 0 lets the system choose.'),
      tls: tlsKey(kit),
      auth: authKey(kit).describe(
        'Who may see the page; without a user or a token everyone on this machine who reaches the port.',
      ),
      hosts: z
        .array(
          hostSetting(kit)
            .max(253)
            .transform((name) => name.toLowerCase()),
        )
        .default([])
        .describe(
          'Names by which browsers reach the page through a proxy, such as "stats.example.com". Needed only without credentials, where other names are refused.',
        ),
      maxSeries: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(MAX_SERIES)
        .describe('Series whose last 60 windows are kept; of more only the number is known.'),
    })
    .check(({ value: { host, auth }, issues }) => {
      if (isLoopback(host) || hasCredentials(auth)) return;
      const message = `"${host}" is open to other machines and "auth" names no user or token; add one, or listen on "127.0.0.1"`;
      issues.push({ code: 'custom', path: ['host'], input: host, message });
    });
}
