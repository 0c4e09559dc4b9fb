import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { folderWith } from '../config/temporary.ts';

/** What a path answers: a body for JSON, or whatever is written to the response. */
export type Answers = Readonly<Record<string, object | ((response: ServerResponse) => void)>>;

/** Stands for the API of a running server's back-end `live`. */
export interface FakeLive {
  readonly url: string;
  /** Of a `config.json` that leads to it. */
  readonly folder: string;
  /** Method, path with query, and credential of each request. */
  readonly asked: readonly string[];
  /** Takes the place of the answers. */
  answer(next: Answers): void;
  close(): Promise<void>;
}

export async function fakeLive(answers: Answers, block: object = {}): Promise<FakeLive> {
  let current = new Map(Object.entries(answers));
  const asked: string[] = [];
  const server = createServer(({ method, url = '', headers: { authorization = '' } }, response) => {
    asked.push(`${method} ${url} ${authorization}`.trimEnd());
    const answer = current.get(url.split('?')[0]!);
    if (typeof answer === 'function') return answer(response);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'There is nothing here.' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  const config = { frontends: [{ type: 'udp' }], backends: [{ type: 'live', port, ...block }] };
  return {
    url: `http://127.0.0.1:${port}`,
    folder: folderWith({ 'config.json': config }),
    asked,
    answer: (next) => {
      current = new Map(Object.entries(next));
    },
    close,
  };
}

const none = { received: 0, aggregated: 0, rejected: 0, dropped: 0, kernelDropped: 0 };

/** A body of `/api/status`. */
export function stateWith(more: object = {}) {
  return {
    verdict: { level: 'good', text: '12,300 lines/s in · 0 rejected · 0 lost · every back-end delivered', advice: [] },
    time: 1_764_000_060_000,
    version: '0.1.0',
    node: 'v22.0.0',
    pid: 4711,
    startedMs: 1_764_000_000_000,
    configFile: '/etc/statsdrain/config.json',
    ready: true,
    intervalMs: 10_000,
    rates: { ...none, received: 12_300 },
    totals: none,
    frontends: [
      {
        name: 'udp',
        type: 'udp',
        addresses: ['udp://127.0.0.1:8125'],
        receiving: true,
        rate: 12_300,
        received: 738_000,
        aggregated: 737_993,
        overflowed: 0,
        rejected: { unknown_type: 5, no_value: 2 },
        dropped: {},
        kernelDropped: 0,
        packets: 40_000,
        connections: null,
      },
    ],
    backends: [
      {
        name: 'graphite',
        type: 'graphite',
        addresses: [],
        running: true,
        state: 'down',
        queueWindows: 3,
        queueBytes: 100,
        queueAgeMs: 30_000,
        sends: 3,
        failures: 2,
        lostWindows: { age: 1 },
        lostItems: {},
        lastSuccessMs: 1_764_000_030_000,
        lastError: { atMs: 1_764_000_055_000, message: 'connect ECONNREFUSED\u001b[2J' },
        lanes: [
          {
            name: 'carbon',
            payloads: 2,
            bytes: 10,
            ageMs: 120_000,
            spooled: 0,
            down: true,
            delivered: 7,
            givenUp: {},
            lastSuccessMs: null,
            lastError: null,
          },
        ],
      },
    ],
    series: 10_000,
    process: { cpu: 0.421, rssBytes: 104_857_600, lagMs: 12.3 },
    ...more,
  };
}
