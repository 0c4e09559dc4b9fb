import { type Bench, type Figures, STATSDRAIN, WARM_UP_SECONDS } from './bench.ts';
import { statsdVersion } from './environment.ts';
import { workloads } from './lines.ts';
import { highestRate } from './search.ts';
import { type Server, startStatsd, startStatsdrain } from './servers.ts';
import { openUdpLoad } from './udp-load.ts';

const workload = workloads[1]!;
const STATSD = `statsd ${statsdVersion()}`;
/** Datagrams per second at which the search begins. */
const FIRST_RATE = 2000;
/** The rate is found to an eighth with short probes, then confirmed, a little lower each time, over ten seconds. */
const PRECISION = 8;
const PROBE_SECONDS = 2;
const CONFIRM_SECONDS = 10;
const STEP_DOWN = 0.92;
/** A sender that offers less than this part of what it was asked for has reached its own limit. */
const OFFERED = 0.97;

export const lossless: Bench = {
  name: 'lossless',
  description:
    `The highest rate of ${workload.name.slice(4)} at which the kernel drops nothing for ${CONFIRM_SECONDS} s: found by ` +
    'halving the interval with short probes, then confirmed. The sender paces itself and shares the two cores with the ' +
    'program; where it cannot send faster, its own highest rate is given.',
  columns: [
    { key: 'nsPerLine', label: 'ns between lines', digits: 0 },
    { key: 'linesPerSecond', label: 'k lines/s without a loss', digits: 0 },
    { key: 'cpuPerLine', label: 'CPU µs per line', digits: 3 },
  ],
  guards: [],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['lossless reads /proc, which only Linux has'] };
    const subjects = [
      { subject: STATSDRAIN, start: () => startStatsdrain({ type: 'udp' }) },
      { subject: STATSD, start: startStatsd },
    ];
    return {
      cases: subjects.map(({ subject, start }) => ({
        workload: workload.name,
        subject,
        run: async () => search(await start()),
      })),
      left: [],
    };
  },
  runs: 1,
};

async function search(server: Server): Promise<Figures> {
  const load = await openUdpLoad(server, workload);
  try {
    await load.burst(WARM_UP_SECONDS, FIRST_RATE);
    let rate = await highestRate(FIRST_RATE, PRECISION, async (wanted) => {
      const { datagrams, seconds, drops } = await load.burst(PROBE_SECONDS, wanted);
      return drops === 0 && datagrams / seconds >= wanted * OFFERED;
    });
    for (;;) {
      const { datagrams, seconds, drops, cpu } = await load.burst(CONFIRM_SECONDS, rate);
      const lines = datagrams * workload.linesPerDatagram;
      if (drops === 0 || rate < FIRST_RATE / 8) {
        return {
          nsPerLine: (seconds * 1e9) / lines,
          linesPerSecond: lines / seconds / 1000,
          cpuPerLine: (cpu * 1e6) / lines,
        };
      }
      rate *= STEP_DOWN;
    }
  } finally {
    await load.end();
    await server.stop().catch(() => undefined);
  }
}
