import type { ConfigKit } from '../../src/plugin.ts';
import { defaultLimits, type Limits, limitKeys } from './connections.ts';
import { fits, MAX_PATH_BYTES } from './socket-file.ts';

export type Config = StreamConfig | DatagramConfig;

interface FileConfig {
  /** Absolute. */
  readonly path: string;
  /** Octal, such as `0660`. */
  readonly permissions: string;
}

export interface StreamConfig extends FileConfig, Limits {
  readonly mode: 'stream';
}

export interface DatagramConfig extends FileConfig {
  readonly mode: 'datagram';
}

export function schema(kit: ConfigKit) {
  const { z } = kit;
  const limits = limitKeys(kit);
  return z
    .strictObject({
      path: kit
        .path()
        .refine(fits, {
          error: `is too long for a socket: at most ${MAX_PATH_BYTES} bytes with its folder; choose a shorter one`,
        })
        .describe('Socket file; a relative path starts at the folder of this file.'),
      mode: z
        .enum(['stream', 'datagram'])
        .default('stream')
        .describe(
          '"stream" takes connections, in which lines end with LF, "datagram" what DogStatsD clients send (Linux, with the optional package "koffi").',
        ),
      permissions: z
        .string({ error: notAsNumber })
        .regex(/^0?[0-7]{3}$/, { error: 'must be three octal digits, such as "0660"' })
        .default('0722')
        .describe(
          'Permissions of the socket file in octal digits; clients need to write. "0722" lets every user of the machine send, as the Datadog Agent does, "0620" only the group.',
        ),
      // Without `default`, which would hide whether they were written.
      maxConnections: limits.maxConnections.optional().meta({ default: defaultLimits.maxConnections }),
      idleTimeout: limits.idleTimeout.optional().meta({ default: defaultLimits.idleTimeout }),
    })
    .superRefine((config, { addIssue }) => {
      if (config.mode === 'stream') return;
      for (const key of ['maxConnections', 'idleTimeout'] as const) {
        if (config[key] === undefined) continue;
        addIssue({
          code: 'custom',
          path: [key],
          message: 'has no meaning with "mode": "datagram", which has no connections; remove it',
        });
      }
    })
    .transform(({ path, mode, permissions, ...given }): Config => {
      const file = { path, permissions };
      if (mode === 'datagram') return { ...file, mode };
      const { maxConnections = defaultLimits.maxConnections, idleTimeout = defaultLimits.idleTimeout } = given;
      return { ...file, mode, maxConnections, idleTimeout };
    });
}

function notAsNumber({ input }: { readonly input?: unknown }): string | undefined {
  return typeof input === 'number' ? 'is a number; write octal digits in quotes: "0660"' : undefined;
}
