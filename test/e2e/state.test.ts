import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mayReadEverything } from '../helper/privileges.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const config = {
  flushInterval: '100ms',
  state: { path: './state', interval: '100ms' },
  frontends: [{ type: 'tcp', port: 0 }],
  backends: [jsonConsole, { type: 'prometheus', port: 0 }],
};

/** The gauges of the first window that has any of users. */
function firstGauges(server: Server): Record<string, number | undefined> {
  const gauges = server.entries.filter(({ type, name }) => type === 'gauge' && !name?.startsWith('statsdrain.'));
  const first = gauges.filter(({ id }) => id === gauges[0]?.id);
  return Object.fromEntries(first.map(({ name, value }) => [name, value]));
}

function lastGauge(server: Server, name: string): number | undefined {
  return server.entries.filter((entry) => entry.type === 'gauge' && entry.name === name).at(-1)?.value;
}

async function onPage(server: Server, name: string): Promise<number | undefined> {
  const page = await (await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`)).text();
  const line = page.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

async function pageShows(server: Server, name: string, value: number): Promise<void> {
  await expect.poll(() => onPage(server, name), { timeout: 20_000 }).toBe(value);
}

const warnings = (server: Server) => server.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg);

test('gauges and counters go on after SIGTERM and a start', async () => {
  const before = await startServer(config);
  const { folder } = before;
  await sendStream(before.port('tcp'), 'set:7|g\nidle:4|g|#a:1\nhits:5|c\nquery:500|ms\n');
  await pageShows(before, 'hits', 5);
  await sendStream(before.port('tcp'), 'late:1|g\nhits:1|c\n');
  expect(await before.stop()).toBe(0);
  expect(readdirSync(join(folder, 'state')).sort()).toEqual(['backend-prometheus.state', 'gauges.state']);
  expect((statSync(join(folder, 'state')).mode & 0o777).toString(8)).toBe('700');
  for (const file of readdirSync(join(folder, 'state'))) {
    expect((statSync(join(folder, 'state', file)).mode & 0o777).toString(8)).toBe('600');
  }

  const after = await startServer(config, { folder });
  expect(await onPage(after, 'hits')).toBe(6);
  expect([await onPage(after, 'query_sum'), await onPage(after, 'query_count')]).toEqual([0.5, 1]);
  await after.until('a gauge', () => Object.keys(firstGauges(after)).length > 0);
  expect(firstGauges(after)).toEqual({ set: 7, idle: 4, late: 1 });
  await sendStream(after.port('tcp'), 'set:+3|g\nhits:2|c\n');
  await after.until('the change', () => lastGauge(after, 'set') === 10);
  await pageShows(after, 'hits', 8);
  expect(after.log.map(({ msg }) => msg).find((msg) => msg.startsWith('state read'))).toMatch(
    /^state read: 3 gauges, \d+ counters, \d+ s old$/,
  );
  await after.until('its age', () => lastGauge(after, 'statsdrain.state.age') !== undefined);
  expect([...warnings(before), ...warnings(after)]).toEqual([]);
});

test('the gauges of the original daemon’s metrics come back too', async () => {
  const original = { ...config, statsd: {}, backends: [{ type: 'console', format: 'statsd' }] };
  const before = await startServer(original);
  await sendStream(before.port('tcp'), 'set:7|g\n');
  await before.until('the gauge', () => /set: 7/.test(before.stdout));
  await before.stop();
  const after = await startServer(original, { folder: before.folder });
  await sendStream(after.port('tcp'), 'set:+3|g\n');
  await after.until('the change', () => /set: 10/.test(after.stdout));
});

test('after kill -9 gauges are those that were written last, and counters begin at 0', async () => {
  const before = await startServer(config);
  await sendStream(before.port('tcp'), 'depth:7|g\nhits:5|c\n');
  await pageShows(before, 'hits', 5);
  const file = join(before.folder, 'state', 'gauges.state');
  await expect.poll(() => existsSync(file) && readFileSync(file, 'latin1').includes('depth')).toBe(true);
  await before.stop('SIGKILL');

  const second = await startServer(config, { folder: before.folder });
  await second.until('the gauge', () => lastGauge(second, 'depth') === 7);
  await sendStream(second.port('tcp'), 'hits:2|c\n');
  await pageShows(second, 'hits', 2);
  await second.stop();

  // A stop in order, a start and a kill: what was kept at the stop was seen by Prometheus, and more.
  const third = await startServer(config, { folder: before.folder });
  expect(await onPage(third, 'hits')).toBe(2);
  await sendStream(third.port('tcp'), 'hits:2|c\n');
  await pageShows(third, 'hits', 4);
  await third.stop('SIGKILL');
  const fourth = await startServer(config, { folder: before.folder });
  expect(await onPage(fourth, 'hits')).toBeUndefined();
  expect(fourth.log.some(({ msg }) => msg.includes('counters begin at 0'))).toBe(true);
});

test('a broken file is put aside and said, and everything else goes on', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'state'));
  for (const name of ['gauges', 'backend-prometheus']) writeFileSync(join(folder, 'state', `${name}.state`), 'broken');
  const server = await startServer(config, { folder });
  expect(warnings(server)).toHaveLength(2);
  for (const text of warnings(server)) expect(text).toMatch(/state in ".*" is not used: .* put aside as ".*\.broken"/);
  expect(String(readFileSync(join(folder, 'state', 'gauges.state.broken')))).toBe('broken');
  await sendStream(server.port('tcp'), 'hits:5|c\n');
  await pageShows(server, 'hits', 5);
  expect(await server.stop()).toBe(0);
});

describe('a folder that cannot be written', () => {
  test('is told once, and stops nothing', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'state'), 'a file');
    const server = await startServer({ ...config, state: { path: './state/kept', interval: '100ms' } }, { folder });
    await server.until('the warning', () => warnings(server).some((text) => text.includes('cannot be written')));
    const windows = server.windows.length;
    await server.until('more windows', () => server.windows.length > windows + 5);
    await sendStream(server.port('tcp'), 'hits:5|c\n');
    await pageShows(server, 'hits', 5);
    expect(await server.stop()).toBe(0);
    expect(warnings(server).filter((text) => text.includes('cannot be written'))).toHaveLength(1);
  });

  test.skipIf(mayReadEverything())(
    'keeps its gauges, and counters begin at 0: they might go back again and again',
    async () => {
      const before = await startServer(config);
      const state = join(before.folder, 'state');
      await sendStream(before.port('tcp'), 'depth:7|g\nhits:5|c\n');
      await before.stop();
      for (const file of readdirSync(state)) chmodSync(join(state, file), 0o400);
      chmodSync(state, 0o500);
      try {
        const after = await startServer(config, { folder: before.folder });
        await after.until('the gauge', () => lastGauge(after, 'depth') === 7);
        expect(await onPage(after, 'hits')).toBeUndefined();
        expect(warnings(after).some((text) => text.includes('cannot be written'))).toBe(true);
        expect(await after.stop()).toBe(0);
      } finally {
        chmodSync(state, 0o700);
      }
    },
  );
});

test('a start that fails leaves the state to the next', async () => {
  const before = await startServer(config);
  await sendStream(before.port('tcp'), 'depth:7|g\nhits:5|c\n');
  await before.stop();
  const { folder } = before;
  const files = () =>
    readdirSync(join(folder, 'state')).map((name) => readFileSync(join(folder, 'state', name), 'hex'));
  const kept = files();
  const taken = await startServer({ frontends: [{ type: 'tcp', port: 0 }], backends: [jsonConsole] });
  const busy = { ...config, state: './state', frontends: [{ type: 'tcp', port: taken.port('tcp') }] };
  await expect(startServer(busy, { folder })).rejects.toThrow('the process ended');
  expect(files()).toEqual(kept);
  const after = await startServer(config, { folder });
  expect(await onPage(after, 'hits')).toBe(5);
  await after.until('the gauge', () => lastGauge(after, 'depth') === 7);
});

test('a page whose block is changed goes on with its sums at a reload', async () => {
  const server = await startServer(config);
  await sendStream(server.port('tcp'), 'hits:5|c\n');
  await pageShows(server, 'hits', 5);
  server.configure({ ...config, backends: [jsonConsole, { type: 'prometheus', port: 0, expire: '2h' }] });
  server.signal('SIGHUP');
  await server.until('the new configuration', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));
  expect(await onPage(server, 'hits')).toBe(5);
  await sendStream(server.port('tcp'), 'hits:1|c\n');
  await pageShows(server, 'hits', 6);
});

test('nothing is written in place of what was not read yet, however long back-ends take to load', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const plugin = "export default { kind: 'backend', name: 'slow', create: () => ({ send: async () => undefined }) };";
  writeFileSync(join(folder, 'slow.js'), `await new Promise((resolve) => setTimeout(resolve, 500));\n${plugin}`);
  const slow = { ...config, backends: [jsonConsole, { use: './slow.js' }] };
  const before = await startServer(slow, { folder });
  await sendStream(before.port('tcp'), 'depth:7|g\n');
  await before.until('the gauge', () => lastGauge(before, 'depth') === 7);
  expect(await before.stop()).toBe(0);
  const after = await startServer(slow, { folder });
  await after.until('the gauge', () => lastGauge(after, 'depth') === 7);
});
