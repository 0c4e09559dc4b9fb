import { setImmediate } from 'node:timers/promises';
import type { Family, Group, SummarySeries } from './family.ts';
import type { State } from './state.ts';

/** https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md, text format 0.0.4. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Characters between two pauses: some 1,000 series or 1 ms. */
const SLICE = 65_536;

/** Milliseconds for which the quantiles of an idle summary are shown; then they are NaN, as in statsd_exporter. */
const QUANTILE_AGE = 600_000;

const types: Readonly<Record<Group, string>> = { counter: 'counter', gauge: 'gauge', set: 'gauge', summary: 'summary' };

const helps: Readonly<Record<Group, string>> = {
  counter: 'StatsD counter, summed up since it was first seen.',
  gauge: 'StatsD gauge.',
  set: 'Distinct members of a StatsD set in the last window.',
  summary: 'StatsD timer (in seconds), histogram or distribution; quantiles of the last window that had values.',
};

/**
 * The page, in pieces. Lets other work in between, so the state must not change before it resolves. HELP says nothing
 * that came over the wire.
 */
export async function renderPage(state: State, quantiles: readonly number[]): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const oldestMs = state.endMs - QUANTILE_AGE;
  const quantileLabels = quantiles.map((q) => `quantile="${q}"`);
  let text = '';
  for (const family of state.families) {
    text += header(family);
    for (const line of samples(family, quantileLabels, oldestMs)) {
      text += line;
      if (text.length >= SLICE) {
        pieces.push(Buffer.from(text));
        text = '';
        await setImmediate();
      }
    }
  }
  if (text !== '') pieces.push(Buffer.from(text));
  return pieces;
}

function header({ name, group }: Family): string {
  return `# HELP ${name} ${helps[group]}\n# TYPE ${name} ${types[group]}\n`;
}

function* samples(family: Family, quantileLabels: readonly string[], oldestMs: number): Generator<string> {
  const { name } = family;
  if (family.group === 'summary') {
    for (const series of family.series.values()) yield summaryText(name, series, quantileLabels, oldestMs);
    return;
  }
  for (const { labels, value } of family.series.values()) yield `${name}${braced(labels)} ${valueText(value)}\n`;
}

function summaryText(name: string, series: SummarySeries, quantileLabels: readonly string[], oldestMs: number): string {
  const { labels, quantiles } = series;
  const fresh = series.sampledMs >= oldestMs;
  const separator = labels === '' ? '' : ',';
  let text = '';
  for (const [i, label] of quantileLabels.entries()) {
    const value = fresh ? (quantiles[i] ?? Number.NaN) : Number.NaN;
    text += `${name}{${labels}${separator}${label}} ${valueText(value)}\n`;
  }
  const suffix = braced(labels);
  return `${text}${name}_sum${suffix} ${valueText(series.sum)}\n${name}_count${suffix} ${valueText(series.count)}\n`;
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
