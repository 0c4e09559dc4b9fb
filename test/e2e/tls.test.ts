import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Certificate, certificateFor, shownName } from '../helper/certificate.ts';
import { send } from '../helper/http-client.ts';
import { jsonConsole, launch, type Server, startServer, temporaryFolder } from '../helper/process.ts';

const config = {
  flushInterval: '200ms',
  frontends: [{ type: 'http', port: 0, tls: { cert: './tls/drain.pem', key: './tls/drain.key' } }],
  backends: [jsonConsole, { type: 'prometheus', port: 0, tls: { cert: './tls/page.pem', key: './tls/page.key' } }],
};

const [drain, nextDrain, page, nextPage] = ['drain', 'next drain', 'page', 'next page'].map((name) =>
  certificateFor(name, '127.0.0.1'),
) as [Certificate, Certificate, Certificate, Certificate];

/** As a deployment does it: another file, and then its name. */
function write(folder: string, name: string, { cert, key }: Certificate): void {
  for (const [ending, content] of [
    ['pem', cert],
    ['key', key],
  ] as const) {
    const file = join(folder, 'tls', `${name}.${ending}`);
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  }
}

async function start(): Promise<Server> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'tls'));
  write(folder, 'drain', drain);
  write(folder, 'page', page);
  return startServer(config, { folder });
}

const drainOf = (server: Server) => `https://127.0.0.1:${server.port('http')}`;
const pageOf = (server: Server) => `https://127.0.0.1:${server.port('prometheus')}`;
const scrape = (server: Server, ca: string) =>
  send(`${pageOf(server)}/metrics`, undefined, { method: 'GET', ca }).then(({ text }) => text);

test('the drain and the page are served over TLS, and new certificates without a restart', async () => {
  const server = await start();
  expect((await send(`${drainOf(server)}/logs`, 'count#hits', { ca: drain.cert })).status).toBe(204);
  await expect.poll(() => scrape(server, page.cert), { timeout: 20_000 }).toContain('\nhits 1\n');

  write(server.folder, 'drain', nextDrain);
  write(server.folder, 'page', nextPage);
  await expect.poll(() => shownName(drainOf(server)), { timeout: 20_000 }).toBe('next drain');
  await expect.poll(() => shownName(pageOf(server)), { timeout: 20_000 }).toBe('next page');
  expect((await send(`${drainOf(server)}/statsd`, 'hits:2|c', { ca: nextDrain.cert })).status).toBe(204);
  await expect.poll(() => scrape(server, nextPage.cert), { timeout: 20_000 }).toContain('\nhits 3\n');
  expect(server.log.filter(({ level }) => level !== 'info')).toEqual([]);
  expect(await server.stop()).toBe(0);
});

test('a broken certificate in place of a good one is told, and the good one stays', async () => {
  const server = await start();
  write(server.folder, 'drain', { ...nextDrain, cert: 'half a certificate' });
  write(server.folder, 'page', { ...nextPage, key: drain.key });
  const told = (name: string) => server.log.filter(({ level, msg }) => level === 'error' && msg.includes(name));
  await server.until('both complaints', () => told('drain.pem').length > 0 && told('page.pem').length > 0);
  expect(told('drain.pem')[0]?.msg).toMatch(/holds no certificate .*; going on with the certificate/);
  expect(told('page.pem')[0]?.msg).toMatch(/page\.key" does not belong to .*; going on with the certificate/);
  expect([await shownName(drainOf(server)), await shownName(pageOf(server))]).toEqual(['drain', 'page']);

  write(server.folder, 'drain', nextDrain);
  await expect.poll(() => shownName(drainOf(server)), { timeout: 20_000 }).toBe('next drain');
  expect(await server.stop()).toBe(0);
});

test('a certificate that is not there at the start is one line that names the file', async () => {
  const server = launch(config);
  expect(await server.ended).toBe(69);
  const errors = server.log.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  expect(errors).toEqual([
    expect.stringContaining(
      `cannot read the certificate "${join(server.folder, 'tls/page.pem')}": no such file; put it`,
    ),
  ]);
});
