import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const KEY = '0123456789abcdef0123456789abcdef';

/** A stand-in for Datadog that takes nothing until it is told to, and then counts what it takes. */
async function intake() {
  const taken = new Map<string, number>();
  const state = { up: false };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (!state.up) {
        response.writeHead(503).end('{}');
        return;
      }
      if (request.url === '/api/v2/series') {
        const body = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as { series: { metric: string }[] };
        for (const { metric } of body.series) taken.set(metric, (taken.get(metric) ?? 0) + 1);
      }
      response.writeHead(202).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const rounds = () => [...taken].filter(([name]) => name.startsWith('round.')).sort();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, state, rounds };
}

const configFor = (url: string, spool: object = { path: './spool' }) => ({
  flushInterval: '100ms',
  shutdownTimeout: '200ms',
  retry: { min: '50ms', max: '200ms' },
  frontends: [{ type: 'tcp', port: 0 }],
  backends: [jsonConsole, { type: 'datadog', apiKey: KEY, url }],
  spool,
});

/** One counter in each of so many windows. */
async function sendRounds(server: Server, from: number, to: number): Promise<void> {
  for (let round = from; round < to; round++) {
    const name = `round.${round}`;
    await sendStream(server.port('tcp'), `${name}:1|c\n`);
    await server.until('its window', () => server.entries.some((entry) => entry.name === name));
  }
}

const once = (count: number) =>
  Array.from({ length: count }, (_, round) => [`round.${round}`, 1] as [string, number]).sort();

const said = (server: Server, text: string) => server.log.some(({ msg }) => msg.includes(text));

function bytesIn(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

describe('the spool', () => {
  it('has what waits at a stop, and a start delivers it once', async () => {
    const { url, state, rounds } = await intake();
    const first = await startServer(configFor(url));
    await sendRounds(first, 0, 5);
    expect(await first.stop()).toBe(0);
    expect(first.log.at(-1)?.msg).toBe('stopped');
    expect(said(first, 'what was not delivered is in the spool')).toBe(true);
    expect(rounds()).toEqual([]);

    const folder = join(first.folder, 'spool');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(bytesIn(folder).includes('datadog')).toBe(true);
    expect(bytesIn(folder).includes(KEY)).toBe(false);

    state.up = true;
    const second = await startServer(configFor(url), { folder: first.folder });
    await second.until('all of them', () => rounds().length === 5);
    await second.until('the counters', () => second.total('statsdrain.spool.replayed') >= 5);
    await second.until('an empty spool', () => readdirSync(folder).every((name) => name === 'lock'));
    expect(await second.stop()).toBe(0);
    expect(rounds()).toEqual(once(5));
    expect(second.total('statsdrain.backend.lost_windows')).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});
