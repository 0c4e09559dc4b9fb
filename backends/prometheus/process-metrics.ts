import type { Encoder, FamilyType, Labels, Sample } from './exposition/encoder.ts';
import { labelText } from './exposition/labels.ts';

/** statsdrain's own CPU, memory, descriptors, event loop and garbage collection, as prom-client measures them. */
export interface ProcessMetrics {
  /** Every sample name on it. */
  readonly names: readonly string[];
  /** Writes them. */
  write(encoder: Encoder): Promise<void>;
}

/** What prom-client gives of one metric; it declares less. */
interface Measured {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values: readonly MeasuredValue[];
}

interface MeasuredValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Of a part of a histogram. */
  readonly metricName?: string;
}

/** Gauges that break the naming rules with `_total`; each is the sum of another one. */
const MISNAMED = ['active_handles_total', 'active_requests_total', 'active_resources_total'];

let shared: Promise<ProcessMetrics> | undefined;

/** One for the whole process: prom-client's observers cannot be taken back. */
export function processMetrics(): Promise<ProcessMetrics> {
  shared ??= collect();
  return shared;
}

async function collect(): Promise<ProcessMetrics> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'statsdrain_' });
  for (const name of MISNAMED) registry.removeSingleMetric(`statsdrain_nodejs_${name}`);
  const startMs = Math.round(performance.timeOrigin);
  const metrics = await registry.getMetricsAsJSON();
  const names = metrics.flatMap(({ name }) => [name, `${name}_sum`, `${name}_count`, `${name}_bucket`]);
  return {
    names,
    async write(encoder) {
      for (const metric of await registry.getMetricsAsJSON()) write(metric as Measured, encoder, startMs);
    },
  };
}

function write(metric: Measured, encoder: Encoder, createdMs: number): void {
  const type = metric.type as FamilyType;
  encoder.family({ name: metric.name, type, help: metric.help });
  if (type === 'histogram') {
    for (const sample of histograms(metric, createdMs)) encoder.sample(sample);
    return;
  }
  for (const { labels, value } of metric.values) {
    if (type === 'counter') encoder.sample({ type, labels: labelsOf(labels), value, createdMs });
    else encoder.sample({ type: 'gauge', labels: labelsOf(labels), value });
  }
}

/** prom-client lists the parts of each one behind each other: its buckets, its sum and its count. */
function* histograms({ name, values }: Measured, createdMs: number): Generator<Sample, undefined> {
  let bounds: number[] = [];
  let counts: number[] = [];
  let sum = 0;
  for (const { labels, value, metricName } of values) {
    const { le, ...own } = labels;
    if (metricName === `${name}_sum`) sum = value;
    else if (metricName !== `${name}_count`) {
      if (le === '+Inf') continue;
      bounds.push(Number(le));
      counts.push(value);
    } else {
      yield { type: 'histogram', labels: labelsOf(own), count: value, sum, createdMs, bounds, counts };
      bounds = [];
      counts = [];
    }
  }
  return undefined;
}

function labelsOf(labels: MeasuredValue['labels']): Labels {
  const pairs = Object.entries(labels)
    .map(([name, value]) => `${name}:${value}`)
    .sort();
  return { pairs, text: labelText(pairs) };
}
