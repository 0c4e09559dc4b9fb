import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { send } from '../helper/http-client.ts';
import { jsonConsole, runCommand, startServer, temporaryFolder } from '../helper/process.ts';

const example = fileURLToPath(new URL('../../examples/http-frontend.js', import.meta.url));

test('the example of a front-end that is posted to takes samples, and refuses what it cannot read', async () => {
  const frontend = { use: example, port: 0, auth: { tokens: ['t0k3n'] } };
  const server = await startServer({
    flushInterval: '200ms',
    selfMetrics: true,
    frontends: [frontend],
    backends: [jsonConsole],
  });
  const url = `http://127.0.0.1:${server.port('json-samples')}/samples`;
  const headers = { authorization: 'Bearer t0k3n' };
  expect(await send(url, '[["queue.depth",7],["jobs",3,"env:prod"]]', { headers })).toMatchObject({ status: 204 });
  expect(await send(url, '[["queue.depth","8"]]', { headers })).toMatchObject({ status: 400 });
  expect(await send(url, '[["queue.depth",9]]')).toMatchObject({ status: 401 });
  const samples = () => server.entries.filter(({ type }) => type === 'gauge');
  await server.until('the samples', () => samples().some(({ name }) => name === 'jobs'));
  expect(samples().find(({ name }) => name === 'jobs')).toMatchObject({ value: 3, tags: ['env:prod'] });
  expect(samples().find(({ name }) => name === 'queue.depth')).toMatchObject({ value: 7 });
  await server.until('what it counts', () => server.total('statsdrain.samples.refused_requests') === 2);
  expect(server.total('statsdrain.samples.requests', 'frontend:json-samples')).toBe(1);
  expect(server.total('statsdrain.samples.auth_failures')).toBe(1);
  expect(await server.stop()).toBe(0);
  expect(server.stderr).not.toContain('t0k3n');
});

test('it is closed to other machines, as the built-in one is', async () => {
  const folder = temporaryFolder();
  const config = JSON.stringify({ frontends: [{ use: example, host: '0.0.0.0' }], backends: [jsonConsole] });
  writeFileSync(join(folder, 'config.json'), config);
  const { code, stderr } = await runCommand(['check', 'config.json'], folder);
  expect(code).toBe(78);
  expect(stderr).toContain('"0.0.0.0" is open to other machines and "auth" names no user or token');
});
