/**
 * The contract between statsdrain and its front-ends and back-ends: the only public types.
 *
 * A plugin is a module whose default export is a {@link FrontendPlugin} or a {@link BackendPlugin}.
 * It imports nothing at run time, so that a plugin that imports it loads nothing else.
 */
import type { z } from 'zod';
import type { Payload } from './plugin-payload.ts';
import type { Contact, Replay } from './plugin-replay.ts';
import type { ServerView } from './plugin-server.ts';
import type { ModuleGuard, StatsdContext, StatusLine } from './plugin-statsd.ts';
import type { SeriesRule, Window } from './plugin-window.ts';

// ---------------------------------------------------------------------------------------------------------------
// Configuration

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

// ---------------------------------------------------------------------------------------------------------------
// Front-ends

/** Metric types of the StatsD and DogStatsD wire formats: `c`, `g`, `ms`, `h`, `d` and `s`. */
export type MetricType = 'counter' | 'gauge' | 'timer' | 'histogram' | 'distribution' | 'set';

/**
 * Why input that a front-end received never reached the parser. Each is a line or a ready sample.
 * `line_too_long`: over the line limit · `truncated`: cut off by the receive buffer · `unterminated`: without the LF that is asked for · `overload`: refused at a memory
 * limit · `bad_value`: a ready sample without a usable value or weight · `unsupported`: well formed, and of a kind that the
 * front-end cannot hand over as samples. All but `overload`, which is dropped, count as rejected.
 */
export type DiscardReason = 'line_too_long' | 'truncated' | 'unterminated' | 'overload' | 'bad_value' | 'unsupported';

/**
 * Where a front-end hands over what it receives. No call throws, waits or keeps the bytes it was given.
 * Every line and every ready sample is counted as received, and then as aggregated, rejected or dropped.
 *
 * Some back-ends take raw packets, as they were received ({@link SendingBackend.packet}). They get them from here: `lines` and
 * `stream` say what one packet is.
 */
export interface Intake {
  /**
   * Takes the StatsD or DogStatsD lines in `bytes[start, end)`; by default in all of `bytes`. A LF ends each line, and may be
   * missing after the last. The bytes of one call are one raw packet: a datagram. `from` is who sent it, where that is known.
   */
  lines(bytes: Uint8Array, start?: number, end?: number, from?: PacketOrigin): void;
  /**
   * Opens one stream of bytes, such as a connection, that comes in chunks: lines may go on from one chunk to the next, and
   * one over the limit is rejected. The lines that end in one chunk are together one raw packet. `from` is who sends the stream,
   * where that is known. `eolRequired`: what is left at the end without a LF is rejected for `unterminated`.
   */
  stream(from?: PacketOrigin, eolRequired?: boolean): LineStream;
  /**
   * One ready sample of any type but `set`. `value` of a gauge is absolute, never a delta.
   * `tags` is a DogStatsD tag section without the `#`: `env:prod,region:eu`. Default: no tags. Each tag is `key:value`, split at the
   * first `:`, or a key alone. A `,` ends a tag and nothing escapes it, so replace those of a value; any other character may stand
   * in a tag, also `:`, `|`, `=` and blanks, and back-ends replace what their own format has no room for. Empty tags are left out,
   * equal ones are one, and their order means nothing. A tag with a control character (below U+0020, or U+007F) has the whole
   * sample rejected for `bad_tag`, as do more or longer tags than `limits` allows (`too_many_tags`, `tag_too_long`). Lone
   * surrogates become U+FFFD.
   * `name` may be anything but empty, with `;key=value` behind it as Graphite tags; one with a control character is rejected for
   * `bad_name`.
   * `weight` is the number of samples that this one stands for, 1 / sample rate: over 0 and finite, default 1. A counter
   * adds `value × weight`; a timer, histogram or distribution takes the value that many times; to a gauge it means nothing.
   * A sample whose value or weight cannot be used is counted as rejected for `bad_value`, whatever its type.
   */
  sample(type: Exclude<MetricType, 'set'>, name: string, value: number, tags?: string, weight?: number): void;
  /** One member of a set. */
  member(name: string, member: string, tags?: string): void;
  /**
   * One series for many ready samples: what `sample` looks up with each call is looked up once. It can be used for as long as
   * the intake, and costs memory for as long as it is kept: keep a bounded number.
   */
  series(type: Exclude<MetricType, 'set'>, name: string, tags?: string): SeriesInput;
  /** Counts lines or samples that were received and thrown away. */
  discard(reason: DiscardReason, count: number): void;
  /** Counts datagrams that the kernel dropped before they could be received. */
  kernelDropped(datagrams: number): void;
  /**
   * Adds to a counter of the front-end's own: `statsdrain.<name>` with the tag `frontend:<its name>`, and with `tags` (`key:value`, of
   * few different values), in the next window.
   */
  count(name: string, value: number, tags?: readonly string[]): void;
}

