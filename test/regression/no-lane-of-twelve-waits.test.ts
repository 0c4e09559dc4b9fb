import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { open } from '../helper/send.ts';

const DESTINATIONS = ['one', 'two', 'three'] as const;
const PATHS = ['/api/v2/series', '/api/beta/sketches', '/intake/', '/api/v1/check_run'] as const;
const lanes = DESTINATIONS.flatMap((destination) => PATHS.map((path) => `${destination}${path}`));
type Fault = 'hangs' | 503;

/** Stands for three destinations with four endpoints each, of which one may be at fault. */
async function intakes() {
  /** Rounds of which each lane took something. */
  const arrived = new Map(lanes.map((lane) => [lane, new Set<string>()]));
  const refused = new Map<string, number>();
  const hanging = new Set<ServerResponse>();
  let bad: { readonly lane: string; readonly fault: Fault } | undefined;
  const urls = await Promise.all(
    DESTINATIONS.map(async (destination) => {
      const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const lane = `${destination}${request.url}`;
          if (bad?.lane === lane) {
            refused.set(lane, (refused.get(lane) ?? 0) + 1);
            if (bad.fault === 'hangs') hanging.add(response);
            else response.writeHead(bad.fault).end();
            return;
          }
          const sent = Buffer.concat(chunks);
          const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString('latin1');
          for (const [round] of text.matchAll(/round\.\d+/g)) arrived.get(lane)!.add(round);
          response.writeHead(202).end('{}');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }),
  );
  return {
    urls,
    refused: (lane: string) => refused.get(lane) ?? 0,
    has: (lane: string, round: string) => arrived.get(lane)!.has(round),
    fail(lane: string, fault: Fault) {
      bad = { lane, fault };
    },
    heal() {
      bad = undefined;
      for (const response of hanging) response.destroy();
      hanging.clear();
    },
  };
}

/** A back-end of four endpoints that copies to the other destinations all that the first one gets. */
const copying = (dist: URL) => `
  import { httpBackend } from '${new URL('src/kit/http/backend.js', dist)}';
  const limits = { maxBytes: 1e6, maxRawBytes: 1e6, maxPoints: 1000, contentType: 'text/plain', separator: '\\n' };
  const endpoint = (lane, path) => ({ lane, path, ...limits });
  const series = endpoint('series', '/api/v2/series');
  const sketches = endpoint('sketches', '/api/beta/sketches');
  const events = endpoint('events', '/intake/');
  const checks = endpoint('checks', '/api/v1/check_run');
  const item = (name) => ({ name, body: name, points: 1 });
  const named = (all) => all.map(({ name }) => item(name));
  export default {
    kind: 'backend',
    name: 'copying',
    create: ({ urls: [url, ...others] }, context) => httpBackend(
      { url, copies: others.map((other, index) => ({ name: String(index), url: other })) },
      context,
      [series, sketches, events, checks],
      (window) => [
        { endpoint: series, items: named([...window.series].filter(({ type }) => type !== 'distribution')) },
        { endpoint: sketches, items: named([...window.series].filter(({ type }) => type === 'distribution')) },
        { endpoint: events, items: window.events.map(({ title }) => item(title)) },
        { endpoint: checks, items: named(window.serviceChecks) },
      ],
    ),
  };`;

const kinds = {
  'three blocks': (urls: readonly string[]) =>
    urls.map((url, index) => ({ type: 'datadog', name: DESTINATIONS[index], apiKey: 'k', url })),
  'a block with copies': (urls: readonly string[]) => [{ use: './copying.mjs', urls }],
};

async function start(backends: readonly object[]): Promise<Server> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'copying.mjs'), copying(new URL('../../dist/', import.meta.url)));
  return startServer(
    {
      flushInterval: '100ms',
      // Longer than the test: what hangs is let go by the server, and by nobody else.
      retry: { min: '1ms', max: '20ms', timeout: '1m' },
      selfMetrics: true,
      frontends: [{ type: 'tcp', port: 0 }],
      backends: [jsonConsole, ...backends],
    },
    { folder },
  );
}

test.each(Object.entries(kinds))(
  'of twelve lanes of %s eleven go on while one hangs or answers 503, whichever it is',
  async (_, blocks) => {
    const { urls, refused, has, fail, heal } = await intakes();
    const server = await start(blocks(urls));
    const socket = await open(server.port('tcp'));
    const rounds: string[] = [];
    const next = () => {
      const round = `round.${rounds.length}`;
      rounds.push(round);
      socket.write(`${round}:1|c\n${round}:1|d\n_e{${round.length},1}:${round}|x\n_sc|${round}|0\n`);
      return round;
    };
    for (const lane of lanes) {
      for (const fault of ['hangs', 503] as const) {
        fail(lane, fault);
        const before = refused(lane);
        const during: string[] = [];
        for (let window = 0; window < (fault === 503 ? 2 : 5); window++) {
          const round = next();
          during.push(round);
          await server.until(`${round} in all lanes but ${lane}, which ${fault}`, () =>
            lanes.every((other) => other === lane || has(other, round)),
          );
        }
        await server.until(`a request that ${fault} in ${lane}`, () => refused(lane) > before);
        expect(during.filter((round) => has(lane, round))).toEqual([]);
        heal();
      }
    }
    await server.until('what waited', () => rounds.every((round) => lanes.every((lane) => has(lane, round))));
    socket.end();
    expect(await server.stop()).toBe(0);
    expect(server.total('statsdrain.lane.given_up')).toBe(0);
  },
  120_000,
);
