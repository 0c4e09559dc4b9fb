import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { linkTo } from '../../src/dispatch/link.ts';
import { createLogger } from '../../src/process/log.ts';
import { bundledExample, packageVersion } from '../../src/process/package.ts';
import { runServer } from '../../src/server.ts';
import { jsonConsole, launch, startServer, temporaryFolder } from '../helper/process.ts';

const frontends = [{ type: 'tcp', port: 0 }];
const quiet = { ...jsonConsole };

it('the first line says which configuration, version and process it is', async () => {
  const server = await startServer({ frontends, backends: [quiet] });
  const version = packageVersion();
  const config = join(server.folder, 'config.json');
  expect(server.log[0]).toMatchObject({ msg: 'starting', config, version, pid: server.pid });
  expect(await server.stop()).toBe(0);
});

it('names the bundled example as such, and a dispatch thread that dies exits with 1', async () => {
  const lines: string[] = [];
  const { port1 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const dead = linkTo(port1, Promise.reject(new Error('the thread ended with code 1')));
  const output = { terminal: false, color: false, now: () => new Date(0), write: (line: string) => lines.push(line) };
  const file = bundledExample();
  expect(await runServer(file, await loadConfig(file, {}), dead, createLogger(output))).toBe(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'starting', config: `the bundled example (${file})` });
});

it('"log" sets level and format in both threads, and a reload changes them', async () => {
  const port = await takenPort();
  const unreachable = { type: 'graphite', host: '127.0.0.1', port };
  const folder = temporaryFolder();
  const text = { flushInterval: '100ms', frontends, backends: [quiet, unreachable], log: { format: 'text' } };
  const server = launch(text, { folder });
  await server.until('the line "ready"', () => /^\d\d:\d\d:\d\dZ info {2}ready /m.test(server.stderr));
  await server.until('a warning', () => /Z warn {2}.*backend=graphite/.test(server.stderr));
  const path = join(folder, 'reloaded.sock');
  server.configure({ ...text, frontends: [...frontends, { type: 'unix', path }], log: { level: 'error' } });
  server.signal('SIGHUP');
  await server.until('the socket of the reload', () => existsSync(path));
  await server.stop();
  expect(server.stderr).not.toContain('configuration reloaded');
  expect(server.stderr).not.toContain('stopping');
  expect(server.stderr).toContain('"level":"error"');
});

it.each(['front-end', 'back-end', 'admin'])('exits with 69 when the port of the %s is in use', async (who) => {
  const port = await takenPort(true);
  const server = launch({
    frontends: [{ type: 'tcp', port: who === 'front-end' ? port : 0 }],
    backends: [quiet, { type: 'prometheus', port: who === 'back-end' ? port : 0 }],
    admin: { port: who === 'admin' ? port : 0 },
  });
  expect(await server.ended).toBe(69);
  expect(server.log.at(-1)).toMatchObject({ level: 'error', msg: expect.stringContaining(String(port)) });
});

/** A port of the loopback that somebody listens on, or that was just let go. */
async function takenPort(held = false): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (held) onTestFinished(() => void server.close());
  else server.close();
  return port;
}
