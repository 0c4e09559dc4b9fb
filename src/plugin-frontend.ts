/** Front-ends: what they are, and what they put their lines and samples into. */
import type { z } from 'zod';
import type { ConfigKit, Logger } from './plugin-config.ts';
import type { Contact, Replay } from './plugin-replay.ts';
import type { ModuleGuard } from './plugin-statsd.ts';

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

/** Who sent bytes, as far as it is known. The fields are called as in the `rinfo` of `node:dgram`. A Unix socket has none of them. */
export interface PacketOrigin {
  /** In digits. */
  readonly address?: string;
  readonly port?: number;
  readonly family?: 'IPv4' | 'IPv6';
}
