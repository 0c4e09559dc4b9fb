import { expect, it } from 'vitest';
import { createEncoder } from '../../../backends/prometheus/exposition/encoders.ts';
import type { Format } from '../../../backends/prometheus/exposition/negotiate.ts';
import { processMetrics } from '../../../backends/prometheus/process-metrics.ts';
import { parsePage } from './exposition.ts';

async function textOf(format: Format, created = false): Promise<string> {
  const encoder = createEncoder({ format, escaping: 'underscores' }, { created, has: () => false });
  await (await processMetrics()).write(encoder);
  encoder.end();
  return Buffer.from(encoder.take()).toString();
}

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

it('are OpenMetrics, too: they began when the process did', async () => {
  for (const format of ['openmetrics-0.0.1', 'openmetrics-1.0.0'] as const) {
    expect(await textOf(format)).not.toContain('_created');
    const text = await textOf(format, true);
    expect(text).toContain('# TYPE statsdrain_process_cpu_seconds counter\nstatsdrain_process_cpu_seconds_total ');
    const began = Number(/^statsdrain_process_cpu_seconds_created (\S+)$/m.exec(text)?.[1]);
    expect(Math.abs(began - performance.timeOrigin / 1000)).toBeLessThan(0.01);
  }
});
