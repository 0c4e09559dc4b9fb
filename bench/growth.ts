import { type Bench, STATSDRAIN } from './bench.ts';
import { growthWorkloads } from './lines.ts';
import { startStatsdrain } from './servers.ts';
import { measureUdp, udpColumns } from './udp-load.ts';

/** Datagrams per second: a million lines. */
const RATE = 50_000;
/** As by default, and as long as what is measured, so that each holds one window. */
const FLUSH_MS = 10_000;

export const growth: Bench = {
  name: 'growth',
  description:
    'Workload (b) of `udp` with more series, each used in turn, at a million lines per second in windows of 10 s. ' +
    'The CPU includes what the dispatch thread does with the series of each window.',
  columns: udpColumns,
  guards: [],
  runs: 1,
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['growth reads /proc, which only Linux has'] };
    return {
      cases: growthWorkloads.map((workload) => ({
        workload: workload.name,
        subject: STATSDRAIN,
        run: async () =>
          measureUdp(await startStatsdrain({ type: 'udp', flushMs: FLUSH_MS }), workload, FLUSH_MS / 1000, RATE),
      })),
      left: [],
    };
  },
};
