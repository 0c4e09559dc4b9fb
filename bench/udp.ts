import { loadLibc } from '../src/receive/libc.ts';
import { type Bench, STATSDRAIN } from './bench.ts';
import { statsdVersion } from './environment.ts';
import { workloads } from './lines.ts';
import { startListener, startStatsd, startStatsdrain } from './servers.ts';
import { measureUdp, udpColumns } from './udp-load.ts';

const STATSD = `statsd ${statsdVersion()}`;
const FLOOR = 'recvmmsg, discarding';

export const udp: Bench = {
  name: 'udp',
  description:
    'A sender in a process of its own sends over loopback as fast as one core can (`sendmmsg`). The CPU is that of ' +
    'the whole server process, user and system, for each line that it received; what the kernel dropped because the ' +
    'server was too slow is not received. `recvmmsg, discarding` reads the datagrams and does nothing: the floor. ' +
    'Windows of 1 s, computed and then discarded; each program has the receive buffer that it asks for by default.',
  columns: udpColumns,
  guards: [{ workload: workloads[1]!.name, column: 'cpuPerLine', peer: STATSD, atMost: 0.25 }],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['udp reads /proc, which only Linux has'] };
    const libc = await loadLibc();
    const floor = typeof libc === 'string' ? [] : [{ subject: FLOOR, start: () => startListener('./floor.js') }];
    const subjects = [
      ...floor,
      { subject: STATSDRAIN, start: () => startStatsdrain({ type: 'udp' }) },
      { subject: STATSD, start: startStatsd },
    ];
    return {
      cases: workloads.flatMap((workload) =>
        subjects.map(({ subject, start }) => ({
          workload: workload.name,
          subject,
          run: async (seconds: number) => measureUdp(await start(), workload, seconds),
        })),
      ),
      left: typeof libc === 'string' ? [`${FLOOR}: ${libc}`] : [],
    };
  },
};
