import { readFileSync } from 'node:fs';

/** The text of docs/METRICS.md. */
export const metricsPage = readFileSync(new URL('../../docs/METRICS.md', import.meta.url), 'utf8');

/** The rows of its tables of series, cell by cell; the second is the name. */
export const metricRows: readonly (readonly string[])[] = metricsPage
  .split('\n')
  .filter((line) => line.startsWith('| `statsdrain.'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

/** The reasons of items that a back-end leaves out. */
export const lossReasons: readonly string[] = wordsOf(
  /^Items that a back-end leaves out[\s\S]*?\n\n/m.exec(metricsPage)?.[0] ?? '',
);

/** The reasons of windows that were never delivered. */
export const windowReasons: readonly string[] = wordsOf(
  /^\*\*Reasons of `backend\.lost_windows`\*\*[\s\S]*?\n\n/m.exec(metricsPage)?.[0] ?? '',
);

function wordsOf(paragraph: string): string[] {
  return [...paragraph.matchAll(/`([a-z0-9_]+)`/g)].map(([, word]) => word!);
}

/** Of counters of a plugin's own (`drain.requests`) those that the page does not explain. */
export function unexplained(counters: Iterable<string>): string[] {
  const known = new Set(metricRows.map(([, name]) => name));
  return [...counters].filter((name) => !known.has(`statsdrain.${name}`));
}
