import { writeFileSync } from 'node:fs';
import { type BenchResult, type Column, type Row, type Spread, STATSDRAIN } from './bench.ts';
import { packageRoot } from './environment.ts';
import { tried } from './tried.ts';

/** All that a run of the benches found out. */
export interface Report {
  readonly environment: string;
  readonly runs: number;
  readonly secondsPerRun: number;
  readonly benches: readonly BenchResult[];
}

/** A Markdown table with aligned columns, readable in a terminal too. */
export function table({ columns, rows }: Pick<BenchResult, 'columns' | 'rows'>): string {
  const [first] = columns;
  const cells = rows.map((row, index) => [
    row.workload === rows[index - 1]?.workload ? '' : row.workload,
    row.subject,
    ...columns.map((column) => cellOf(row.figures[column.key], column)),
    first === undefined ? '' : comparison(row, rows, first),
  ]);
  const lines = [['workload', 'program', ...columns.map(({ label }) => label), '× statsdrain'], ...cells];
  const widths = lines[0]!.map((_, index) => Math.max(...lines.map((line) => line[index]!.length)));
  const isText = (index: number) => index < 2;
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, index) => (isText(index) ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, index) => (isText(index) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [format(lines[0]!), rule, ...lines.slice(1).map(format)].join('\n');
}

function cellOf(spread: Spread | undefined, { digits }: Column): string {
  if (spread === undefined) return '';
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) => value.toFixed(digits));
  return min === max ? median! : `${median} (${min}–${max})`;
}

/** The first figure of a row as a multiple of statsdrain's in the same workload. */
function comparison(row: Row, rows: readonly Row[], { key }: Column): string {
  const own = rows.find(({ workload, subject }) => workload === row.workload && subject === STATSDRAIN);
  if (own === undefined || own === row) return '';
  return (row.figures[key]!.median / own.figures[key]!.median).toFixed(2);
}

/** Writes `bench/results.json` and the page that is made from it. */
export function publish(report: Report): void {
  writeFileSync(new URL('bench/results.json', packageRoot), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL('docs/BENCHMARKS.md', packageRoot), page(report));
}

function page({ environment, runs, secondsPerRun, benches }: Report): string {
  const sections = benches.map((bench) => `## ${bench.name}\n\n${bench.description}\n\n${table(bench)}\n`);
  return `# Benchmarks

\`npm run bench\` measures all of this and writes this page; \`npm run bench udp\` measures one bench and prints it;
\`--short\` measures only what is guarded, in half a minute. The whole takes most of an hour. Exit code 1 means that a ratio to a peer is far from what it
should be.

${environment}

Each figure is the median of ${runs} runs of ${secondsPerRun} s, with the lowest and the highest in brackets (one run where a bench takes
tens of seconds); in each run all programs take turns, every time in new processes. Seconds depend on the machine, so compare the ratios: the last column divides
the first figure, a cost, by statsdrain's: above 1 statsdrain is the cheaper one.

The lines are 50 % counters (one in five with a sample rate), 25 % timers, 15 % gauges and 10 % sets, of 4,000 series where
nothing else is said.

${sections.join('\n')}
${tried}`;
}
