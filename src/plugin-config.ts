/** Configuration and the log: what front-ends and back-ends are given alike. */
import type { z } from 'zod';

/** What a plugin builds its configuration schema from. Handed in, so that a plugin need not load zod itself. */
export interface ConfigKit {
  readonly z: typeof z;
  /** `"10s"`, `"500ms"`, `"5m"`, `"1h"` or a number of milliseconds. Gives milliseconds. */
  duration(): z.ZodType<number>;
  /** `"8KiB"`, `"4MB"` or a number of bytes. Gives bytes. */
  bytes(): z.ZodType<number>;
  /** A TCP or UDP port, 0 to 65535; 0 lets the system choose. */
  port(): z.ZodType<number>;
  /** A non-empty string that error messages never quote. */
  secret(): z.ZodType<string>;
  /** A path in the file system; a relative one starts at the folder of the configuration file. Gives it absolute. */
  path(): z.ZodType<string>;
  /** Likewise of a Unix socket: `@name`, given as it is, is one in the abstract namespace of Linux. */
  socketPath(): z.ZodType<string>;
  /** Judges a text of JSON, such as a file of a plugin's own, by a schema that waits for nothing. */
  json<T>(schema: z.ZodType<T>, text: string): Judged<T>;
}

export type Judged<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Misfit[] };

/** One mistake in a text of JSON. */
export interface Misfit {
  /** Keys and list positions from the root. */
  readonly path: readonly (string | number)[];
  /** The same in words: `rules[1].name`, or `line 3, column 5`; empty for the root. */
  readonly place: string;
  /** What was given in quotes, and what is allowed. */
  readonly text: string;
}

/** The log: a message and its fields, on standard error. Never pass a secret. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;
