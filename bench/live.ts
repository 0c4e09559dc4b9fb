import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, WARM_UP_SECONDS } from './bench.ts';
import { freePort } from './free-port.ts';
import { type Workload, workloads } from './lines.ts';
import { type Server, startStatsdrain } from './servers.ts';
import { openUdpLoad, type UdpLoad } from './udp-load.ts';

/** Longest time until all threads know that somebody looks, or no longer. Milliseconds. */
const SETTLE_MS = 300;
/** Times that somebody begins to look, and ceases to: what else the machine does changes less from one burst to the next. */
const ROUNDS = 7;

/** What somebody looks at. */
const lookers: readonly (readonly [subject: string, path: string])[] = [
  ['page open', '/api/events'],
  ['tap of 20 lines/s', '/api/tap'],
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
  runs: 1,
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
  const rounds: { readonly unseen: Burst; readonly seen: Burst }[] = [];
  /** With somebody who looks at `path`. */
  const looked = async (time: number) => {
    const stream = await openStream(port, path);
    await sleep(SETTLE_MS);
    const figures = await measured(load, workload, time);
    stream.destroy();
    await sleep(SETTLE_MS);
    return figures;
  };
  try {
    await load.burst(WARM_UP_SECONDS);
    await looked(WARM_UP_SECONDS);
    while (rounds.length < ROUNDS) {
      rounds.push({ unseen: await measured(load, workload, seconds), seen: await looked(seconds) });
    }
  } finally {
    await load.end();
  }
  return {
    ratio: median(rounds.map(({ seen, unseen }) => seen.cpuPerLine / unseen.cpuPerLine)),
    cpuPerLine: median(rounds.map(({ seen }) => seen.cpuPerLine)),
    unseen: median(rounds.map(({ unseen }) => unseen.cpuPerLine)),
    linesPerSecond: median(rounds.map(({ seen }) => seen.linesPerSecond)),
  };
}

interface Burst {
  readonly cpuPerLine: number;
  readonly linesPerSecond: number;
}

async function measured(load: UdpLoad, { linesPerDatagram }: Workload, time: number): Promise<Burst> {
  const { cpu, datagrams, drops, seconds } = await load.burst(time);
  const lines = (datagrams - drops) * linesPerDatagram;
  return { cpuPerLine: (cpu * 1e6) / lines, linesPerSecond: lines / seconds / 1000 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
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
