/**
 * The contract between statsdrain and its front-ends and back-ends: the only public types.
 *
 * A plugin is a module whose default export is a {@link FrontendPlugin} or a {@link BackendPlugin}.
 * It imports nothing at run time, so that a plugin that imports it loads nothing else.
 */
import type { z } from 'zod';
import type { ConfigKit, Logger } from './plugin-config.ts';
import type { ListenAddress, MetricType, PacketOrigin } from './plugin-frontend.ts';
import type { Payload } from './plugin-payload.ts';
import type { ServerView } from './plugin-server.ts';
import type { ModuleGuard, StatsdContext, StatusLine } from './plugin-statsd.ts';
import type { SeriesRule, Window } from './plugin-window.ts';

export type * from './plugin-config.ts';
export type * from './plugin-frontend.ts';
export type * from './plugin-payload.ts';
export type * from './plugin-replay.ts';
export type * from './plugin-server.ts';
export type * from './plugin-statsd.ts';
export type * from './plugin-window.ts';

/** Names of statsdrain's own series start with this. */
export const SELF_PREFIX = 'statsdrain.';

/** What is known about one of statsdrain's own series. */
export interface OwnMetric {
  /** Half a sentence. */
  readonly meaning: string;
  /** Of its values, where they are not numbers of something. */
  readonly unit?: 'milliseconds' | 'bytes';
}

/** One of two kinds: one that folds windows into something of its own, and one that sends them over a network. */
export type Backend = FoldingBackend | SendingBackend;

/** What a series is called: its name, its tags as in {@link Series}, and its host where one was sent. */
export interface SeriesName {
  readonly name: string;
  readonly tags: readonly string[];
  readonly host?: string;
  /** Its tags in the order in which they were sent, where it matters which came last: two of them have keys that look alike. */
  readonly sent?: readonly string[];
}

/** What a series is called, and the tags of one key of it that are no part of its name. */
export interface RenamedSeries extends SeriesName {
  /**
   * Of a counter, timer, histogram or distribution: labels, `name:value` each, of the exemplars that are made of its values
   * ({@link CounterSeries.exemplars}). Keys that differ in them alone are one series. Absent: there are none.
   */
  readonly exemplar?: readonly string[] | undefined;
}

/**
 * What series are called in the world of a back-end. Those that become alike are merged before it sees them, as if they had been sent
 * so: counters add, of gauges the last one counts. Back-ends with equal `id` share windows.
 */
export interface Naming {
  /** Of what `rename` does: equal for two namings, of back-ends of any kind, that rename all series alike. */
  readonly id: string;
  /**
   * Undefined: the back-end cannot take a series of this name; it is counted as lost for `bad_name`. Gives its argument where nothing is to
   * be changed, and never changes it. Called once for each key (name and tags as sent), and as the series first come for statsdrain's own. An
   * error is logged, and means the same as undefined; so does a name that begins with {@link SELF_PREFIX} for what was received.
   */
  rename(type: MetricType, series: SeriesName): RenamedSeries | undefined;
}

interface AnyBackend {
  /** What its windows call series. Looked at once, before `start`. Absent: as they were sent, behind the rules of the configuration. */
  readonly naming?: Naming;
  /** True: it holds series itself, so that its windows list those that received something and no others. Looked at as `naming` is. */
  readonly updatedOnly?: boolean;
  /** True: series of its windows say how many lines they were in (`lines`), and others have room for it too. Looked at as `naming` is. */
  readonly wantsLines?: boolean;
  /**
   * What a reader finds where it writes, of a series that its windows call so: names, paths, one for each thing that it writes. For `explain` and the live
   * page: called before `start`, and with what nobody ever sent. Empty: it refuses such a series. `rule`: what a rule says besides.
   */
  written?(type: MetricType, series: SeriesName, rule: SeriesRule | undefined): readonly string[];
  /** Resolves when windows can be sent. A back-end that listens gives its addresses as URLs; one that connects may do so later. */
  start?(): Promise<readonly string[] | undefined>;
  /**
   * Takes the raw packets of all front-ends: what was received, before anybody has read it. A packet is a datagram, or the lines
   * that one read of a connection completed ({@link Intake}). Packets of one front-end come in order, and their bytes may be
   * kept. 8 MiB of packets may wait for the back-ends; what is over that is dropped and counted. An error that this
   * throws is counted and logged, and ends nothing.
   *
   * Whether the function is there is looked at once, when `start` has resolved. Where no back-end has one, no packet is copied.
   */
  packet?(packet: Uint8Array, from: PacketSource): void;
  /** What the command `stats` of the admin interface prints about this back-end, in order. */
  status?(): readonly StatusLine[];
  /** Called once front-ends accept traffic: whoever asks it from now on may take it that the server is up. Perhaps called again. */
  opened?(): void;
  /** The server stops: `stop` is called once the last window was sent. */
  ending?(): void;
  /** May be called twice, and without `start`. */
  stop?(): Promise<void>;
  /** Milliseconds that `stop` may take, besides 2000. Default: 0. */
  readonly stopMs?: number;
}

