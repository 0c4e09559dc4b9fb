import type { Body } from '../../../src/kit/http/body.ts';
import type { Exemplar, FamilyType } from '../exposition/encoder.ts';
import type { ProtobufWriter } from '../exposition/protobuf-writer.ts';
import type { NativeCounts } from './native.ts';

/** Versions of the protocol: `prometheus.WriteRequest` and `io.prometheus.write.v2.Request`. */
export type Version = 1 | 2;

/** What is sent of one series. */
export interface RemoteSeries {
  readonly name: string;
  /** Names and values in turn, sorted by name, `__name__` among them. */
  readonly labels: readonly string[];
  readonly type: FamilyType;
  readonly help: string;
  /** In the order of their times. None of what has `native`. */
  readonly points: readonly Point[];
  readonly native?: NativeCounts | undefined;
  readonly exemplars: readonly Exemplar[];
  /** Unix time in milliseconds at which its sum began at 0; 0: it has none. */
  readonly createdMs: number;
}

export interface Point {
  readonly value: number | typeof STALE;
  /** Unix time in milliseconds, not negative. */
  readonly timestampMs: number;
}

/** In place of a value: the series ended. */
export const STALE = Symbol('stale');

/** The NaN of Prometheus that means so, of all NaNs. https://prometheus.io/docs/specs/remote_write_spec/#stale-markers */
export const STALE_BITS = { high: 0x7ff00000, low: 2 } as const;

/** Writes requests of one version, series by series. */
export interface Wire {
  /** Series, samples and bytes of the request that is being written. */
  readonly count: number;
  readonly samples: number;
  readonly length: number;
  /** It is read at once: the caller may use the object again. */
  add(series: RemoteSeries): void;
  /** What was written since the last call: a whole request, before compression. Its items are series. */
  take(): Body;
}

/** All that was written. */
export function taken(writer: Pick<ProtobufWriter, 'length' | 'take'>): Buffer {
  const { buffer, byteOffset, length } = writer.take(writer.length);
  return Buffer.from(buffer, byteOffset, length);
}
