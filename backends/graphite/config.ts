import type { BackendPlugin } from '../../src/plugin.ts';
import type { TagStyle } from './names.ts';

export interface GraphiteConfig {
  readonly host: string;
  readonly port: number;
  /** Put before every path with a dot; may be empty. */
  readonly prefix: string;
  readonly tags: TagStyle;
}

export const config: NonNullable<BackendPlugin<GraphiteConfig>['config']> = ({ z, port }) =>
  z.strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Host name or address of carbon, or of a relay'),
    port: port()
      .refine((number) => number > 0, 'cannot be connected to; carbon listens on 2003')
      .default(2003)
      .describe('TCP port of the plaintext protocol'),
    prefix: z
      .string()
      .regex(/^(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?$/, {
        error: 'must be words of letters, digits, "_" and "-" joined by dots, or empty',
      })
      .default('stats')
      .describe('Put before every path; empty for none'),
    tags: z
      .enum(['graphite', 'drop'])
      .default('graphite')
      .describe(
        '"graphite" appends tags to the path as ";key=value"; "drop" leaves them out, and of series that differ only in their tags the last one wins',
      ),
  });