/** One series of an intake. */
export interface SeriesInput {
  /** As `sample` of the intake. */
  add(value: number, weight?: number): void;
}

/** One stream of bytes that is cut into lines. */
export interface LineStream {
  push(chunk: Uint8Array): void;
  /** The stream ended. What is left without a LF is a line too, but not in the dialect `statsd`, where it is thrown away. */
  end(): void;
}

export interface Frontend {
  /**
   * Resolves once traffic is accepted, with the addresses that it listens on, each as a URL (`udp://127.0.0.1:8125`).
   * Rejects when it cannot listen, and then holds nothing open.
   */
  start(): Promise<readonly string[]>;
  /** May be called twice, and without `start`. After it resolves nothing is pushed into the intake. */
  stop(): Promise<void>;
}

/** An address that is listened on. */
export type ListenAddress =
  | {
      readonly transport: 'udp' | 'tcp';
      readonly host: string;
      /** 0: the system chooses. */
      readonly port: number;
      /** True: `::` takes no IPv4 traffic. */
      readonly ipv6Only?: boolean;
    }
  /** Absolute, or `@name`. */
  | { readonly transport: 'unix'; readonly path: string };

export type SocketType = 'stream' | 'datagram';

/**
 * A socket that was open before the process: a service manager listens for it, or another process has handed it over. What comes while
 * nobody reads waits in the kernel.
 */
export interface InheritedSocket {
  /**
   * Descriptors of sockets that are bound to the address, and listen where they are streams. They belong to who was given them, who
   * closes them. Several only of datagrams: the kernel spreads the senders among them, so all are to be read.
   */
  readonly fds: readonly [number, ...number[]];
  /** Where they are bound. Of one that was found by its name it may be another address than that of the configuration. */
  readonly address: ListenAddress;
  /** Its opener keeps it, and the file of a Unix socket: nobody here removes that. */
  readonly kept: boolean;
}

/** A datagram socket that is read by threads of its own, each with a shard of its own. */
export interface DatagramReceiver {
  /** The port that was bound (0 for a Unix socket). */
  readonly port: number;
  /**
   * Bytes of receive buffer that the kernel granted, as it reports them (Linux: twice what was asked for). 0 for a Unix
   * socket, whose senders wait instead.
   */
  readonly receiveBuffer: number;
  stop(): Promise<void>;
}

export type DatagramOptions = UdpOptions | UnixDatagramOptions;

export interface UdpOptions {
  readonly kind: 'udp';
  /** In digits. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** True: an IPv6 socket takes no IPv4 traffic. */
  readonly ipv6Only: boolean;
  /** Bytes of receive buffer to ask the kernel for, for each receiver. */
  readonly receiveBuffer: number;
  /** Threads, each with a socket of its own among which the kernel spreads the senders. */
  readonly receivers: number;
  /** The last line of a datagram is rejected for `unterminated` where no LF ends it. */
  readonly eolRequired?: boolean;
  /** Bound sockets to read in place of new ones: see {@link InheritedSocket}. Copies are read, these stay open. */
  readonly fds?: readonly number[] | undefined;
}

export interface UnixDatagramOptions {
  readonly kind: 'unix';
  /** A file that does not exist, which is left behind when the receiver stops; or `@name` in the abstract namespace. */
  readonly path: string;
  /** As with UDP. */
  readonly eolRequired?: boolean;
  /** As with UDP. */
  readonly fds?: readonly number[] | undefined;
}

