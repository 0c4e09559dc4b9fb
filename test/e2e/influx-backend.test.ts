import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { jsonConsole, runCommand, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const TOKEN = 'apiv3_k3y';
const example = fileURLToPath(new URL('../../examples/influx-backend.js', import.meta.url));

interface Write {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly lines: readonly string[];
  readonly status: number;
  readonly atMs: number;
}

/** A stand-in for InfluxDB 3 that answers its first request with 503, and lines of `bad` with 400. */
async function influx() {
  const writes: Write[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const lines = gunzipSync(Buffer.concat(chunks)).toString().split('\n');
      const { url = '', headers } = request;
      const refused = lines.some((line) => line.startsWith('bad'));
      const status = writes.length === 0 ? 503 : refused ? 400 : 204;
      writes.push({ url, authorization: headers.authorization, lines, status, atMs: performance.now() });
      if (status === 503) response.setHeader('retry-after', '1');
      response.writeHead(status).end(status === 400 ? `{"error":"no such type", "token":"${TOKEN}"}` : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, writes };
}

test('the example of an HTTP back-end waits when it is told to, and loses only what is refused', async () => {
  const { url, writes } = await influx();
  const server = await startServer({
    flushInterval: '100ms',
    retry: { min: '10ms', max: '5s' },
    selfMetrics: true,
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [jsonConsole, { use: example, url: `${url}/`, database: 'a b', token: TOKEN }],
  });
  await sendStream(
    server.port('tcp'),
    'hits:3|c|#env:prod,web\n#odd#:5|c|#role:web,role:db,#k:v,role\nbad:1|c\ndepth, max=:7|g\nslow:3|ms\n',
  );
  const accepted = () => writes.filter(({ status }) => status === 204).flatMap(({ lines }) => lines);
  await server.until('the loss', () => server.total('statsdrain.backend.lost_items', 'reason:rejected') > 0);
  await server.until('the others', () =>
    ['hits', 'depth', '_odd_'].every((name) => accepted().some((line) => line.startsWith(name))),
  );
  // A stop waits for nothing.
  const again = () => writes.slice(1).filter(({ lines }) => lines.join() === writes[0]!.lines.join());
  await server.until('the first one again', () => again().length > 0);
  expect(await server.stop()).toBe(0);

  const [first] = writes;
  expect(again()).toHaveLength(1);
  // Timers of Node.js may be a millisecond early.
  expect(again()[0]!.atMs - first!.atMs).toBeGreaterThan(990);
  expect(first).toMatchObject({
    url: '/api/v3/write_lp?db=a%20b&precision=millisecond',
    authorization: `Bearer ${TOKEN}`,
  });
  const own = accepted().filter((line) => !line.startsWith('statsdrain.'));
  expect(own.filter((line) => line.startsWith('hits'))[0]).toMatch(/^hits,env=prod,web=_ value=3 \d{13}$/);
  expect(own.filter((line) => line.startsWith('depth'))[0]).toMatch(/^depth__max_ value=7 \d{13}$/);
  expect(own.filter((line) => line.startsWith('_odd'))[0]).toMatch(/^_odd_,_k=v,role=__db_web value=5 \d{13}$/);
  expect(own.filter((line) => line.startsWith('#'))).toEqual([]);
  expect(own.some((line) => line.startsWith('slow') || line.startsWith('bad'))).toBe(false);
  expect(server.total('statsdrain.backend.lost_items', 'reason:rejected')).toBe(1);
  expect(server.stderr).toContain('1 lost, the first is \\"bad\\"');
  expect(server.stderr).toContain('***');
  expect(server.stderr + server.stdout).not.toContain(TOKEN);
});

test('it asks the server whether it would be let in, and says which key to look at where not', async () => {
  let status = 200;
  const server = createServer(({ url, headers }, response) => {
    response.writeHead(url === '/health' ? status : 404).end(status === 200 ? 'OK' : `no ${headers.authorization}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const folder = temporaryFolder();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const backends = [{ use: example, url, database: 'd', token: TOKEN, proxy: false }];
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ frontends: [{ type: 'tcp', port: 0 }], backends }));
  const check = async () => runCommand(['check', 'config.json', '--online'], folder);
  const good = await check();
  expect([good.code, good.stdout]).toEqual([0, expect.stringContaining(`GET ${url}/health: 200`)]);
  status = 401;
  const bad = await check();
  expect([bad.code, bad.stdout]).toEqual([69, expect.stringContaining('; look at "token"')]);
  expect(bad.stdout).not.toContain(TOKEN);
});

test('its keys are judged, and it says where it sends', async () => {
  const folder = temporaryFolder();
  const check = async (block: object) => {
    const config = { frontends: [{ type: 'tcp', port: 0 }], backends: [{ use: example, ...block }] };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    return runCommand(['check', 'config.json'], folder);
  };
  const good = { url: 'http://10.0.0.1:8181', database: 'd', token: TOKEN, proxy: 'http://user:w0rd@10.0.0.2:3128' };
  const { code, stdout } = await check(good);
  expect(code).toBe(0);
  expect(stdout).toContain('http://10.0.0.1:8181 through the proxy http://10.0.0.2:3128');
  expect(stdout).not.toMatch(/w0rd|k3y/);
  const bad = await check({ ...good, token: 'a b', proxy: 'w0rd' });
  expect(bad.code).toBe(78);
  expect(bad.stderr.split('\n')).toEqual([
    expect.stringMatching(/backends\[0\]\.token: the value has blanks or other characters that a token never has/),
    expect.stringMatching(/backends\[0\]\.proxy: the value must be the URL of an HTTP proxy/),
    '',
  ]);
});
