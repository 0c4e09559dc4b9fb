import { expect, it } from 'vitest';
import type { Format } from '../../../backends/prometheus/exposition/negotiate.ts';
import { processMetrics } from '../../../backends/prometheus/process-metrics.ts';
import { parsePage } from './exposition.ts';

const textOf = async (format: Format) =>
  Buffer.from(await (await processMetrics()).bytes({ format, escaping: 'underscores' })).toString();

it('are one for the whole process', async () => {
  expect(await processMetrics()).toBe(await processMetrics());
});

it('are valid text, each name of which is known', async () => {
  const families = parsePage(await textOf('text-0.0.4'));
  const { names } = await processMetrics();
  for (const { name, help, samples } of families.values()) {
    expect(name).toMatch(/^statsdrain_/);
    expect(help).not.toBe('');
    for (const sample of samples) expect(names).toContain(sample.name);
  }
  expect(families.get('statsdrain_process_resident_memory_bytes')?.samples[0]?.value).toBeGreaterThan(1e6);
  expect(families.get('statsdrain_process_cpu_seconds_total')?.type).toBe('counter');
});

it('have no gauge that is called as a counter', async () => {
  const families = [...parsePage(await textOf('text-0.0.4')).values()];
  expect(families.filter(({ name, type }) => name.endsWith('_total') && type !== 'counter')).toEqual([]);
});

it('histograms are whole: buckets that ascend up to the count, by what was collected', async () => {
  (globalThis as { gc?: () => void }).gc?.();
  const family = parsePage(await textOf('text-0.0.4')).get('statsdrain_nodejs_gc_duration_seconds');
  expect(family?.type).toBe('histogram');
  let before = 0;
  for (const { name, labels, value } of family?.samples ?? []) {
    if (name.endsWith('_bucket')) {
      expect(value).toBeGreaterThanOrEqual(before);
      before = value;
      if (labels.get('le') !== '+Inf') continue;
    }
    if (name.endsWith('_sum')) continue;
    expect(value).toBe(before);
    if (name.endsWith('_count')) before = 0;
  }
});

it('end the page: `# EOF` once, and last, and nothing tells when they began', async () => {
  for (const format of ['openmetrics-0.0.1', 'openmetrics-1.0.0'] as const) {
    const text = await textOf(format);
    expect(text.match(/# EOF\n/g)).toHaveLength(1);
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(text).not.toContain('_created');
    expect(text).toContain('# TYPE statsdrain_process_cpu_seconds counter\nstatsdrain_process_cpu_seconds_total ');
  }
  expect(await textOf('text-0.0.4')).not.toContain('# EOF');
});
