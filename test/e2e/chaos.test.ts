import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { jsonConsole, startServer } from '../helper/process.ts';
import { open } from '../helper/send.ts';

const KINDS = ['503', '429', 'hang', 'reset', 'slow', 'truncated', 'reload'] as const;
type Kind = (typeof KINDS)[number];

/** The same faults in each run. */
function schedule(seed: number, faults: number): Kind[] {
  let state = seed;
  return Array.from({ length: faults }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return KINDS[Math.floor((state / 2_147_483_648) * KINDS.length)]!;
  });
}

/** A stand-in for Datadog that takes requests and remembers them, but for those in which it has a fault to show. */
async function intake() {
  /** How often a point came, and how often it was taken. */
  const points = new Map<string, number>();
  const events = new Map<string, number>();
  const faults: Kind[] = [];
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);

  function take(url: string | undefined, body: Buffer): void {
    if (url === '/intake/') {
      const { events: sent } = JSON.parse(body.toString()) as { events: Record<string, { msg_title: string }[]> };
      for (const { msg_title: title } of Object.values(sent).flat()) count(events, title);
    } else if (url === '/api/v2/series') {
      const { series } = JSON.parse(gunzipSync(body).toString()) as {
        series: { metric: string; points: { timestamp: number; value: number }[] }[];
      };
      for (const { metric, points: all } of series) {
        for (const { timestamp } of all) if (metric.startsWith('chaos.')) count(points, `${metric} ${timestamp}`);
      }
    }
  }

  function show(fault: Kind, url: string | undefined, body: Buffer, response: ServerResponse): void {
    switch (fault) {
      case '503':
        response.writeHead(503).end();
        return;
      case '429':
        response.writeHead(429, { 'retry-after': '1' }).end();
        return;
      case 'hang':
        return;
      case 'reset':
        // Taken, and nobody is told.
        take(url, body);
        response.socket?.resetAndDestroy();
        return;
      case 'slow':
        setTimeout(() => {
          take(url, body);
          response.writeHead(202).end('{}');
        }, 300);
        return;
      case 'truncated':
        take(url, body);
        response.writeHead(202, { 'content-length': '100' }).write('{');
        setTimeout(() => response.socket?.destroy(), 20);
        return;
      default:
        throw new Error(`"${fault}" is no fault of a server`);
    }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const fault = faults.shift();
      if (fault !== undefined) return show(fault, request.url, body, response);
      take(request.url, body);
      response.writeHead(202).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, points, events, faults };
}

test('through 200 faults nothing is missing, and nothing is there twice that is not counted as ambiguous', async () => {
  const { url, points, events, faults } = await intake();
  let tag = 0;
  const config = () => ({
    flushInterval: '100ms',
    selfMetrics: true,
    retry: { min: '10ms', max: '50ms', timeout: '500ms' },
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [jsonConsole, { type: 'datadog', apiKey: `key${tag}`, url, tags: [`round:${tag}`] }],
  });
  const server = await startServer(config());
  const socket = await open(server.port('tcp'));
  let sent = 0;
  for (const kind of schedule(11, 200)) {
    if (kind === 'reload') {
      tag++;
      server.configure(config());
      server.signal('SIGHUP');
      await server.until(
        'the reload',
        () => server.log.filter(({ msg }) => msg === 'configuration reloaded').length >= tag,
      );
    } else {
      faults.push(kind);
    }
    sent++;
    socket.write(`chaos.${sent}:1|c\n_e{${`e${sent}`.length},1}:e${sent}|x\n`);
    await server.until('its window', () => server.entries.some(({ name }) => name === `chaos.${sent}`));
  }
  faults.length = 0;
  const total = (name: string) => server.total(`statsdrain.${name}`, 'backend:datadog');
  const names = () => new Set([...points.keys()].map((key) => key.split(' ')[0]));
  await server.until('everything', () => names().size === sent && events.size === sent);
  socket.end();
  expect(await server.stop()).toBe(0);

  expect(total('lane.given_up')).toBe(0);
  expect(total('backend.lost_windows')).toBe(0);
  expect([...names()].length).toBe(sent);
  const twice = [...events.values()].reduce((sum, times) => sum + times - 1, 0);
  expect(twice).toBeGreaterThan(0);
  expect(twice).toBeLessThanOrEqual(server.total('statsdrain.lane.ambiguous', 'lane:events'));
}, 180_000);
