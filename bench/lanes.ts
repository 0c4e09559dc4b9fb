import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figures, STATSDRAIN } from './bench.ts';
import type { LaneOrder, LaneState } from './lane-sink.ts';
import { answerOf, ask, end, startModule } from './processes.ts';
import { startStatsdrain } from './servers.ts';

const FLUSH_MS = 500;
/** Of each of the twelve lanes with each fault. */
const WINDOWS = 10;
/** Windows in which no lane is at fault. */
const HEALTHY = 40;
const SERIES = 2000;
const LINES = 40;
/** When in a window its lines are sent. */
const SEND_AT_MS = 100;
const DESTINATIONS = 3;
const PATHS = ['/api/v2/series', '/api/beta/sketches', '/intake/', '/api/v1/check_run'];

export const lanes: Bench = {
  name: 'lanes',
  description:
    `Three Datadog blocks, each to a server of its own with four endpoints, and ${SERIES} series, an event, a distribution and a service check in each window of ` +
    `${FLUSH_MS} ms. For ${WINDOWS} windows each of the twelve endpoints in turn hangs, and then answers 503. Figures are milliseconds from the end of a window until a request of it ` +
    'has arrived, of each of the other eleven and each window; the first row is without any fault.',
  columns: [
    { key: 'median', label: 'median ms', digits: 0 },
    { key: 'p99', label: '99 % ms', digits: 0 },
    { key: 'most', label: 'longest ms', digits: 0 },
    { key: 'missing', label: 'not arrived', digits: 0 },
    { key: 'measured', label: 'requests', digits: 0 },
  ],
  guards: [],
  runs: 1,
  async cases() {
    const subject = STATSDRAIN;
    return {
      cases: [
        { workload: 'no fault', subject, run: () => run(undefined) },
        { workload: 'one hangs', subject, run: () => run('hang') },
        { workload: 'one answers 503', subject, run: () => run(503) },
      ],
      left: [],
    };
  },
};

async function run(fault: 'hang' | 503 | undefined): Promise<Figures> {
  const sinks = Array.from({ length: DESTINATIONS }, () => startModule('./lane-sink.js'));
  const ports = await Promise.all(sinks.map(async (sink) => (await answerOf<{ port: number }>(sink)).port));
  const server = await startStatsdrain({
    type: 'udp',
    flushMs: FLUSH_MS,
    backends: ports.map((port, index) => ({
      type: 'datadog',
      name: `dd${index}`,
      url: `http://127.0.0.1:${port}`,
      apiKey: 'a'.repeat(32),
    })),
    // Short waits, so that a lane that was at fault goes on when it is the turn of the next one.
    more: { shutdownTimeout: 100, selfMetrics: false, retry: { min: 10, max: 50 } },
  });
  const late: number[] = [];
  let missing = 0;
  let round = 0;
  const socket = createSocket({ type: 'udp4', sendBufferSize: 4 * 1024 * 1024 });
  socket.connect(server.port, '127.0.0.1');
  await once(socket, 'connect');

  /** Sends windows, and looks at each when another one has ended after it. */
  async function windows(count: number, bad: { readonly sink: ChildProcess; readonly path: string } | undefined) {
    const sent: { readonly round: number; readonly endMs: number }[] = [];
    for (let window = 0; window < count + 2; window++) {
      await sleep(FLUSH_MS - ((Date.now() - SEND_AT_MS) % FLUSH_MS));
      if (window < count) {
        sent.push({ round: ++round, endMs: Math.ceil(Date.now() / FLUSH_MS) * FLUSH_MS });
        sendRound(round);
      }
      if (window >= 2) await look(sent[window - 2]!, bad);
    }
  }

  async function look(
    { round: number, endMs }: { readonly round: number; readonly endMs: number },
    bad: { readonly sink: ChildProcess; readonly path: string } | undefined,
  ) {
    await Promise.all(
      sinks.map(async (sink) => {
        const { arrivals } = await ask<LaneState>(sink, {} satisfies LaneOrder);
        for (const path of PATHS) {
          if (sink === bad?.sink && path === bad.path) continue;
          const at = arrivals[`${path} ${number}`];
          if (at === undefined) missing++;
          else late.push(at - endMs);
        }
      }),
    );
  }

  function sendRound(number: number): void {
    const name = `round.${number}.`;
    const special = `${name}:1|d\n_e{${name.length},1}:${name}|x\n_sc|${name}|0\n${name}:1|c`;
    socket.send(special);
    for (let first = 0; first < SERIES; first += LINES) {
      socket.send(Array.from({ length: LINES }, (_, index) => `lanes.series.${first + index}:1|c`).join('\n'));
    }
  }

  try {
    await windows(4, undefined);
    late.length = 0;
    missing = 0;
    if (fault === undefined) await windows(HEALTHY, undefined);
    else {
      for (const sink of sinks) {
        for (const path of PATHS) {
          await ask<LaneState>(sink, { bad: path, fault } satisfies LaneOrder);
          await windows(WINDOWS, { sink, path });
          await ask<LaneState>(sink, { bad: '' } satisfies LaneOrder);
        }
      }
    }
  } finally {
    socket.close();
    await server.stop().catch(() => undefined);
    for (const sink of sinks) await end(sink, 'SIGKILL');
  }
  late.sort((a, b) => a - b);
  const at = (share: number) => late[Math.floor((late.length - 1) * share)]!;
  return { median: at(0.5), p99: at(0.99), most: at(1), missing, measured: late.length };
}
