import { setTimeout as sleep } from 'node:timers/promises';
import { loadLibc } from '../src/receive/libc.ts';
import { type Bench, type Figures, STATSDRAIN, WARM_UP_SECONDS } from './bench.ts';
import { statsdVersion } from './environment.ts';
import { type Workload, workloads } from './lines.ts';
import { answerOf, ask, cpuSeconds, end, peakRss, startModule } from './processes.ts';
import type { Burst, Sent } from './sender.ts';
import { type Server, startListener, startStatsd, startStatsdrain } from './servers.ts';
import { waitForSocket } from './udp-socket.ts';

/** After its socket was read to the end, a program still works on the last batch. */
const SETTLE_MS = 50;

const STATSD = `statsd ${statsdVersion()}`;
const FLOOR = 'recvmmsg, discarding';

export const udp: Bench = {
  name: 'udp',
  description:
    'A sender in a process of its own sends over loopback as fast as one core can (`sendmmsg`). The CPU is that of ' +
    'the whole server process, user and system, for each line that it received; what the kernel dropped because the ' +
    'server was too slow is not received. `recvmmsg, discarding` reads the datagrams and does nothing: the floor. ' +
    'Windows of 1 s, computed and then discarded; each program has the receive buffer that it asks for by default.',
  columns: [
    { key: 'cpuPerLine', label: 'CPU µs per line', digits: 3 },
    { key: 'received', label: 'received %', digits: 1 },
    { key: 'linesPerSecond', label: 'k lines/s received', digits: 0 },
    { key: 'drops', label: 'datagrams dropped', digits: 0 },
    { key: 'rss', label: 'peak RSS MB', digits: 0 },
  ],
  guards: [{ workload: workloads[1]!.name, column: 'cpuPerLine', peer: STATSD, atMost: 0.5 }],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['udp reads /proc, which only Linux has'] };
    const libc = await loadLibc();
    const floor = typeof libc === 'string' ? [] : [{ subject: FLOOR, start: () => startListener('./floor.js') }];
    const subjects = [
      ...floor,
      { subject: STATSDRAIN, start: () => startStatsdrain('udp') },
      { subject: STATSD, start: startStatsd },
    ];
    return {
      cases: workloads.flatMap((workload) =>
        subjects.map(({ subject, start }) => ({
          workload: workload.name,
          subject,
          run: async (seconds: number) => measureServer(await start(), workload, seconds),
        })),
      ),
      left: typeof libc === 'string' ? [`${FLOOR}: ${libc}`] : [],
    };
  },
};

async function measureServer(server: Server, workload: Workload, seconds: number): Promise<Figures> {
  const sender = startModule('./sender.js', String(server.port), workload.name);
  const burst = async (length: number) => {
    const question: Burst = { seconds: length };
    const sent = await ask<Sent>(sender, question);
    const { drops } = await waitForSocket(server.port, ({ queued }) => queued === 0);
    await sleep(SETTLE_MS);
    return { ...sent, drops, cpu: cpuSeconds(server.pid) };
  };
  try {
    await answerOf(sender);
    const before = await burst(WARM_UP_SECONDS);
    const after = await burst(seconds);
    const rss = peakRss(server.pid);
    const counted = (await server.stop())?.received;
    const arrived = (before.datagrams + after.datagrams - after.drops) * workload.linesPerDatagram;
    if (counted !== undefined && counted !== arrived) {
      throw new Error(`${arrived} lines reached the socket, but the server accounts for ${counted}`);
    }

    const drops = after.drops - before.drops;
    const lines = (after.datagrams - drops) * workload.linesPerDatagram;
    return {
      cpuPerLine: ((after.cpu - before.cpu) * 1e6) / lines,
      received: (100 * (after.datagrams - drops)) / after.datagrams,
      linesPerSecond: lines / after.seconds / 1000,
      drops,
      rss,
    };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  } finally {
    await end(sender, 'SIGKILL');
  }
}
