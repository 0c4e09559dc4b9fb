import { parseArgs } from 'node:util';
import { configurations } from './configurations.ts';
import { type Start, startMapped, startNative, startOriginal } from './daemons.ts';
import { describeFound, runAll, summary } from './report.ts';
import type { Run } from './suite.ts';

const usage = `Usage: npm run test:differential -- [options]

  --packets <n>  packets to compare, over all configurations (default 20000)
  --seed <n>     the packets of an earlier run (default: one of its own for each run)
  --only <text>  configurations with this in their name
  --ours <what>  native (default), mapped (the original's configuration file) or original (a test of the suite)
  --at-once <n>  configurations under way at the same time (default 4)
  --flush <ms>   flush interval; must divide 1000 (default 1000)`;

const starts: ReadonlyMap<string, Start> = new Map([
  ['native', startNative],
  ['mapped', startMapped],
  ['original', startOriginal],
]);

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: '' },
    ours: { type: 'string', default: 'native' },
    'at-once': { type: 'string', default: '4' },
    flush: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

const ours = starts.get(values.ours);
const chosen = configurations.filter(({ name }) => name.includes(values.only));
const [packets, seed, atOnce, flushMs] = [values.packets, values.seed, values['at-once'], values.flush].map(Number);
if (values.help || ours === undefined || chosen.length === 0 || !packets || !atOnce || !flushMs || 1000 % flushMs > 0) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

console.log(`seed ${seed}`);
const startedAt = performance.now();
const runs = chosen.map((configuration, index): Run => {
  const share = Math.ceil(packets / chosen.length);
  const batchSize = { udp: 400, tcp: 150, stream: 400 };
  return { configuration, ours, packets: share, seed: seed! + index, flushMs, batchSize };
});
const tally = await runAll(runs, atOnce);
for (const [why, times] of tally.spoiled) console.log(`repeated ${times} times: ${why}`);
const described = new Set<string>();
for (const found of tally.found) {
  // The first of a configuration tells what to mend; each description starts many daemons.
  if (described.has(found.configuration.name)) continue;
  described.add(found.configuration.name);
  const run = runs.find(({ configuration }) => configuration === found.configuration)!;
  console.log(await describeFound(found, run, startOriginal));
}
console.log(`${summary(tally)} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
process.exitCode = tally.found.length > 0 ? 1 : 0;
