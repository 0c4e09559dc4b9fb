import { accessSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { certificateFor } from '../helper/certificate.ts';
import { findProgram, runProgram } from '../helper/components.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';

/** What `install.sh` made. */
const installed = process.env.DOGSTATSD_CLIENTS;
const fixtures = fileURLToPath(new URL('../fixtures/clients/http/', import.meta.url));
if (installed === undefined) {
  console.warn(
    'Left out: the tests of clients that post to Datadog (test/e2e/datadog-clients.test.ts). With Go and Python they run after\n' +
      '  test/fixtures/clients/install.sh /tmp/clients && export DOGSTATSD_CLIENTS=/tmp/clients',
  );
} else {
  for (const made of ['http', 'python']) accessSync(join(installed, made));
}

const KEY = '0123456789abcdef0123456789abcdef';
const ROUNDS = 20;
const frontend = { type: 'http', port: 0, auth: { tokens: [KEY] }, datadog: {} };
const env = findProgram('env');

describe.skipIf(installed === undefined)('clients that post to Datadog', () => {
  const python = (server: Server, key: string) =>
    runProgram(env!, [
      `PYTHONPATH=${join(installed!, 'python')}`,
      'python3',
      join(fixtures, 'main.py'),
      `http://127.0.0.1:${server.port('http')}`,
      key,
      String(ROUNDS),
    ]);

  test('datadogpy: sums are what was sent', async () => {
    const server = await startServer({ flushInterval: '200ms', frontends: [frontend], backends: [jsonConsole] });
    expect(await python(server, KEY)).toEqual({ code: 0, output: '' });
    // Two points, a rate, a gauge and two values of a distribution in each round; an event and a service check.
    await received(server, 6 * ROUNDS + 2);
    expect(await server.stop()).toBe(0);

    expect(server.total('py.hits', 'env:prod', 'host:py-host')).toBe(2 * ROUNDS);
    expect(server.total('py.rate')).toBe(5 * ROUNDS);
    expect(latest(server, 'py.depth')).toMatchObject({
      type: 'gauge',
      value: ROUNDS,
      tags: ['env:prod', 'host:py-host'],
    });
    expect(values(server, 'py.size')).toEqual({ count: 2 * ROUNDS, sum: (ROUNDS * (ROUNDS + 1)) / 2 + ROUNDS / 2 });
    const of = (type: string) => server.entries.filter((entry) => entry.type === type);
    expect(of('event')).toMatchObject([{ title: 'deploy', text: 'version 7\nis öut', tags: ['env:prod'] }]);
    expect(of('service_check')).toMatchObject([{ name: 'db', status: 2, message: 'no answer' }]);
  });

  test('datadogpy with a key that is not known: it is told so', async () => {
    const server = await startServer({ flushInterval: '200ms', frontends: [frontend], backends: [jsonConsole] });
    const { code, output } = await python(server, 'x');
    expect(code).not.toBe(0);
    expect(output).toContain('Forbidden');
    expect(await server.stop()).toBe(0);
    expect(server.total('statsdrain.drain.auth_failures')).toBeGreaterThan(0);
  });

  test('datadog-metrics, over HTTPS: sums are what was sent', async () => {
    const folder = temporaryFolder();
    const { cert, key } = certificateFor('api.localhost');
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    const tls = { cert: './cert.pem', key: './key.pem' };
    const config = { flushInterval: '200ms', frontends: [{ ...frontend, tls }], backends: [jsonConsole] };
    const server = await startServer(config, { folder });
    const ran = await runProgram(env!, [
      `NODE_EXTRA_CA_CERTS=${join(folder, 'cert.pem')}`,
      process.execPath,
      join(fixtures, 'main.cjs'),
      join(installed!, 'http'),
      String(server.port('http')),
      KEY,
      String(ROUNDS),
    ]);
    expect(ran).toEqual({ code: 0, output: '' });
    // It adds up counters, keeps the last value of a gauge, and sends all values of a distribution.
    await received(server, 1 + 1 + ROUNDS);
    expect(await server.stop()).toBe(0);

    expect(server.total('node.hits', 'env:prod', 'page:home', 'host:node-host')).toBe(2 * ROUNDS);
    expect(latest(server, 'node.depth')).toMatchObject({ type: 'gauge', value: ROUNDS });
    expect(values(server, 'node.size')).toEqual({ count: ROUNDS, sum: (ROUNDS * (ROUNDS + 1)) / 2 });
  });
});

async function received(server: Server, lines: number): Promise<void> {
  const count = (name: string) => server.total(`statsdrain.lines.${name}`, 'frontend:http');
  await server.until('all points', () => count('received') >= lines);
  expect([count('received'), count('aggregated')]).toEqual([lines, lines]);
}

function latest({ entries }: Server, name: string) {
  return entries.filter((entry) => entry.name === name).at(-1);
}

/** Number and sum of all values of a distribution. */
function values({ entries }: Server, name: string): { count: number; sum: number } {
  const all = entries.filter((entry) => entry.name === name);
  const total = (figure: 'count' | 'sum') => all.reduce((sum, entry) => sum + (entry[figure] ?? 0), 0);
  return { count: total('count'), sum: total('sum') };
}
