import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';

/** What a server holds against slow and hostile clients. */
export interface ServerLimits {
  readonly maxConnections: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** Milliseconds. */
  readonly headersTimeout: number;
  /** Milliseconds. */
  readonly keepAliveTimeout: number;
}

/** The keys of the limits, without their defaults. */
export function limitKeys({ z, duration }: ConfigKit): { [Key in keyof ServerLimits]: z.ZodType<number> } {
  return {
    maxConnections: z.number().int().min(1).describe('Open connections; more are closed at once.'),
    requestTimeout: duration().describe('Longest time to receive one request.'),
    headersTimeout: duration().describe('Longest time to receive the headers.'),
    keepAliveTimeout: duration().describe('Idle time after which a connection is closed.'),
  };
}
