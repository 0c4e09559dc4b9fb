import protobuf from 'protobufjs';
import snappy from 'snappyjs';

/**
 * Both messages of remote write, decoded by somebody else's code. Numbers of fields: https://prometheus.io/docs/specs/remote_write_spec/ and
 * https://prometheus.io/docs/specs/remote_write_spec_2_0/. A value of a sample is a `double`, of which `fixed64` keeps all bits.
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Span { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; double count_float = 2; }
    double sum = 3; sint32 schema = 4; double zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
    repeated Span negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
    repeated Span positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
    uint32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16; int64 start_timestamp = 17;
  }
  message Sample { fixed64 value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
  message Label { string name = 1; string value = 2; }
  message ExemplarV1 { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
  message SeriesV1 {
    repeated Label labels = 1; repeated Sample samples = 2; repeated ExemplarV1 exemplars = 3; repeated Histogram histograms = 4;
  }
  message WriteRequest { repeated SeriesV1 timeseries = 1; }
  message ExemplarV2 { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
  message Metadata { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
  message SeriesV2 {
    repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
    repeated ExemplarV2 exemplars = 4; Metadata metadata = 5; int64 created_timestamp = 6;
  }
  message Request { repeated string symbols = 4; repeated SeriesV2 timeseries = 5; }
`);

type Pairs = readonly (readonly [name: string, value: string])[];

export interface ReceivedExemplar {
  readonly labels: Pairs;
  readonly value: number;
  readonly timestamp: number;
}

export interface ReceivedHistogram {
  readonly countFloat: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCountFloat: number;
  readonly negativeSpans: readonly { readonly offset: number; readonly length: number }[];
  readonly negativeCounts: readonly number[];
  readonly positiveSpans: readonly { readonly offset: number; readonly length: number }[];
  readonly positiveCounts: readonly number[];
  readonly timestamp: number;
  /** Of version 2. */
  readonly start: number;
}

export interface ReceivedSample {
  readonly value: number;
  readonly isStale: boolean;
  readonly timestamp: number;
  /** Of version 2. */
  readonly start: number;
}

export interface ReceivedTimeSeries {
  readonly labels: Pairs;
  readonly samples: readonly ReceivedSample[];
  readonly histograms: readonly ReceivedHistogram[];
  readonly exemplars: readonly ReceivedExemplar[];
  /** Of version 2. */
  readonly metadata?: { readonly type: number; readonly help: string };
  readonly created?: number;
}

/** As protobufjs has 64 bits. */
interface Bits {
  readonly low: number;
  readonly high: number;
  toNumber(): number;
}

interface RawExemplar {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly labelsRefs: readonly number[];
  readonly value: number;
  readonly timestamp: Bits;
}

interface RawSeries {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly labelsRefs: readonly number[];
  readonly samples: readonly { readonly value: Bits; readonly timestamp: Bits; readonly startTimestamp: Bits }[];
  readonly histograms: readonly (Omit<ReceivedHistogram, 'timestamp' | 'start'> & {
    readonly timestamp: Bits;
    readonly startTimestamp: Bits;
  })[];
  readonly exemplars: readonly RawExemplar[];
  readonly metadata?: { readonly type: number; readonly helpRef: number } | null;
  readonly createdTimestamp: Bits;
}

interface Raw {
  readonly symbols: readonly string[];
  readonly timeseries: readonly RawSeries[];
}

function decode(name: 'WriteRequest' | 'Request', bytes: Uint8Array): Raw {
  return root.lookupType(name).decode(bytes) as unknown as Raw;
}

const view = new DataView(new ArrayBuffer(8));

function doubleOf({ low, high }: Bits): number {
  view.setInt32(0, high);
  view.setInt32(4, low);
  return view.getFloat64(0);
}

function isStale({ low, high }: Bits): boolean {
  return high === 0x7ff00000 && low === 2;
}

function seriesOf(raw: RawSeries, labels: Pairs, exemplarLabels: (raw: RawExemplar) => Pairs): ReceivedTimeSeries {
  return {
    labels,
    samples: raw.samples.map(({ value, timestamp, startTimestamp }) => ({
      value: doubleOf(value),
      isStale: isStale(value),
      timestamp: timestamp.toNumber(),
      start: startTimestamp.toNumber(),
    })),
    histograms: raw.histograms.map((one) => ({
      countFloat: one.countFloat,
      sum: one.sum,
      schema: one.schema,
      zeroThreshold: one.zeroThreshold,
      zeroCountFloat: one.zeroCountFloat,
      negativeSpans: one.negativeSpans.map(({ offset, length }) => ({ offset, length })),
      negativeCounts: one.negativeCounts,
      positiveSpans: one.positiveSpans.map(({ offset, length }) => ({ offset, length })),
      positiveCounts: one.positiveCounts,
      timestamp: one.timestamp.toNumber(),
      start: one.startTimestamp.toNumber(),
    })),
    exemplars: raw.exemplars.map((one) => ({
      labels: exemplarLabels(one),
      value: one.value,
      timestamp: one.timestamp.toNumber(),
    })),
  };
}

/** Of an uncompressed `prometheus.WriteRequest`. */
export function readVersion1(bytes: Uint8Array): readonly ReceivedTimeSeries[] {
  const pairs = ({ labels }: Pick<RawSeries, 'labels'>) => labels.map(({ name, value }) => [name, value] as const);
  return decode('WriteRequest', bytes).timeseries.map((raw) => seriesOf(raw, pairs(raw), pairs));
}

/** Of an uncompressed `io.prometheus.write.v2.Request`. Throws where it breaks a rule of its symbols. */
export function readVersion2(bytes: Uint8Array): readonly ReceivedTimeSeries[] {
  const { symbols, timeseries } = decode('Request', bytes);
  if (symbols[0] !== '' || new Set(symbols).size !== symbols.length) throw new Error('bad symbols');
  const text = (number: number) => {
    const symbol = symbols[number];
    if (symbol === undefined) throw new Error(`no symbol ${number}`);
    return symbol;
  };
  const pairs = ({ labelsRefs }: Pick<RawSeries, 'labelsRefs'>) =>
    labelsRefs.flatMap((name, at) => (at % 2 === 0 ? [[text(name), text(labelsRefs[at + 1]!)] as const] : []));
  return timeseries.map((raw) => ({
    ...seriesOf(raw, pairs(raw), pairs),
    ...(raw.metadata ? { metadata: { type: raw.metadata.type, help: text(raw.metadata.helpRef) } } : {}),
    created: raw.createdTimestamp.toNumber(),
  }));
}

export function symbolsOf(bytes: Uint8Array): readonly string[] {
  return decode('Request', bytes).symbols;
}

/** Of a compressed request with this `Content-Type`. */
export function readRequest(contentType: string | undefined, block: Uint8Array): readonly ReceivedTimeSeries[] {
  const bytes = snappy.uncompress(block);
  switch (contentType) {
    case 'application/x-protobuf':
      return readVersion1(bytes);
    case 'application/x-protobuf;proto=io.prometheus.write.v2.Request':
      return readVersion2(bytes);
    default:
      throw new Error(`the content type ${contentType}`);
  }
}
