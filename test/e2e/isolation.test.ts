import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

const WINDOWS = 10;
const LINES = 500;
/** Another back-end's window is delayed by no more than this. */
const MAX_DELAY_MS = 1000;

const plugins = {
  'record.mjs': `
    import { appendFileSync } from 'node:fs';
    const create = ({ path }) => ({ async send({ endMs }) { appendFileSync(path, endMs + ' ' + Date.now() + '\\n'); } });
    export default { kind: 'backend', name: 'record', create };`,
  'hang.mjs': `
    export default { kind: 'backend', name: 'hang', create: () => ({ send: () => new Promise(() => {}) }) };`,
  'throw.mjs': `
    const send = () => { throw new TypeError('always'); };
    export default { kind: 'backend', name: 'throw', create: () => ({ send }) };`,
};

test('back-ends that hang, throw, refuse and answer 503 cost the others nothing, and ingest nothing', async () => {
  const sickFolder = pluginFolder();
  const frontends = [
    { type: 'udp', port: 0 },
    { type: 'tcp', port: 0 },
  ];
  const common = {
    flushInterval: '500ms',
    queue: { windows: 3 },
    retry: { min: '50ms', max: '200ms', timeout: '1s' },
    shutdownTimeout: '500ms',
    frontends,
  };
  const datadog = (url: string, name: string) => ({ type: 'datadog', name, url, apiKey: '0'.repeat(32) });
  const healthy = [jsonConsole, { use: './record.mjs', path: 'record.txt' }];
  const sickConfig = {
    ...common,
    backends: [
      { use: './hang.mjs' },
      { use: './throw.mjs' },
      datadog(await httpServer('503'), 'unavailable'),
      datadog(await httpServer('hang'), 'silent'),
      { type: 'graphite', port: await freePort() },
      ...healthy,
    ],
  };
  const sick = await startServer(sickConfig, { folder: sickFolder });
  const control = await startServer({ ...common, backends: healthy }, { folder: pluginFolder() });

  let sent = 0;
  const goal = sick.windows.length + WINDOWS;
  while (sick.windows.length < goal) {
    const seen = sick.windows.length;
    await sendStream(sick.port('tcp'), 'work.tcp:1|c\n'.repeat(LINES));
    await sendUdp(sick.port('udp'), 'work.udp:1|c\n'.repeat(LINES));
    sent += LINES;
    await sick.until('the next window', () => sick.windows.length > seen);
  }

  const names = ['hang', 'throw', 'unavailable', 'silent', 'graphite'];
  const lost = (name: string) => sick.total('statsdrain.backend.lost_windows', `backend:${name}`);
  for (const name of names) await sick.until(`the losses of ${name}`, () => lost(name) > 0);
  expect(await sick.stop()).toBe(0);
  expect(await control.stop()).toBe(0);

  expect(sick.total('work.tcp')).toBe(sent);
  expect(sick.total('work.udp')).toBe(sent);
  expect(sick.total('statsdrain.kernel.dropped')).toBe(0);
  expect(sick.total('statsdrain.lines.aggregated')).toBe(2 * sent);

  for (const name of names) {
    expect(sick.total('statsdrain.backend.sends', `backend:${name}`), name).toBe(0);
    expect(sick.total('statsdrain.backend.failures', `backend:${name}`), name).toBeGreaterThan(0);
    expect(sick.total('statsdrain.backend.retries', `backend:${name}`), name).toBeGreaterThan(0);
  }
  for (const name of ['console', 'record']) expect(lost(name), name).toBe(0);

  expectNoGap(sick);
  expectNotLater(console(sick), console(control));
  expectNotLater(recorded(sick), recorded(control));
  expect([...recorded(sick).keys()]).toEqual([...console(sick).keys()]);
}, 60_000);

function pluginFolder(): string {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries(plugins)) writeFileSync(join(folder, file), text);
  return folder;
}

async function httpServer(behaviour: '503' | 'hang'): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    if (behaviour === '503') request.on('end', () => response.writeHead(503).end());
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Each window starts where the one before it ended. */
function expectNoGap({ windows }: Server): void {
  for (let index = 1; index < windows.length; index++) {
    const { window, interval = 0 } = windows[index]!;
    expect(Math.round((window - interval) * 1000)).toBe(Math.round(windows[index - 1]!.window * 1000));
  }
}

/** By the end of the window: when it arrived, both in Unix milliseconds. */
function console({ windows }: Server): Map<number, number> {
  return new Map(windows.map(({ window, arrivedMs }) => [Math.round(window * 1000), arrivedMs]));
}

function recorded({ folder }: Server): Map<number, number> {
  const lines = readFileSync(join(folder, 'record.txt'), 'utf8').trimEnd().split('\n');
  return new Map(lines.map((line) => line.split(' ').map(Number) as [number, number]));
}

/** Compared with a server whose back-ends are all well, so that a slow machine does not count. */
function expectNotLater(sick: ReadonlyMap<number, number>, control: ReadonlyMap<number, number>): void {
  const delays = [...sick].flatMap(([endMs, arrivedMs]) => {
    const otherMs = control.get(endMs);
    return otherMs === undefined ? [] : [arrivedMs - otherMs];
  });
  expect(delays.length).toBeGreaterThan(WINDOWS / 2);
  expect(Math.max(...delays)).toBeLessThan(MAX_DELAY_MS);
}
