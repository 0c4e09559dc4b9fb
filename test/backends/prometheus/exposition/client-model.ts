import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** As published: v0.6.2 of github.com/prometheus/client_model. */
const root = new protobuf.Root().loadSync(
  fileURLToPath(new URL('../../../fixtures/prometheus/metrics.proto', import.meta.url)),
);
const metricFamily = root.lookupType('io.prometheus.client.MetricFamily');

interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

interface LabelPair {
  readonly name: string;
  readonly value: string;
}

export interface ModelExemplar {
  readonly label: readonly LabelPair[];
  readonly value: number;
  readonly timestamp: Timestamp;
}

export interface ModelHistogram {
  readonly sampleCount: number;
  readonly sampleCountFloat?: number;
  readonly sampleSum: number;
  readonly bucket: readonly {
    readonly cumulativeCount: number;
    readonly cumulativeCountFloat?: number;
    readonly upperBound: number;
    readonly exemplar?: ModelExemplar;
  }[];
  readonly createdTimestamp: Timestamp;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly zeroCountFloat?: number;
  readonly negativeSpan: readonly ModelSpan[];
  readonly negativeDelta: readonly number[];
  readonly negativeCount: readonly number[];
  readonly positiveSpan: readonly ModelSpan[];
  readonly positiveDelta: readonly number[];
  readonly positiveCount: readonly number[];
}

export interface ModelSpan {
  readonly offset: number;
  readonly length: number;
}

export interface ModelMetric {
  readonly label: readonly LabelPair[];
  readonly counter?: {
    readonly value: number;
    readonly exemplar?: ModelExemplar;
    readonly createdTimestamp: Timestamp;
  };
  readonly gauge?: { readonly value: number };
  readonly summary?: {
    readonly sampleCount: number;
    readonly sampleSum: number;
    readonly quantile: readonly { readonly quantile: number; readonly value: number }[];
    readonly createdTimestamp: Timestamp;
  };
  readonly histogram?: ModelHistogram;
}

export interface ModelFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metric: readonly ModelMetric[];
}

/** The families of a delimited page, read by protobufjs. Fields that were not sent are absent, but for lists. */
export function decodeFamilies(page: Uint8Array): readonly ModelFamily[] {
  const reader = protobuf.Reader.create(page);
  const families: ModelFamily[] = [];
  while (reader.pos < reader.len) {
    const message = metricFamily.decodeDelimited(reader);
    const problem = metricFamily.verify(message);
    if (problem !== null) throw new Error(problem);
    families.push(metricFamily.toObject(message, { longs: Number, enums: String, arrays: true }) as ModelFamily);
  }
  return families;
}
