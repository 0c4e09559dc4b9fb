import { COUNTER, GAUGE, type Group, SET, SUMMARY } from './family.ts';
import type { Rows } from './rows.ts';
import type { State } from './state.ts';

/** https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md, text format 0.0.4. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Characters in one piece of the page, about: 1 ms. */
const PIECE = 131_072;

/** Milliseconds for which the quantiles of an idle summary are shown; then they are NaN, as in statsd_exporter. */
const QUANTILE_AGE = 600_000;

const types: Readonly<Record<Group, string>> = {
  [COUNTER]: 'counter',
  [GAUGE]: 'gauge',
  [SET]: 'gauge',
  [SUMMARY]: 'summary',
};

const helps: Readonly<Record<Group, string>> = {
  [COUNTER]: 'StatsD counter, summed up since it was first seen.',
  [GAUGE]: 'StatsD gauge.',
  [SET]: 'Distinct members of a StatsD set in the last window.',
  [SUMMARY]: 'StatsD timer (in seconds), histogram or distribution; quantiles of the last window that had values.',
};

/** The page, in pieces of whole lines. The state must not change before the last. HELP says nothing that came over the wire. */
export function* pageText({ table, ageMs, helpOf }: State, quantiles: readonly number[]): Generator<string, undefined> {
  const { families, rows } = table;
  const { names, labels, next, values } = rows;
  const summaryText = summaryWriter(rows, quantiles, ageMs - QUANTILE_AGE);
  let text = '';
  for (let family = 0; family < families.length; family++) {
    if (!families.isOpen(family)) continue;
    const name = families.names[family]!;
    const group = families.group(family);
    text += `# HELP ${name} ${helpOf(name) ?? helps[group]}\n# TYPE ${name} ${types[group]}\n`;
    for (let row = table.firstRow(family) - 1; row >= 0; row = next[row]! - 1) {
      if (names[row] === undefined) continue;
      text +=
        group === SUMMARY ? summaryText(name, row) : `${name}${braced(labels[row]!)} ${valueText(values[row]!)}\n`;
      if (text.length < PIECE) continue;
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}

function summaryWriter(
  { labels, values, places, counts, sampledMs, quantiles: samples }: Rows,
  quantiles: readonly number[],
  oldestMs: number,
): (name: string, row: number) => string {
  const quantileLabels = quantiles.map((q) => `quantile="${q}"} `);
  return (name, row) => {
    const place = places[row]!;
    const own = labels[row]!;
    const fresh = sampledMs[place]! > 0 && sampledMs[place]! >= oldestMs;
    const start = own === '' ? `${name}{` : `${name}{${own},`;
    let text = '';
    for (let i = 0; i < quantileLabels.length; i++) {
      const value = fresh ? samples[place * quantileLabels.length + i]! : Number.NaN;
      text += `${start}${quantileLabels[i]}${valueText(value)}\n`;
    }
    const suffix = braced(own);
    return `${text}${name}_sum${suffix} ${valueText(values[row]!)}\n${name}_count${suffix} ${valueText(counts[place]!)}\n`;
  };
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
