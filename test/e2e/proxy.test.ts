import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { certificateFor } from '../helper/certificate.ts';
import { datadogIntake } from '../helper/datadog-intake.ts';
import { type ProxyOptions, testProxy } from '../helper/http-proxy.ts';
import { launch, runCommand, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const API_KEY = '0123456789abcdef0123456789abcdef';
const CREDENTIALS = 'bob:w0rd';
const HOST = 'intake.test';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An intake behind TLS under a name that only a proxy knows. The processes that this test starts trust its certificate. */
async function secureIntake() {
  const intake = await datadogIntake(API_KEY);
  const certificate = certificateFor(HOST);
  const folder = temporaryFolder();
  const file = join(folder, 'ca.pem');
  writeFileSync(file, certificate.cert);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', file);
  const front = createServer(certificate, (socket) => {
    const back = connect(Number(new URL(intake.url).port), '127.0.0.1');
    for (const one of [socket, back])
      one.on('error', () => undefined).once('close', () => [socket, back].map((end) => end.destroy()));
    socket.pipe(back).pipe(socket);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    front.close();
    await intake.close();
  });
  const { port } = front.address() as { port: number };
  return { intake, port };
}

async function proxyWith(options: ProxyOptions) {
  const proxy = await testProxy(options);
  onTestFinished(proxy.close);
  return { ...proxy, requests: proxy.requests, as: (user: string) => proxy.url.replace('//', `//${user}@`) };
}

const config = (block: object) => ({
  flushInterval: '100ms',
  retry: { min: '10ms', max: '100ms' },
  frontends: [{ type: 'tcp', port: 0 }],
  backends: [{ type: 'datadog', apiKey: API_KEY, url: `https://${HOST}`, ...block }],
});

const told = (server: Server) => server.stdout + server.stderr;

test.each([
  ['the key "proxy"', (proxy: string) => ({ block: { proxy }, env: {} })],
  ['HTTPS_PROXY', (proxy: string) => ({ block: {}, env: { HTTPS_PROXY: proxy } })],
  [
    'DD_PROXY_HTTPS',
    (proxy: string) => ({ block: {}, env: { DD_PROXY_HTTPS: proxy, HTTPS_PROXY: 'http://127.0.0.1:1' } }),
  ],
])('D25 a window goes to an https intake through the proxy in %s', async (_, settings) => {
  const { intake, port } = await secureIntake();
  const proxy = await proxyWith({ credentials: CREDENTIALS, tunnelsTo: port });
  const { block, env } = settings(proxy.as(CREDENTIALS));
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const server = await startServer(config(block));
  await sendStream(server.port('tcp'), 'hits:3|c\n');
  await vi.waitFor(() => expect(intake.series.some(({ metric }) => metric === 'hits')).toBe(true));
  expect(await server.stop()).toBe(0);
  expect(new Set(proxy.requests.map(({ method, target }) => `${method} ${target}`))).toEqual(
    new Set([`CONNECT ${HOST}:443`]),
  );
  expect(told(server)).not.toMatch(/bob|w0rd/);
});

test('a proxy that does not take the password is told, without it', async () => {
  const { intake, port } = await secureIntake();
  const proxy = await proxyWith({ credentials: CREDENTIALS, tunnelsTo: port });
  const server = await startServer({ ...config({ proxy: proxy.as('bob:wr0ng') }), shutdownTimeout: '100ms' });
  await sendStream(server.port('tcp'), 'hits:3|c\n');
  const refusal = `through the proxy ${proxy.url}: 407, the proxy does not take this user and password`;
  await server.until('the refusal', () => server.log.some(({ msg }) => msg.includes(refusal)));
  expect(intake.requests).toEqual([]);
  expect(await server.stop()).toBe(0);
  expect(told(server)).not.toMatch(/bob|wr0ng/);
});

test('"statsdrain check" shows the proxy without user and password', async () => {
  vi.stubEnv('https_proxy', 'bob:w0rd@proxy.test:3128');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config({})));
  const { code, stdout, stderr } = await runCommand(['check', 'config.json'], folder);
  expect(code).toBe(0);
  expect(stdout).toContain(`https://${HOST} through the proxy http://proxy.test:3128`);
  expect(stdout + stderr).not.toMatch(/bob|w0rd/);
});

test('a proxy of the environment that cannot be used ends the start with what helps', async () => {
  vi.stubEnv('HTTPS_PROXY', 'socks5://bob:w0rd@proxy.test');
  const server = launch(config({}));
  expect(await server.ended).toBe(69);
  expect(server.stderr).toContain('the environment variable HTTPS_PROXY is not the URL of an HTTP proxy; write');
  expect(server.stderr).not.toMatch(/bob|w0rd/);
});
