import { eolKey } from '../../src/kit/end-of-line.ts';
import type { ConfigKit } from '../../src/plugin.ts';
import { isAbstract } from './abstract.ts';
import { defaultLimits, type Limits, limitKeys } from './connections.ts';
import { fits, MAX_PATH_BYTES } from './socket-file.ts';

export type Config = StreamConfig | DatagramConfig;

interface SocketConfig {
  /** Absolute, or `@name` in the abstract namespace. */
  readonly path: string;
  /** Octal, such as `0660`; a name in the abstract namespace has none. */
  readonly permissions: string;
  readonly eolRequired: boolean;
}

export interface StreamConfig extends SocketConfig, Limits {
  readonly mode: 'stream';
}

export interface DatagramConfig extends SocketConfig {
  readonly mode: 'datagram';
}

const PERMISSIONS = '0722';

export function schema(kit: ConfigKit) {
  const { z } = kit;
  const limits = limitKeys(kit);
  return z
    .strictObject({
      path: kit
        .socketPath()
        .refine((path) => fits(path) && path !== '@', {
          error: `is too long for a socket: at most ${MAX_PATH_BYTES} bytes with its folder; choose a shorter one`,
        })
        .refine((path) => !isAbstract(path) || process.platform === 'linux', {
          error: 'is a name in the abstract namespace, which only Linux has; give the path of a file',
        })
        .describe(
          'Socket file; a relative path starts at the folder of this file. "@name" is one in the abstract namespace (Linux), without a file.',
        ),
      mode: z
        .enum(['stream', 'datagram'])
        .default('stream')
        .describe(
          '"stream" takes connections, in which lines end with LF, "datagram" what DogStatsD clients send (Linux, with the optional package "koffi").',
        ),
      permissions: z
        .string({ error: notAsNumber })
        .regex(/^0?[0-7]{3}$/, { error: 'must be three octal digits, such as "0660"' })
        .optional()
        .meta({ default: PERMISSIONS })
        .describe(
          'Permissions of the socket file in octal digits; clients need to write. "0722" lets every user of the machine send, as the Datadog Agent does, "0620" only the group.',
        ),
      // Without `default`, which would hide whether they were written.
      maxConnections: limits.maxConnections.optional().meta({ default: defaultLimits.maxConnections }),
      idleTimeout: limits.idleTimeout.optional().meta({ default: defaultLimits.idleTimeout }),
      ...eolKey(kit),
    })
    .superRefine((config, { addIssue }) => {
      if (isAbstract(config.path) && config.permissions !== undefined) {
        const message =
          'has no meaning with a "path" in the abstract namespace, to which everybody may write; remove it';
        addIssue({ code: 'custom', path: ['permissions'], message });
      }
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
    .transform(({ path, mode, permissions = PERMISSIONS, eolRequired, ...given }): Config => {
      const socket = { path, permissions, eolRequired };
      if (mode === 'datagram') return { ...socket, mode };
      const { maxConnections = defaultLimits.maxConnections, idleTimeout = defaultLimits.idleTimeout } = given;
      return { ...socket, mode, maxConnections, idleTimeout };
    });
}

function notAsNumber({ input }: { readonly input?: unknown }): string | undefined {
  return typeof input === 'number' ? 'is a number; write octal digits in quotes: "0660"' : undefined;
}