export interface FrontendContext {
  /** The front-end's name, unique among all of them. */
  readonly name: string;
  readonly log: Logger;
  /** True while every front-end accepts traffic and the server is not stopping. */
  ready(): boolean;
  /**
   * True when a back-end takes raw packets, and so wants to know who sent them: `lines` and `stream` of the intake should be told
   * then. It never changes during the life of a front-end.
   */
  readonly tapped: boolean;
  /** What the configuration was read with, for files that are read again. Its paths start from the working directory. */
  readonly kit: ConfigKit;
  /**
   * Opens a datagram socket in receive threads (`recvmmsg` on Linux); what they take counts for this front-end. Gives a sentence
   * with the reason where the system or the installation has no such receiver. Rejects when it cannot listen on the address.
   */
  receiveDatagrams(options: DatagramOptions): Promise<DatagramReceiver | string>;
  /**
   * The socket to take in place of a new one at `address`, where one is there: it has the front-end's name, or that address. To be asked
   * at each start.
   */
  inherited(type: SocketType, address: ListenAddress): InheritedSocket | undefined;
  /**
   * To be called when a front-end that had started can no longer receive: readiness turns red, and it is stopped and started again,
   * after growing waits, until it receives. What may pass by itself is no such failure.
   */
  failed(error: Error): void;
  /** True while this front-end is stopped because another process has its sockets: the files of Unix sockets stay. */
  handedOver(): boolean;
  /** True while this front-end is stopped because another one of its name and plugin takes its place at once. */
  replaced(): boolean;
  /**
   * What outlives this front-end within the process: `make` is called where nothing is kept under `key` yet, and each later call gives
   * the same, also to the front-end of the same name and plugin that takes the place of this one when its block was changed or when it
   * is opened again. A successor may have another configuration, so keep nothing that depends on it, and keep it bounded. It is let go
   * when no such front-end is configured any more.
   */
  kept<T>(key: string, make: () => T): T;
  /**
   * A folder of this front-end's own for what outlives the process, made for the owner only: below that of `spool`. Undefined where
   * none is configured. No other process uses it. Rejects where it cannot be made.
   */
  folder(): Promise<string | undefined>;
  /** Guards a module of the original StatsD daemon. `file` is its absolute path. */
  guardModule(file: string): ModuleGuard;
}

export interface FrontendPlugin<Config = unknown> {
  readonly kind: 'frontend';
  /** `type` in the configuration, and in logs and metrics. */
  readonly name: string;
  /**
   * The schema of the configuration block, without the keys that are statsdrain's own (`type`, `use`, `name`, …). Every key has a
   * description, a sentence or a noun phrase with a full stop. Absent: the block is passed as it is.
   */
  config?(kit: ConfigKit): z.ZodType<Config>;
  /** True: what it takes are lines of StatsD clients, whose names may have tags in them. */
  readonly takesLines?: boolean;
  /**
   * What `statsdrain check` prints behind the name: where it listens, as a URL where there is one, and in parentheses what else is
   * worth knowing (`tcp://127.0.0.1:2003 (pickle)`). Never a secret.
   */
  describe?(config: Config): string;
  /** Where `start` will listen: `check` finds what has the address of another. It opens nothing. */
  listens?(config: Config): readonly ListenAddress[];
  /** Where `statsdrain capture` asks for what comes in (`GET /drains/capture`). Absent: nobody can be asked. */
  contact?(config: Config): Contact;
  /** What `statsdrain replay` reads requests with: as a front-end of this configuration does, but nobody needs a credential. */
  replay?(config: Config): Promise<Replay>;
  /**
   * Judges a file that is none of a configuration but of the plugin's own, for `statsdrain check`; undefined where it is no such file.
   * `text` is what is in it, and `shown` how messages are to call it.
   */
  checkFile?(text: string, shown: string, kit: ConfigKit): CheckedFile | undefined;
  /**
   * Begins what takes long and needs no socket, while back-ends start: loads what `create` will, and says with how many threads
   * `receiveDatagrams` will be asked to receive. What fails here fails again, and is told, in `start`.
   */
  prepare?(config: Config, receiveThreads: (threads: number) => void): void;
  /** Opens nothing: that belongs to `start`. */
  create(config: Config, intake: Intake, context: FrontendContext): Frontend;
}

export interface CheckedFile {
  /** `invalid`: it cannot be used · `failed`: it can, and does not do what it says itself. */
  readonly verdict: 'good' | 'invalid' | 'failed';
  /** What is printed, one line each. Of an `invalid` one these are the mistakes. */
  readonly lines: readonly string[];
}

// ---------------------------------------------------------------------------------------------------------------
// Windows

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

// ---------------------------------------------------------------------------------------------------------------
// Back-ends

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

/** Who sent bytes, as far as it is known. The fields are called as in the `rinfo` of `node:dgram`. A Unix socket has none of them. */
export interface PacketOrigin {
  /** In digits. */
  readonly address?: string;
  readonly port?: number;
  readonly family?: 'IPv4' | 'IPv6';
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
