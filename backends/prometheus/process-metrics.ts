/** statsdrain's own CPU, memory, descriptors, event loop and garbage collection, as prom-client measures them. */
export interface ProcessMetrics {
  /** Every sample name on it. */
  readonly names: readonly string[];
  /** In the text format. */
  text(): Promise<string>;
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
  const metrics = await registry.getMetricsAsJSON();
  return {
    names: metrics.flatMap(({ name }) => [name, `${name}_sum`, `${name}_count`, `${name}_bucket`]),
    // prom-client writes NaN in a way of its own.
    text: async () => (await registry.metrics()).replace(/ Nan$/gm, ' NaN'),
  };
}
