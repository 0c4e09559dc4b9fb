import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';

/** What a server holds against slow and hostile clients. */
export interface ServerLimits {
  readonly maxConnections: number;
  /** Absent or 0: as many as `maxConnections`. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** Milliseconds. */
  readonly headersTimeout: number;
  /** Milliseconds. */
  readonly keepAliveTimeout: number;
}

/** The keys of the limits, without their defaults. */
export function limitKeys({ z, duration }: ConfigKit): { [Key in keyof Required<ServerLimits>]: z.ZodType<number> } {
  return {
    maxConnections: z
      .number()
      .int()
      .min(1)
      .describe('Open connections. For one more the idlest is closed that never posted, or else the new one.'),
    maxConnectionsPerAddress: z
      .number()
      .int()
      .min(0)
      .describe('Likewise of one address, which all clients behind a proxy share; 0 is as many as "maxConnections".'),
    requestTimeout: duration().describe('Longest time to receive one request.'),
    headersTimeout: duration().describe('Longest time to receive the headers.'),
    keepAliveTimeout: duration().describe('Idle time after which a connection is closed.'),
  };
}
