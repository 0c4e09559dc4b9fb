import type { MessagePort } from 'node:worker_threads';
import type { MappingRules } from '../config/mapping-rules.ts';
import type { Settings } from '../config/settings.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import type { PacketsMessage } from '../packets/message.ts';
import type { TappedMessage } from '../packets/tap-message.ts';
import type { TapWish } from '../packets/tap-wish.ts';
import type { FrontendAccount, Partial } from '../partial/partial.ts';
import type { LineExplanation } from '../plugin.ts';
import type { PlacedReference } from '../process/reference.ts';
import type { Secret } from '../process/secrets.ts';

/** What crosses between the main thread and the dispatch thread. Receive threads send `partial` on ports of their own. */

/** A back-end to run: the module is imported again in the dispatch thread. */
export interface BackendSpec {
  readonly name: string;
  readonly module: string;
  readonly config: unknown;
  readonly references?: readonly PlacedReference[] | undefined;
  /** Tells on reload whether the back-end changed. */
  readonly block: string;
  /** The rules for what series are called that apply to its windows. */
  readonly mapping?: MappingRules | undefined;
  /** Milliseconds of its windows. Absent: those of the configuration. */
  readonly intervalMs?: number | undefined;
}

export type ToDispatch =
  | {
      readonly kind: 'start' | 'reload';
      readonly settings: Settings;
      readonly backends: readonly BackendSpec[];
      /** Of front-ends, those that are gone included. Absent: they have none. */
      readonly frontendRules?: readonly FrontendKeys[];
      /** Absolute path of the configuration. Absent: not known. */
      readonly configFile?: string | undefined;
      /** What neither the log nor the admin interface may show. Absent: nothing. */
      readonly secrets?: readonly Secret[];
      /** Unix seconds, whole. */
      readonly startupTime: number;
    }
  /** Front-ends accept traffic: whatever tells others that the server is up may open. */
  | { readonly kind: 'open' }
  /** Answers `reloadWanted`; `failure`: what is wrong with the configuration. */
  | { readonly kind: 'reloaded'; readonly failure: string | undefined }
  /** Do you still run? */
  | { readonly kind: 'ping' }
  /** A shard that will hand over partials: on `port`, or on this channel where there is none. */
  | { readonly kind: 'shard'; readonly index: number; readonly port: MessagePort | undefined }
  | PartialMessage
  | AccountMessage
  | PacketsMessage
  | TappedMessage
  /** What runs in front of the shards, whenever that changes. */
  | { readonly kind: 'frontends'; readonly frontends: readonly FrontendNow[] }
  /** Answers `explain`. */
  | { readonly kind: 'explained'; readonly id: number; readonly answer: Explained }
  /** A thread ended without handing over the last partial of its shard. */
  | { readonly kind: 'shardLost'; readonly index: number }
  /** Every shard has been told to hand over its last partial. `discard`: nothing ever ran, so there is nothing to send. */
  | { readonly kind: 'stop'; readonly discard: boolean };

export interface PartialMessage {
  readonly kind: 'partial';
  readonly partial: Partial;
  /** Longest stall of the sending thread's event loop in milliseconds; undefined for a thread without one. */
  readonly lagMs: number | undefined;
}

/** What became of lines since a shard handed over last, because somebody looks. */
export interface AccountMessage {
  readonly kind: 'account';
  readonly shard: number;
  readonly accounts: readonly FrontendAccount[];
}

export interface FrontendNow {
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  /** False while it is down and to be opened again. */
  readonly receiving: boolean;
}

export type Explained =
  | { readonly ok: true; readonly explanations: readonly LineExplanation[] }
  | { readonly ok: false; readonly failure: string };

export type FromDispatch =
  /** Answers `start`, and `reload`: then `failures` holds the back-ends that could not start. */
  | {
      readonly kind: 'running';
      readonly listeners: readonly { readonly backend: string; readonly addresses: readonly string[] }[];
      readonly failures: readonly { readonly backend: string; readonly message: string }[];
      /** Whether something reads raw packets. */
      readonly packets: boolean;
      /** Whether something wants to know how many lines series were in. */
      readonly lines: boolean;
    }
  /** Answers `open`: where the admin interface listens, and why it cannot. */
  | { readonly kind: 'opened'; readonly admin: readonly string[]; readonly failure: string | undefined }
  | { readonly kind: 'pong' }
  /** Somebody wants the configuration to be read again. */
  | { readonly kind: 'reloadWanted' }
  /** Every shard is to tell what became of lines since it handed over last. */
  | { readonly kind: 'tellAccounts' }
  /** What becomes of this line? */
  | { readonly kind: 'explain'; readonly id: number; readonly line: string }
  /** Lines are to be copied for these taps, and for no others. */
  | { readonly kind: 'taps'; readonly taps: readonly TapWish[] }
  /** Every shard is to hand over what it has of the open window. */
  | { readonly kind: 'handOver' }
  /** Windows that were not delivered since the start, by back-end. */
  | { readonly kind: 'stopped'; readonly lostWindows: ReadonlyMap<string, number> };
