import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, WARM_UP_SECONDS } from './bench.ts';
import { freePort } from './free-port.ts';
import { type Workload, workloads } from './lines.ts';
import { type Server, startStatsdrain } from './servers.ts';
import { openUdpLoad, type UdpLoad } from './udp-load.ts';

/** Longest time until all threads know that somebody looks, or no longer. Milliseconds. */
const SETTLE_MS = 300;
/** Times that somebody begins to look, and ceases to. */
const ROUNDS = 4;

/** What somebody looks at. */
const lookers: readonly (readonly [subject: string, path: string])[] = [
  ['page open', '/api/events'],
  ['tap of 100 lines/s', '/api/tap?limit=100'],
  ['tap of 1000 lines/s', '/api/tap?limit=1000'],
  ['tap of one rare name', '/api/tap?name=rare.*'],
];

export const live: Bench = {
  name: 'live',
  description:
    'What it costs that somebody looks: one server with the back-end `live` under the loads of `udp`, in turns with nobody who looks and with ' +
    'a page or a tap open, which changes neither its sockets nor its threads. The first figure is the CPU for each line while somebody looks, ' +
    'as a multiple of that while nobody does. A page is to cost nothing, and a tap at most a twentieth.',
  columns: [
    { key: 'ratio', label: 'CPU × nobody looks', digits: 2 },
    { key: 'cpuPerLine', label: 'CPU µs per line', digits: 3 },
    { key: 'unseen', label: 'while nobody looks', digits: 3 },
    { key: 'linesPerSecond', label: 'k lines/s received', digits: 0 },
  ],
  guards: [],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['live reads /proc, which only Linux has'] };
    return {
      cases: workloads.flatMap((workload) =>
        lookers.map(([subject, path]) => ({
          workload: workload.name,
          subject,
          run: (seconds: number) => inTurns(workload, path, seconds),
        })),
      ),
      left: [],
    };
  },
};

async function inTurns(workload: Workload, path: string, seconds: number): Promise<Figures> {
  const port = await freePort();
  const server = await startStatsdrain({ type: 'udp', backends: [{ type: 'live', port }] });
  try {
    return await compare(server, port, workload, path, seconds);
  } finally {
    await server.stop();
  }
}

async function compare(server: Server, port: number, workload: Workload, path: string, seconds: number) {
  const load = await openUdpLoad(server, workload);
  const unseen: Sum = { cpu: 0, lines: 0, seconds: 0 };
  const seen: Sum = { cpu: 0, lines: 0, seconds: 0 };
  /** With somebody who looks at `path`. */
  const looked = async (sum: Sum, time: number) => {
    const stream = await openStream(port, path);
    await sleep(SETTLE_MS);
    await add(sum, load, workload, time);
    stream.destroy();
    await sleep(SETTLE_MS);
  };
  try {
    await load.burst(WARM_UP_SECONDS);
    await looked({ ...seen }, WARM_UP_SECONDS);
    for (let round = 0; round < ROUNDS; round++) {
      await add(unseen, load, workload, seconds / ROUNDS);
      await looked(seen, seconds / ROUNDS);
    }
  } finally {
    await load.end();
  }
  const perLine = ({ cpu, lines }: Sum) => (cpu * 1e6) / lines;
  return {
    ratio: perLine(seen) / perLine(unseen),
    cpuPerLine: perLine(seen),
    unseen: perLine(unseen),
    linesPerSecond: seen.lines / seen.seconds / 1000,
  };
}

interface Sum {
  cpu: number;
  lines: number;
  seconds: number;
}

async function add(sum: Sum, load: UdpLoad, { linesPerDatagram }: Workload, seconds: number): Promise<void> {
  const burst = await load.burst(seconds);
  sum.cpu += burst.cpu;
  sum.lines += (burst.datagrams - burst.drops) * linesPerDatagram;
  sum.seconds += burst.seconds;
}

function openStream(port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${path} gave status ${response.statusCode}`));
      response.on('error', () => undefined);
      resolve(response.resume());
    });
    request.on('error', reject);
  });
}