/** Takes whole windows: a page that is scraped, a terminal. */
export interface FoldingBackend extends AnyBackend {
  /**
   * Sends one window. It is called with one window after the other, and never twice at the same time. When it rejects it is called
   * again with the same window, after growing waits, until it resolves or the window is too old; the error may say more
   * ({@link SendError}). `signal` aborts at the deadline of the attempt. A back-end keeps no queue, no timer and no retry
   * code of its own.
   *
   * All back-ends share one thread with the merging of windows and with scrapes, so `send` gives way to other work (`await` of
   * `setImmediate`) at least every few milliseconds, which is every few thousand series. A window may have a million.
   */
  send(window: Window, signal: AbortSignal): Promise<void>;
  /**
   * What it has to know again after a restart, in pieces of at most some 100 KB; undefined where there is nothing to be kept now. Called where
   * the configuration names a folder for it: from time to time, perhaps while `send` is under way (what it gives is of whole windows), and with
   * `last` once more when `stop` has resolved. Gives way to other work, as `send` does.
   */
  save?(last: boolean): AsyncIterable<Uint8Array> | undefined;
  /**
   * Called before `start` with what `save` of a back-end of the same name gave last, in this process or an earlier one. Resolves with the
   * number of series that are back. When it rejects, what was kept is put aside, and another back-end is made in place of this one.
   */
  restore?(kept: KeptState): Promise<number>;
}

/** What was kept of a back-end. It was checked: it is as it was written. */
export interface KeptState {
  /** The pieces of `save`, as they were. To be walked once. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Milliseconds since they were written. */
  readonly ageMs: number;
  /** False: the back-end went on after it had given them, so that what they say may be older than what others have seen of it. */
  readonly orderly: boolean;
}

/**
 * Encodes a window once, into payloads; each then waits and is delivered on its own. Every lane has its queue, its pace and its
 * retries, which are all dispatch's: an endpoint that is down keeps nothing waiting that goes elsewhere.
 */
export interface SendingBackend extends AnyBackend {
  /** The names of its lanes: one for each destination and endpoint. Part of metrics and log lines. They never change. */
  readonly lanes: readonly string[];
  /**
   * Whether the requests of a lane go one after the other, the oldest first, so that the values of a series arrive in their order. By
   * `windows`: those of one window at the same time, and those of the next behind them. Default: four at a time.
   */
  readonly inOrder?: boolean | 'windows';
  /** Called with one window after the other, once each. Gives way to other work, as `send` does. An error gives up the rest of the window. */
  encode(window: Window): AsyncIterable<Payload>;
  /**
   * Sends one payload to one of its lanes; several at a time. Resolves when it was taken. When it rejects, the error says
   * what becomes of it ({@link SendError}): by default it is sent again, after growing waits, until it is too old. A payload may come
   * from a predecessor with the same name. `signal` aborts at the deadline of the attempt.
   */
  deliver(payload: Payload, lane: string, signal: AbortSignal): Promise<void>;
}

/** What is known of a raw packet besides its bytes. */
export interface PacketSource extends PacketOrigin {
  /** Whether it came through `lines` of the intake or through `stream`. */
  readonly transport: 'datagram' | 'stream';
  /** Bytes of the packet. */
  readonly size: number;
}

/** What is read from the errors that `send` and `deliver` reject with. */
export interface SendError extends Error {
  /** Another attempt is useless: the window, or the payload, is given up and counted. */
  readonly permanent?: boolean;
  /** Milliseconds before which the next attempt should not come. */
  readonly retryAfterMs?: number;
  /** Of `deliver`, with `permanent`: why its items are lost, as in metrics. Default: `refused`. */
  readonly reason?: string;
  /** Of `deliver`: what is to be sent instead, such as the halves of a payload that was too large; at once, unless there is a `retryAfterMs`. */
  readonly smaller?: readonly Payload[];
  /** Of `deliver`: it may have been taken all the same, and to send it again is not harmless. It is sent again, and counted. */
  readonly ambiguous?: boolean;
}

/** An error for `send` or `deliver` to reject with. */
export function sendError(
  message: string,
  options: Pick<SendError, 'permanent' | 'retryAfterMs' | 'reason' | 'smaller' | 'ambiguous'> & {
    readonly cause?: unknown;
  } = {},
): SendError {
  const { cause, ...rest } = options;
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), rest);
}

