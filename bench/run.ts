/** `npm run bench [name …] [--short]`, where `drain` is also all that begins with `drain-`: runs the benches, prints a table of each, and publishes when it ran them all. */
import { parseArgs } from 'node:util';
import { aggregate } from './aggregate.ts';
import type { Bench, BenchResult } from './bench.ts';
import { churn } from './churn.ts';
import { drain } from './drain.ts';
import { drainExtraction } from './drain-extraction.ts';
import { drainHolds } from './drain-holds.ts';
import { environmentLine } from './environment.ts';
import { flush } from './flush.ts';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { keys } from './keys.ts';
import { kinds } from './kinds.ts';
import { lanes } from './lanes.ts';
import { live } from './live.ts';
import { lossless } from './lossless.ts';
import { type Effort, guarded, measure, violations } from './measure.ts';
import { memory } from './memory.ts';
import { outage } from './outage.ts';
import { parse } from './parse.ts';
import { prometheus } from './prometheus.ts';
import { prometheusIngest } from './prometheus-ingest.ts';
import { receivers } from './receivers.ts';
import { publish, table } from './report.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';
import { udsheavy } from './udsheavy.ts';
import { windows } from './windows.ts';

const benches: readonly Bench[] = [
  parse,
  aggregate,
  kinds,
  udp,
  live,
  lossless,
  growth,
  windows,
  receivers,
  udsheavy,
  tcp,
  drain,
  drainExtraction,
  drainHolds,
  memory,
  keys,
  flush,
  churn,
  lanes,
  prometheus,
  prometheusIngest,
  outage,
  idle,
];

const FULL: Effort = { runs: 3, seconds: 1.5 };
const SHORT: Effort = { runs: 1, seconds: 1 };

function chosen(names: readonly string[]): readonly Bench[] {
  const known = benches.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    console.error(`unknown bench "${name}" (known: ${known.join(', ')})`);
    process.exit(1);
  }
  return names.length === 0
    ? benches
    : benches.filter((bench) => names.some((name) => bench.name === name || bench.name.startsWith(`${name}-`)));
}

/** Where the run is, on one line of a terminal. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { short: { type: 'boolean' } } });
const effort = values.short ? SHORT : FULL;
const environment = environmentLine();
const results: BenchResult[] = [];
const broken: string[] = [];

console.log(environment);
for (const bench of chosen(positionals)) {
  const { name, description, columns } = bench;
  const { cases, left } = await bench.cases();
  const measured = values.short ? guarded(cases, bench.guards) : cases;
  if (measured.length === 0 && left.length === 0) continue;
  const rows = await measure(measured, values.short ? SHORT : { ...FULL, runs: bench.runs ?? FULL.runs }, (text) =>
    showProgress(`${name}, ${text}`),
  );
  showProgress('');
  console.log(`\n${name}\n${table({ columns, rows })}`);
  for (const reason of left) console.log(`not measured: ${reason}`);
  results.push({ name, description, columns, rows });
  broken.push(...violations(bench, rows));
}

for (const violation of broken) console.error(violation);
if (broken.length > 0) process.exitCode = 1;
if (!values.short && positionals.length === 0) {
  publish({ environment, runs: effort.runs, secondsPerRun: effort.seconds, benches: results });
}
