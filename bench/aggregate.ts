import { type Bench, STATSDRAIN } from './bench.ts';
import { statsdVersion } from './environment.ts';
import { lineColumns, runConsumer, runStatsd } from './in-process.ts';
import { workloads } from './lines.ts';

const STATSD = `statsd ${statsdVersion()}`;

export const aggregate: Bench = {
  name: 'aggregate',
  description:
    'Lines in memory are read and aggregated, without a socket: the parser and the shard of statsdrain, and the ' +
    'packet function of statsd. Every second the window is handed over and thrown away; statsd computes its ' +
    'statistics on the way, which statsdrain does in another thread (see `udp` for both together).',
  columns: lineColumns,
  guards: [{ workload: workloads[1]!.name, column: 'cpuPerLine', peer: STATSD, atMost: 0.6 }],
  async cases() {
    return {
      cases: workloads.flatMap((workload) => [
        {
          workload: workload.name,
          subject: STATSDRAIN,
          run: (seconds: number) => runConsumer('shard', workload, seconds),
        },
        { workload: workload.name, subject: STATSD, run: (seconds: number) => runStatsd(workload, seconds) },
      ]),
      left: [],
    };
  },
};
