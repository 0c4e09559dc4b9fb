import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonConsole, runCommand, startServer, temporaryFolder } from '../helper/process.ts';
import { post } from '../helper/send.ts';

const example = fileURLToPath(new URL('../../examples/http-frontend.js', import.meta.url));

test('the example of a front-end that serves takes what is good, refuses the rest, and accounts for all of it', async () => {
  const block = { use: example, port: 0, maxBody: '1MiB', auth: { tokens: ['t0k3n'] } };
  const server = await startServer({ flushInterval: '100ms', frontends: [block], backends: [jsonConsole] });
  const port = server.port('json-gauges');
  const authorization = 'Bearer t0k3n';
  expect(await post(port, '/gauges', '{"depth":7,"__proto__":8,"odd":"x","\\n":1}', { authorization })).toBe(204);
  expect(await post(port, '/gauges', '[', { authorization })).toBe(400);
  expect(await post(port, '/gauges', '{}', { authorization: 'Bearer other' })).toBe(401);
  expect(await post(port, '/gauges', 'x', { authorization, 'content-encoding': 'br' })).toBe(400);
  expect(await post(port, '/gauges', ' '.repeat(2 ** 20 + 1), { authorization })).toBe(413);
  const get = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } })).status;
  expect([await get('/gauges'), await get('/'), await get('/readyz'), await get('/healthz')]).toEqual([
    405, 404, 200, 200,
  ]);
  await server.until('the gauges', () => server.entries.some(({ name }) => name === '__proto__'));
  expect(await server.stop()).toBe(0);
  expect(server.entries.find(({ name }) => name === 'depth')).toMatchObject({ type: 'gauge', value: 7 });
  const total = (name: string, ...tags: string[]) =>
    server.total(`statsdrain.${name}`, 'frontend:json-gauges', ...tags);
  expect([total('lines.received'), total('lines.aggregated'), total('lines.rejected')]).toEqual([4, 2, 2]);
  expect([total('lines.rejected', 'reason:unsupported'), total('lines.rejected', 'reason:bad_name')]).toEqual([1, 1]);
  expect(total('json_gauges.auth_failures')).toBe(1);
  expect([total('json_gauges.requests'), total('json_gauges.refused_requests')]).toEqual([1, 6]);
  expect(total('json_gauges.refused_requests', 'status:413')).toBe(1);
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('it is closed to other machines unless it knows who comes', async () => {
  const folder = temporaryFolder();
  const check = async (block: object) => {
    const config = { frontends: [{ use: example, ...block }], backends: [jsonConsole] };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    return runCommand(['check', 'config.json'], folder);
  };
  expect((await check({ port: 8090 })).stdout).toContain('http://127.0.0.1:8090 (POST /gauges), this machine only');
  expect(await check({ host: '0.0.0.0' })).toMatchObject({
    code: 78,
    stderr: expect.stringContaining('frontends[0].host'),
  });
  expect(await check({ host: '0.0.0.0', allowAnonymous: true })).toMatchObject({ code: 0 });
});
