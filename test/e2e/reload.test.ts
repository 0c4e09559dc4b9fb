import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonConsole, type LogLine, type Server, startServer } from '../helper/process.ts';
import { open, sendStream, sendUdp } from '../helper/send.ts';

const tcp = { type: 'tcp', port: 0 };
const config = { watch: true, flushInterval: '60s', frontends: [tcp], backends: [jsonConsole] };

const reloads = (server: Server) => server.log.filter(({ msg }) => msg === 'configuration reloaded');

async function nextReload(server: Server, count: number): Promise<LogLine> {
  await server.until(`reload ${count}`, () => reloads(server).length >= count);
  return reloads(server)[count - 1]!;
}

test('the file may be written, renamed over, broken, deleted and created again', async () => {
  const server = await startServer(config);
  const file = join(server.folder, 'config.json');
  const port = server.port('tcp');
  await sendStream(port, 'kept:1|c\n'.repeat(100));

  server.configure({ ...config, flushInterval: '50s' });
  expect(await nextReload(server, 1)).toMatchObject({ changed: ['flushInterval'] });

  writeFileSync(join(server.folder, 'new'), JSON.stringify({ ...config, percentiles: [75] }));
  renameSync(join(server.folder, 'new'), file);
  expect(await nextReload(server, 2)).toMatchObject({ changed: ['flushInterval', 'percentiles'] });

  writeFileSync(file, '{ "frontends": [');
  await server.until('the refusal', () => server.log.some(({ msg }) => msg.includes('was not reloaded')));
  await sendStream(port, 'kept:1|c\n'.repeat(100));

  rmSync(file);
  await server.until('the warning', () => server.log.some(({ msg }) => msg.includes('is gone')));
  await sendStream(port, 'kept:1|c\n'.repeat(100));

  server.configure({ ...config, flushInterval: '100ms', frontends: [tcp, { ...tcp, name: 'more' }] });
  expect(await nextReload(server, 3)).toMatchObject({
    changed: ['flushInterval', 'percentiles', 'frontends.more (new)'],
  });
  expect(server.port('tcp')).toBe(port);
  await sendStream(server.port('more'), 'kept:1|c\n'.repeat(100));
  await server.until('the counters', () => server.total('kept') === 400);

  server.configure({ ...config, flushInterval: '100ms', frontends: [{ ...tcp, idleTimeout: '5s' }] });
  await nextReload(server, 4);
  expect(server.port('tcp')).not.toBe(port);
  expect(await server.stop()).toBe(0);
  expect(server.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
  expect(server.log.filter(({ level }) => level === 'error')).toHaveLength(2);
});

test('a configuration of the original StatsD runs, and is watched by default', async () => {
  const theirs = {
    address: '127.0.0.1',
    port: '0',
    mgmt_port: '0',
    flushInterval: 100,
    backends: ['./backends/console'],
  };
  const server = await startServer(theirs);
  await sendUdp(server.port('udp'), 'seen:7|c');
  await server.until('the counter', () => server.stdout.includes('seen: 7'));
  const admin = await open(server.adminPort());
  admin.write('health\n');
  const [reply] = await once(admin, 'data');
  expect(String(reply)).toContain('health: up\n');
  admin.destroy();

  const port = server.port('udp');
  server.configure({
    ...theirs,
    flushInterval: 200,
    healthStatus: 'down',
    servers: [{ address: '127.0.0.1', port: '0' }],
  });
  expect((await nextReload(server, 1)).changed).toEqual(['flushInterval', 'healthStatus', 'servers']);
  await server.until('what needs a restart', () =>
    server.log.some(({ msg }) => msg.includes('at the next start only')),
  );
  expect(server.port('udp')).toBe(port);
  expect(await server.stop()).toBe(0);
  const told = server.log.find(({ msg }) => msg.includes('configuration of the original StatsD daemon'));
  expect(told).toMatchObject({
    level: 'info',
    notes: expect.arrayContaining([expect.stringContaining('mgmt_address')]),
  });
});
