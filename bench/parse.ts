import { type Bench, STATSDRAIN } from './bench.ts';
import { lineColumns, runConsumer } from './in-process.ts';
import { workloads } from './lines.ts';

const REFERENCE = 'string, split and a regex';

export const parse: Bench = {
  name: 'parse',
  description:
    'Lines in memory are read and not stored: the byte parser of statsdrain, and a reference of ten lines that makes ' +
    'a string of each datagram, splits it and matches one regular expression per line.',
  columns: lineColumns,
  guards: [{ workload: workloads[1]!.name, column: 'cpuPerLine', peer: REFERENCE, atMost: 1 }],
  async cases() {
    return {
      cases: workloads.flatMap((workload) => [
        {
          workload: workload.name,
          subject: STATSDRAIN,
          run: (seconds: number) => runConsumer('scan', workload, seconds),
        },
        {
          workload: workload.name,
          subject: REFERENCE,
          run: (seconds: number) => runConsumer('split', workload, seconds),
        },
      ]),
      left: [],
    };
  },
};
