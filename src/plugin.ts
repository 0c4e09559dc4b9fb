/**
 * The contract between statsdrain and its front-ends and back-ends: the only public types.
 *
 * A plugin is a module whose default export is a {@link FrontendPlugin} or a {@link BackendPlugin}.
 * It imports nothing at run time, so that a plugin that imports it loads nothing else.
 */
import type { z } from 'zod';
import type { ModuleGuard, StatsdContext, StatusLine } from './plugin-statsd.ts';
import type { Window } from './plugin-window.ts';

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
}

/** Readable log with fields. Messages go to stderr; never pass a secret. */
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
 * `line_too_long`: over the line limit · `truncated`: cut off by the receive buffer · `overload`: refused at a memory
 * limit · `bad_value`: a ready sample without a usable number.
 */
export type DiscardReason = 'line_too_long' | 'truncated' | 'overload' | 'bad_value';

/**
 * Where a front-end hands over what it receives. No call throws, waits or keeps the bytes it was given.
 * Every line and every ready sample is counted as received, and then as aggregated, rejected or dropped.
 */
export interface Intake {
  /**
   * StatsD or DogStatsD lines in `bytes[start, end)`, separated by LF; the last LF is optional. Default: all of it. For
   * back-ends that take raw packets it is one, that came `from` there.
   */
  lines(bytes: Uint8Array, start?: number, end?: number, from?: PacketOrigin): void;
  /**
   * Framing for one byte stream (a connection, a body): lines are cut at LF across chunks, under the line limit. For
   * back-ends that take raw packets the lines that end in a chunk are one, that came `from` there.
   */
  stream(from?: PacketOrigin): LineStream;
  /**
   * One ready sample of any type but `set`. `value` of a gauge is absolute, never a delta.
   * `tags` is a DogStatsD tag section without the `#`: `env:prod,region:eu`. Default: no tags.
   */
  sample(type: Exclude<MetricType, 'set'>, name: string, value: number, tags?: string): void;
  /** One member of a set. */
  member(name: string, member: string, tags?: string): void;
  /**
   * A series to which many ready samples go: what `sample` looks up with each call is looked up once. It stays valid for
   * as long as the intake; it costs memory for as long as it is kept, so keep a bounded number.
   */
  series(type: Exclude<MetricType, 'set'>, name: string, tags?: string): SeriesInput;
  /** `count` lines or samples were received and thrown away. */
  discard(reason: DiscardReason, count: number): void;
  /** `datagrams` were dropped by the kernel before they could be received. */
  kernelDropped(datagrams: number): void;
  /** The front-end's own counter: `statsdrain.<name>` with this front-end's tag in the next window. */
  count(name: string, value: number): void;
}

/** One series of an intake. */
export interface SeriesInput {
  /** As `sample` of the intake. */
  add(value: number): void;
}

/** Cuts one byte stream into lines. */
export interface LineStream {
  push(chunk: Uint8Array): void;
  /** The stream ended: a tail without LF is taken as a line. */
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

/** A datagram socket read by threads of its own, each with its own share of the aggregate. */
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
  /** IPv6 sockets only take IPv6 traffic when true. */
  readonly ipv6Only: boolean;
  /** Bytes of receive buffer to ask the kernel for, for each receiver. */
  readonly receiveBuffer: number;
  /** Threads, each with a socket of its own among which the kernel spreads the senders. */
  readonly receivers: number;
}

export interface UnixDatagramOptions {
  readonly kind: 'unix';
  /** A file that does not exist. It is left behind when the receiver stops. */
  readonly path: string;
}

export interface FrontendContext {
  /** The front-end's name, unique among all of them. */
  readonly name: string;
  readonly log: Logger;
  /** True while every front-end accepts traffic and the server is not stopping. */
  ready(): boolean;
  /** A back-end takes raw packets: it wants to know where each came from. Constant for the life of a front-end. */
  readonly tapped: boolean;
  /**
   * Opens a datagram socket in receive threads that feed this front-end's account (Linux, `recvmmsg`).
   * Gives a sentence with the reason where the system or the installation has no fast receiver; rejects when the
   * address cannot be bound.
   */
  receiveDatagrams(options: DatagramOptions): Promise<DatagramReceiver | string>;
  /**
   * To be called when a front-end that had started can no longer receive: readiness turns red, and it is stopped and started again,
   * after growing waits, until it receives. What may pass by itself is no such failure.
   */
  failed(error: Error): void;
  /** `file`: the module's absolute path. */
  guardModule(file: string): ModuleGuard;
}

