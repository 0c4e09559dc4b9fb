import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import type { Extracted, Program } from './extraction.ts';
import { answerOf, end, startModule } from './processes.ts';

const REFERENCE = 'string and regexes';
const WORKLOAD = 'bodies of 100 kB';

export const drainExtraction: Bench = {
  name: 'drain-extraction',
  description:
    'Logplex bodies in memory are read into a shard, without a socket: the reader of the drain, which has first been compared metric for ' +
    'metric with regular expressions, and the reference of the bench `drain` without its server. Of the ten rules three ask for a text that stands in a ' +
    'tenth of the lines, and seven for one that stands in none.',
  columns: [
    { key: 'cpuPerMegabyte', label: 'CPU µs per MB', digits: 0 },
    { key: 'bytesPerCpuSecond', label: 'MB per CPU second', digits: 0 },
  ],
  guards: [{ workload: WORKLOAD, column: 'cpuPerMegabyte', peer: REFERENCE, atMost: 1.2 }],
  async cases() {
    const program = (subject: string, name: Program, workload = WORKLOAD) => ({
      workload,
      subject,
      run: (seconds: number) => measureProgram(name, seconds),
    });
    const cases = [
      program(STATSDRAIN, 'reader'),
      program(REFERENCE, 'regex'),
      program(STATSDRAIN, 'ndjson', 'the same lines as objects of JSON'),
      program(STATSDRAIN, 'rules', 'with ten regular expressions as rules'),
    ];
    return { cases, left: [] };
  },
};

async function measureProgram(program: Program, seconds: number): Promise<Figures> {
  const child = startModule('./extraction.js', program, String(seconds));
  try {
    const { bytes, cpu } = await answerOf<Extracted>(child);
    return { cpuPerMegabyte: cpu / (bytes / 1e6), bytesPerCpuSecond: bytes / cpu };
  } finally {
    await end(child, 'SIGKILL');
  }
}
