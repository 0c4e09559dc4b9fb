import type { z } from 'zod';
import { defaults, statsdDefaults } from './defaults.ts';
import type { dialect } from './dialect.ts';
import type { toSettings } from './root.ts';

type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/**
 * Everything in the configuration but the plugins, as the schemas give it: they say what each key means. Durations are
 * milliseconds, sizes bytes. Plain data: it can be posted to another thread.
 */
export type Settings = Immutable<ReturnType<typeof toSettings>> & {
  /** Milliseconds from one hand-over of the shards to the next. Absent: `flushIntervalMs`. */
  readonly tickMs?: number;
  /** Milliseconds of the longest windows. Absent: `flushIntervalMs`. */
  readonly longestMs?: number;
};

export type Limits = Settings['limits'];
export type Expire = Settings['expire'];
export type QueueSettings = Settings['queue'];
export type RetrySettings = Settings['retry'];
export type SpoolSettings = NonNullable<Settings['spool']>;
export type StatsdSettings = NonNullable<Settings['statsd']>;
export type KeyFlushSettings = NonNullable<StatsdSettings['keyFlush']>;

export type Dialect = z.output<typeof dialect>;

export const defaultSettings: Settings = defaults;
export const defaultStatsdSettings: StatsdSettings = statsdDefaults;
