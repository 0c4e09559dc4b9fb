// node counts.mjs REPORT: prints how many tests of a report of Vitest passed and failed, and on stderr which were skipped.
import { readFileSync } from 'node:fs';

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
const of = (...states) => tests.filter(({ status }) => states.includes(status));
for (const { fullName, status } of tests) {
  if (status !== 'passed' && status !== 'failed') console.error(`${status}: ${fullName}`);
}
console.log(of('passed').length, of('failed').length);