export interface FrontendPlugin<Config = unknown> {
  readonly kind: 'frontend';
  /** `type` in the configuration, and in logs and metrics. */
  readonly name: string;
  /** The keys of the configuration block, without `type`, `use` and `name`. Absent: the block is passed as it is. */
  config?(kit: ConfigKit): z.ZodType<Config>;
  /** Where it listens, as `statsdrain check` prints it. Never a secret. */
  describe?(config: Config): string;
  /** Opens nothing: that belongs to `start`. */
  create(config: Config, intake: Intake, context: FrontendContext): Frontend;
}

// ---------------------------------------------------------------------------------------------------------------
// Windows

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

export interface Backend {
  /** Resolves when it can take windows; a back-end that listens gives its addresses as URLs. Need not connect. */
  start?(): Promise<readonly string[] | undefined>;
  /**
   * Called once per window, in order, and never concurrently with itself. When it rejects, dispatch calls it again
   * with the same window until it succeeds or the window is too old. A rejection with an `Error` whose `permanent`
   * is true is not retried; one whose `retryAfterMs` is a number is retried no earlier. `signal` aborts at the
   * deadline of the attempt. A back-end keeps no queue, no timer and no retry code of its own.
   */
  send(window: Window, signal: AbortSignal): Promise<void>;
  /**
   * Each raw packet (a datagram, or the complete lines of one read of a stream) before it is parsed. Absent: none is
   * copied. Looked up once after `start`. Packets come in the order of their front-end; when too many wait they are
   * dropped and counted. The bytes may be kept.
   */
  packet?(packet: Uint8Array, from: PacketSource): void;
  /** What the command `stats` of the admin interface prints about this back-end, in order. */
  status?(): readonly StatusLine[];
  /** May be called twice, and without `start`. */
  stop?(): Promise<void>;
}

/** Where bytes came from, in the fields of `dgram`'s `rinfo`. A Unix socket has no address. */
export interface PacketOrigin {
  readonly address?: string;
  readonly port?: number;
  readonly family?: 'IPv4' | 'IPv6';
}

export interface PacketSource extends PacketOrigin {
  readonly transport: 'datagram' | 'stream';
  /** Bytes. */
  readonly size: number;
}

/** What dispatch reads from the errors that `send` rejects with. */
export interface SendError extends Error {
  readonly permanent?: boolean;
  readonly retryAfterMs?: number;
}

/** An error for {@link Backend.send} to reject with. */
export function sendError(
  message: string,
  options: { readonly permanent?: boolean; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
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
  /** Items (series, events, checks) of an otherwise delivered window that were not delivered, by reason. */
  lost(reason: string, items: number): void;
  /** The back-end's own counter: `statsdrain.<name>` with this back-end's tag in the next window. */
  count(name: string, value: number): void;
  /** Of the series `name`; undefined for one of a user, or of a plugin. */
  ownMetric(name: string): OwnMetric | undefined;
  /** What modules of the original StatsD daemon are told at the start. */
  readonly statsd: StatsdContext;
  /** `file`: the module's absolute path. */
  guardModule(file: string): ModuleGuard;
}

export interface BackendPlugin<Config = unknown> {
  readonly kind: 'backend';
  /** `type` in the configuration, and in logs and metrics. */
  readonly name: string;
  /** The keys of the configuration block, without `type`, `use` and `name`. Absent: the block is passed as it is. */
  config?(kit: ConfigKit): z.ZodType<Config>;
  /** Where it sends, as `statsdrain check` prints it. Never a secret. */
  describe?(config: Config): string;
  /** True when a back-end with this configuration reads `window.statsd`: only then is it kept. */
  readsStatsd?(config: Config): boolean;
  /** Opens nothing: that belongs to `start`. */
  create(config: Config, context: BackendContext): Backend;
}
