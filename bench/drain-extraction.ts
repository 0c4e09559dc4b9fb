import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import type { Extracted, Program } from './extraction.ts';
import { answerOf, end, startModule } from './processes.ts';

const REFERENCE = 'string and regexes';
const WORKLOAD = 'bodies of 100 kB';

export const drainExtraction: Bench = {
  name: 'drain-extraction',
  description:
    'Logplex bodies in memory are read into a shard, without a socket: the reader of the drain, which has first been compared metric for ' +
    'metric with regular expressions, and the reference of the bench `drain` without its server.',
  columns: [
    { key: 'cpuPerMegabyte', label: 'CPU µs per MB', digits: 0 },
    { key: 'bytesPerCpuSecond', label: 'MB per CPU second', digits: 0 },
  ],
  guards: [{ workload: WORKLOAD, column: 'cpuPerMegabyte', peer: REFERENCE, atMost: 1.2 }],
  async cases() {
    const program = (subject: string, name: Program) => ({
      workload: WORKLOAD,
      subject,
      run: (seconds: number) => measureProgram(name, seconds),
    });
    return { cases: [program(STATSDRAIN, 'reader'), program(REFERENCE, 'regex')], left: [] };
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
