// node skips.mjs REPORT...: prints how many tests were skipped without a good reason, and on stderr all that were skipped.
// The only good reason is who runs them, by which the names of reports begin (`root-22.json`, `user-default.json`): a test that
// the superuser skips must be skipped in all runs of the superuser, and pass as the other user, and the other way round.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const runs = process.argv.slice(2).map((file) => {
  const name = basename(file, '.json');
  const [who] = name.split('-');
  const states = new Map();
  for (const { name: path, assertionResults } of JSON.parse(readFileSync(file, 'utf8')).testResults) {
    const where = path.slice(path.lastIndexOf('/test/') + 1);
    for (const { fullName, status } of assertionResults) states.set(`${where}: ${fullName}`, status);
  }
  return { name, who, states };
});
const ran = (status) => status === 'passed' || status === 'failed';
const names = (some) => some.map(({ name }) => name).join(', ');
const everyone = new Set(runs.map(({ who }) => who)).size > 1;

let faults = 0;
for (const test of new Set(runs.flatMap(({ states }) => [...states.keys()]))) {
  const having = runs.filter(({ states }) => states.has(test));
  const running = having.filter(({ states }) => ran(states.get(test)));
  const skipping = having.filter((run) => !running.includes(run));
  if (skipping.length === 0) continue;
  const explained = skipping.every(({ who }) => running.every((run) => run.who !== who));
  const good = explained && (running.length > 0 || !everyone);
  if (!good) faults++;
  const others = running.length > 0 ? `runs in ${names(running)}` : 'runs in none';
  console.error(`${good ? '' : 'without a good reason: '}${test} (skipped in ${names(skipping)}; ${others})`);
}
console.log(faults);
