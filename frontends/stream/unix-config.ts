import { resolve } from 'node:path';
import type { ConfigKit } from '../../src/plugin.ts';
import { defaultLimits, type Limits, limitKeys } from './connections.ts';
import { fits, MAX_PATH_BYTES } from './socket-file.ts';

export type Config = StreamConfig | DatagramConfig;

interface FileConfig {
  /** Relative to the working directory. */
  readonly path: string;
  /** Octal, such as `0660`. */
  readonly permissions?: string | undefined;
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
      path: z
        .string()
        .min(1)
        .refine((path) => !path.includes('\0'), { error: 'must not contain NUL' })
        .refine((path) => fits(resolve(path)), {
          error: `is too long for a socket: at most ${MAX_PATH_BYTES} bytes with its folder; choose a shorter one`,
        })
        .describe('Socket file, relative to the working directory.'),
      mode: z
        .enum(['stream', 'datagram'])
        .default('stream')
        .describe(
          '"stream" takes connections, in which lines end with LF, "datagram" what DogStatsD clients send (Linux, with the optional package "koffi").',
        ),
      permissions: z
        .string()
        .regex(/^0?[0-7]{3}$/, { error: 'must be three octal digits, such as "0660"' })
        .optional()
        .describe('Permissions of the socket file, octal, such as "0660"; clients need to write. Default: the umask.'),
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
      const file = permissions === undefined ? { path } : { path, permissions };
      if (mode === 'datagram') return { ...file, mode };
      const { maxConnections = defaultLimits.maxConnections, idleTimeout = defaultLimits.idleTimeout } = given;
      return { ...file, mode, maxConnections, idleTimeout };
    });
}