export interface BackendContext {
  /** The back-end's name, unique among all of them. */
  readonly name: string;
  readonly log: Logger;
  /** Configured percentiles, such as 90 or 99.9. */
  readonly percentiles: readonly number[];
  /** Length of its windows in milliseconds. */
  readonly intervalMs: number;
  /**
   * Items (series, events, checks) that could not be sent with a window, by reason: each once, however many attempts the
   * window takes. A held series (`updated: false`) that is not sent is none of them. A window that is not delivered at all is
   * counted by dispatch.
   */
  lost(reason: string, items: number): void;
  /**
   * Adds to a counter of the back-end's own: `statsdrain.<name>` with the tag `backend:<its name>`, and with `tags` (`key:value`, of few
   * different values), in the next window.
   */
  count(name: string, value: number, tags?: readonly string[]): void;
  /**
   * What the reference at this place of the block (`['apiKey']`) stands for by now: its file is read again. What it gives is kept from the
   * log. Undefined where no reference stands there; throws where it cannot be followed, with the reason.
   */
  reread(place: readonly (string | number)[]): string | undefined;
  /**
   * Sends it a window with what was received up to now, however long it is: a scrape shows then what there is. Of a folding back-end `send` has
   * resolved with it when this does. Back-ends that share its windows ({@link AnyBackend.updatedOnly}, equal names, rules and intervals) get it too; others
   * have their windows as ever.
   */
  refresh(): Promise<void>;
  /** Has the configuration read again, as SIGHUP does. Rejects with what is wrong with it; then all goes on as before. */
  reload(): Promise<void>;
  /** Names that came and that no rule of the mapping for this back-end fits, the latest last. Empty where there is none. */
  unmapped(): readonly UnmappedName[];
  /** What the server does, for those that show it. */
  readonly server: ServerView;
  /** Of the series `name`; undefined for one of a user, or of a plugin. */
  ownMetric(name: string): OwnMetric | undefined;
  /** What modules of the original StatsD daemon are told at the start. */
  readonly statsd: StatsdContext;
  /** Guards a module of the original StatsD daemon. `file` is its absolute path. */
  guardModule(file: string): ModuleGuard;
}

/** A name that no rule of a mapping fits. */
export interface UnmappedName {
  /** As it was sent. */
  readonly name: string;
  readonly type: MetricType;
}

/** One thing that `probe` asked. */
export interface Probed {
  readonly good: boolean;
  /** What was asked and what was found, or why not. */
  readonly text: string;
}

export interface BackendPlugin<Config = unknown> {
  readonly kind: 'backend';
  /** `type` in the configuration, and in logs and metrics. */
  readonly name: string;
  /**
   * The schema of the configuration block, without the keys that are statsdrain's own (`type`, `use`, `name`, …). Every key has a
   * description, a sentence or a noun phrase with a full stop. Absent: the block is passed as it is.
   */
  config?(kit: ConfigKit): z.ZodType<Config>;
  /** What `statsdrain check` prints behind the name: where it sends, in the form of a front-end's. Never a secret. */
  describe?(config: Config): string;
  /** Where `start` will listen: `check` finds what has the address of another. It opens nothing. */
  listens?(config: Config): readonly ListenAddress[];
  /**
   * What `statsdrain check --online` does: asks the server whether it takes windows, without sending one, and ends what it opened. Resolves
   * with what was found, half a sentence, or several of them; rejects with the reason and the remedy. `signal` aborts when it takes too long.
   * Never a secret.
   */
  probe?(config: Config, signal: AbortSignal): Promise<string | readonly Probed[]>;
  /**
   * True: whoever uses it is used to tags in all styles, so that front-ends that take lines read all of them (`tagStyles`) where their blocks do
   * not say otherwise.
   */
  readonly wantsTagStyles?: boolean;
  /**
   * Milliseconds: its windows are no longer where its block has no `interval`; Infinity: as long as the root says, as where this is absent. `ttlMs`: the
   * shortest time to live that a rule of its mapping gives to series, which nobody can keep to in longer windows; Infinity: there is none.
   */
  longestIntervalMs?(config: Config, ttlMs: number): number;
  /** What stands against windows of this length (milliseconds), and the remedy: half a sentence. Undefined: nothing. */
  refuses?(config: Config, intervalMs: number): string | undefined;
  /** True when a back-end with this configuration reads `window.statsd`: only then is it kept. */
  readsStatsd?(config: Config): boolean;
  /** Opens nothing: that belongs to `start`. */
  create(config: Config, context: BackendContext): Backend;
}
