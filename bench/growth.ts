import { type Bench, STATSDRAIN } from './bench.ts';
import { growthWorkloads } from './lines.ts';
import { startStatsdrain } from './servers.ts';
import { measureUdp, udpColumns } from './udp-load.ts';

/** Datagrams per second: a million lines. Every series is used at least once in a window of a second. */
const RATE = 50_000;
/** Longer than a warm-up: the first round of a million series is the dear one, and tables grow. */
const SECONDS = 4;

export const growth: Bench = {
  name: 'growth',
  description:
    'Workload (b) of `udp` with more series, each used in turn in every window of 1 s, at a million lines per second. ' +
    'The CPU includes what the dispatch thread does with the series of each window.',
  columns: udpColumns,
  guards: [],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['growth reads /proc, which only Linux has'] };
    return {
      cases: growthWorkloads.map((workload) => ({
        workload: workload.name,
        subject: STATSDRAIN,
        run: async () => measureUdp(await startStatsdrain({ type: 'udp' }), workload, SECONDS, RATE),
      })),
      left: [],
    };
  },
};
