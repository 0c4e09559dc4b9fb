import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonConsole, type LogLine, type Server, startServer, temporaryFolder } from '../helper/process.ts';
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

test('a mapping file that changes is taken over; one that is broken leaves the rules as they were', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'mapping.yml');
  const rule = (name: string) => `mappings:\n- match: job.*.runs\n  name: ${name}\n  labels: {job: "$1"}\n`;
  writeFileSync(file, `${rule('first')}  hlep: x\n`);
  const udp = { type: 'udp', port: 0 };
  const server = await startServer(
    { flushInterval: '100ms', frontends: [udp], mapping: 'mapping.yml', backends: [jsonConsole] },
    { folder },
  );
  const warned = server.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
  expect(warned).toEqual([expect.stringMatching(/mapping\.yml, line 5: unknown key "hlep" in a rule/)]);
  const port = server.port('udp');
  await sendUdp(port, 'job.etl.runs:1|c');
  await server.until('the first name', () => server.total('first', 'job:etl') === 1);

  writeFileSync(file, rule('second'));
  expect(await nextReload(server, 1)).toMatchObject({ changed: ['mapping'] });
  await sendUdp(port, 'job.etl.runs:1|c');
  await server.until('the second name', () => server.total('second', 'job:etl') === 1);

  writeFileSync(file, rule('1x'));
  await server.until('the refusal', () => server.log.some(({ msg }) => msg.includes('was not reloaded')));
  expect(server.log.some(({ msg }) => /mapping\.yml, line 2: "name" is "1x"/.test(msg))).toBe(true);
  await sendUdp(port, 'job.etl.runs:1|c');
  await server.until('the second name again', () => server.total('second', 'job:etl') === 2);
  expect(await server.stop()).toBe(0);
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
