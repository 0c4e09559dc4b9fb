import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, STATSDRAIN } from './bench.ts';
import { freePort } from './free-port.ts';
import { workloads } from './lines.ts';
import { type Server, startStatsdrain } from './servers.ts';
import { measureUdp, udpColumns } from './udp-load.ts';

/** Longest time until all threads know that somebody looks. Milliseconds. */
const SETTLE_MS = 300;

/** What somebody looks at, besides what is measured without anybody. */
const lookers: readonly (readonly [subject: string, path: string])[] = [
  ['page open', '/api/events'],
  ['tap of 100 lines/s', '/api/tap?limit=100'],
  ['tap of 1000 lines/s', '/api/tap?limit=1000'],
  ['tap of one rare name', '/api/tap?name=rare.*'],
];

export const live: Bench = {
  name: 'live',
  description:
    'What it costs that somebody looks: the loads of `udp`, with the back-end `live` and nobody who looks; with a page, which is to cost ' +
    'nothing; and with a tap, which is to cost at most a twentieth. The first row of each load has no back-end `live`.',
  columns: udpColumns,
  guards: [],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['live reads /proc, which only Linux has'] };
    return {
      cases: workloads.flatMap((workload) => [
        {
          workload: workload.name,
          subject: 'without "live"',
          run: async (seconds: number) => measureUdp(await startStatsdrain({ type: 'udp' }), workload, seconds),
        },
        ...[[STATSDRAIN, undefined] as const, ...lookers].map(([subject, path]) => ({
          workload: workload.name,
          subject,
          run: async (seconds: number) => measureUdp(await startLookedAt(path), workload, seconds),
        })),
      ]),
      left: [],
    };
  },
};

/** Somebody looks at `path` until the server is stopped. */
async function startLookedAt(path: string | undefined): Promise<Server> {
  const port = await freePort();
  const server = await startStatsdrain({ type: 'udp', backends: [{ type: 'live', port }] });
  if (path === undefined) return server;
  try {
    const stream = await openStream(port, path);
    await sleep(SETTLE_MS);
    return {
      ...server,
      stop() {
        stream.destroy();
        return server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
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
