import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { jsonConsole, startServer } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

/** A stand-in for Datadog that knows one key, and whose events endpoint does what it is told. */
async function intake(key: string, events: 'hangs' | 503 | 202) {
  const series: { readonly metric: string; readonly atMs: number }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.headers['dd-api-key'] !== key) {
        response.writeHead(403).end('{"errors":["Forbidden"]}');
        return;
      }
      if (request.url === '/intake/') {
        if (events !== 'hangs') response.writeHead(events).end('{}');
        return;
      }
      if (request.url === '/api/v2/series') {
        const body = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as { series: { metric: string }[] };
        for (const { metric } of body.series) series.push({ metric, atMs: performance.now() });
      }
      response.writeHead(202).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, series };
}

const common = { flushInterval: '100ms', selfMetrics: true, frontends: [{ type: 'tcp', port: 0 }] };

test.each(['hangs', 503] as const)('series do not wait for an events endpoint that %s', async (events) => {
  const { url, series } = await intake('k', events);
  const datadog = { type: 'datadog', apiKey: 'k', url };
  const server = await startServer({ ...common, shutdownTimeout: '300ms', backends: [jsonConsole, datadog] });
  const event = '_e{1,1}:t|x\n';
  for (let round = 0; round < 5; round++) {
    const name = `round.${round}`;
    await sendStream(server.port('tcp'), `${event}${name}:1|c\n`);
    await server.until('the series', () => series.some(({ metric }) => metric === name));
  }
  await server.until('what waits', () => server.total('statsdrain.lane.delivered', 'lane:series') >= 5);
  const waiting = server.entries.filter(
    ({ name, tags }) => name === 'statsdrain.lane.payloads' && tags?.includes('lane:events'),
  );
  expect(Math.max(...waiting.map(({ value = 0 }) => value))).toBeGreaterThanOrEqual(3);
  expect(server.total('statsdrain.backend.lost_windows', 'backend:datadog')).toBe(0);
  await server.stop();
  expect(server.log.some(({ lane, msg }) => lane === 'events' && msg.includes('"shutdownTimeout"'))).toBe(true);
});

test('what a refused key keeps waiting arrives with the right one, after a reload and without a loss', async () => {
  const { url, series } = await intake('right', 202);
  const config = (apiKey: string) => ({ ...common, backends: [jsonConsole, { type: 'datadog', apiKey, url }] });
  const server = await startServer(config('wrong'));
  for (let round = 0; round < 5; round++) {
    const name = `round.${round}`;
    await sendStream(server.port('tcp'), `${name}:1|c\n`);
    await server.until('its window', () => server.entries.some((entry) => entry.name === name));
  }
  await server.until('windows that wait', () =>
    server.entries.some(({ name, value = 0 }) => name === 'statsdrain.lane.payloads' && value >= 5),
  );
  expect(series).toEqual([]);
  server.configure(config('right'));
  server.signal('SIGHUP');
  const arrived = () => new Set(series.map(({ metric }) => metric).filter((name) => name.startsWith('round.')));
  await server.until('all of them', () => arrived().size === 5);
  expect(await server.stop()).toBe(0);
  expect(series.filter(({ metric }) => metric.startsWith('round.'))).toHaveLength(5);
  expect(server.total('statsdrain.backend.lost_windows', 'backend:datadog')).toBe(0);
  const told = server.log.find(({ msg }) => msg === 'what waits goes to the changed back-end');
  expect(told).toMatchObject({ backend: 'datadog', windows: expect.any(Number), bytes: expect.any(Number) });
});
