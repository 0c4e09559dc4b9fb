import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { expectFree } from '../../src/supervision/free-addresses.ts';
import { folderWith } from '../config/temporary.ts';

async function busyPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function configWith(config: object) {
  return loadConfig(
    `${folderWith({ 'config.json': { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }], ...config } })}/config.json`,
    {},
  );
}

it.each([
  ['front-end "lines"', (port: number) => ({ frontends: [{ type: 'tcp', name: 'lines', port }] })],
  ['back-end "live"', (port: number) => ({ backends: [{ type: 'live', port }] })],
  ['admin', (port: number) => ({ admin: { port } })],
])('what the predecessor holds is free in time, and what another process holds is not: %s', async (what, withPort) => {
  const port = await busyPort();
  const config = await configWith(withPort(port));
  await expectFree(config, process.pid);
  const other = spawn('sleep', ['60']);
  onTestFinished(() => void other.kill());
  await expect(expectFree(config, other.pid!)).rejects.toThrow(
    `cannot take over from process ${other.pid}, which goes on: ${what}: cannot listen on tcp://127.0.0.1:${port}: another process uses port ${port}`,
  );
});

it('tells of what can never be had', async () => {
  const config = await configWith({ frontends: [{ type: 'tcp', host: '192.0.2.1', port: 8125 }] });
  await expect(expectFree(config, process.pid)).rejects.toThrow('this machine does not have the address "192.0.2.1"');
});
