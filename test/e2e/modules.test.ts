import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { httpService, tcpService } from '../helper/fake-service.ts';
import { farInterval } from '../helper/far-interval.ts';
import { jsonConsole, launch, runCommand, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

/**
 * Back-ends of the original daemon from npm, unmodified: each delivers to a fake of its service what was sent to a UDP
 * socket. `use` is found beside this program, as none is installed in the folder of the configuration.
 */
async function serverWith(block: object, more: object = {}): Promise<Server> {
  return startServer({
    flushInterval: 300,
    frontends: [{ type: 'udp', port: 0, dialect: 'statsd' }],
    backends: [{ ...block, compat: 'statsd' }, jsonConsole],
    ...more,
  });
}

const PACKET = 'visits:3|c\nvisits:4|c\nload:0.5|g\ntook:10|ms\ntook:30|ms\nusers:ann|s\nusers:bob|s';

async function send(server: Server, packet = PACKET): Promise<void> {
  await sendUdp(server.port('udp'), packet);
}

test('statsd-influxdb-backend writes what is flushed, and packets as they come', async () => {
  const service = await httpService(204, '');
  const influxdb = {
    host: '127.0.0.1',
    port: service.port,
    version: 0.9,
    database: 'db',
    flush: { enable: true },
    proxy: { enable: true, suffix: 'raw', flushInterval: 50 },
  };
  const server = await serverWith({ use: 'statsd-influxdb-backend', influxdb });
  await send(server);
  const points = () =>
    service.requests.flatMap(({ body }) => {
      const { points } = JSON.parse(body) as { points: { measurement: string; fields: { value: unknown } }[] };
      return points.map(({ measurement, fields }) => `${measurement} ${fields.value}`);
    });
  await vi.waitFor(() => {
    expect(points()).toEqual(
      expect.arrayContaining([
        'visits.counter 7',
        'load.gauge 0.5',
        'took.timer.mean_90 20',
        'users ann',
        'users_count 2',
      ]),
    );
    expect(points()).toEqual(expect.arrayContaining(['visits.counter.raw 3', 'took.timer.raw 10']));
  });
  expect(service.requests[0]).toMatchObject({ method: 'POST', body: expect.stringContaining('"database":"db"') });
  expect(await server.stop()).toBe(0);
});

test('statsd-datadog-backend posts series', async () => {
  const service = await httpService(202);
  const server = await serverWith({
    use: 'statsd-datadog-backend',
    datadogApiKey: 'k1',
    datadogApiHost: `http://127.0.0.1:${service.port}`,
    hostname: 'h1',
  });
  await send(server);
  const series = () =>
    service.requests.flatMap(
      ({ body }) => (JSON.parse(body) as { series: { metric: string; points: number[][] }[] }).series,
    );
  const value = (metric: string) =>
    series()
      .filter((one) => one.metric === metric)
      .map(({ points }) => points[0]?.[1]);
  await vi.waitFor(() => {
    // Per second of the flush interval.
    expect(value('visits').some((rate) => Math.abs((rate ?? 0) - 7 / 0.3) < 1e-9)).toBe(true);
    expect(value('load')).toContain(0.5);
    expect(value('took.mean')).toContain(20);
    expect(value('took.upper_90')).toContain(30);
  });
  expect(service.requests[0]?.path).toContain('api_key=k1');
  expect(await server.stop()).toBe(0);
});

test('statsd-elasticsearch-backend indexes in bulk', async () => {
  const service = await httpService(200);
  const elasticsearch = { host: '127.0.0.1', port: service.port, path: '/', indexPrefix: 'statsd' };
  const server = await serverWith({ use: 'statsd-elasticsearch-backend', elasticsearch });
  await send(server, 'shop.web.visits.count:7|c\nshop.web.load.now:2|g');
  const documents = () =>
    service.requests.flatMap(({ body }) =>
      body
        .split('\n')
        .filter((line) => line.includes('"val"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  await vi.waitFor(() => {
    expect(documents()).toContainEqual(
      expect.objectContaining({ ns: 'shop', grp: 'web', tgt: 'visits', act: 'count', val: 7 }),
    );
    expect(documents()).toContainEqual(
      expect.objectContaining({ ns: 'shop', grp: 'web', tgt: 'load', act: 'now', val: 2 }),
    );
  });
  expect(service.requests[0]?.path).toMatch(/_bulk$/);
  expect(await server.stop()).toBe(0);
});

test('statsd-librato-backend posts measurements, with percentiles from sorted timers', async () => {
  const service = await httpService(202);
  const librato = {
    email: 'a@example.com',
    token: 't',
    api: `http://127.0.0.1:${service.port}`,
    source: 's',
    host: false,
  };
  const server = await serverWith({ use: 'statsd-librato-backend', librato });
  await send(server);
  const measurements = () =>
    service.requests.flatMap(
      ({ body }) => (JSON.parse(body) as { measurements: Record<string, unknown>[] }).measurements,
    );
  await vi.waitFor(() => {
    expect(measurements()).toContainEqual(expect.objectContaining({ name: 'visits', value: 7 }));
    expect(measurements()).toContainEqual(expect.objectContaining({ name: 'load', value: 0.5 }));
    expect(measurements()).toContainEqual(
      expect.objectContaining({ name: 'took', count: 2, sum: 40, min: 10, max: 30 }),
    );
    expect(measurements()).toContainEqual(expect.objectContaining({ name: 'users', value: 2 }));
  });
  expect(await server.stop()).toBe(0);
});

test('statsd-opentsdb-backend puts, and gets what stands in the configuration of the original', async () => {
  const service = await tcpService();
  const server = await serverWith(
    { use: 'statsd-opentsdb-backend' },
    { statsd: { config: { opentsdbHost: '127.0.0.1', opentsdbPort: service.port } } },
  );
  await send(server);
  await vi.waitFor(() => {
    const text = service.bytes().toString();
    expect(text).toMatch(/^put stats_counts\.visits \d+ 7 /m);
    expect(text).toMatch(/^put stats\.gauges\.load \d+ 0\.5 /m);
    expect(text).toMatch(/^put stats\.timers\.took\.mean \d+ 20 /m);
    expect(text).toMatch(/^put stats\.sets\.users\.count \d+ 2 /m);
  });
  expect(await server.stop()).toBe(0);
});

test('statsd-http-backend finds the global variable that old daemons had, and takes nobody down', async () => {
  const service = await httpService();
  const server = await serverWith({ use: 'statsd-http-backend', bridgeURL: `http://127.0.0.1:${service.port}/x` });
  await send(server);
  await server.until('the counter', () => server.total('visits') === 7);
  await vi.waitFor(() =>
    expect(service.requests.map(({ body }) => body).join('\n')).toMatch(/stats_counts\.visits 7 /),
  );
  expect(server.total('statsdrain.module.errors')).toBe(0);
  expect(await server.stop()).toBe(0);
});

test('a module that is not installed is one line with the place to install it', async () => {
  const folder = temporaryFolder();
  const backends = [{ use: 'statsd-none-backend', compat: 'statsd' }];
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ frontends: [{ type: 'tcp', port: 0 }], backends }));
  const { code, stderr } = await runCommand(['check', 'config.json'], folder);
  expect(code).toBe(78);
  expect(stderr).toMatch(/backends\[0\]\.use.*npm install statsd-none-backend/);
});

/** A folder with a module `name.js` of the original's kind. */
function folderWith(modules: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, code] of Object.entries(modules)) writeFileSync(join(folder, name), code);
  return folder;
}

function hostile(flush: string): string {
  return `exports.init = (startup, config, events) => { events.on('flush', (timestamp, metrics) => { ${flush} }); return true; };`;
}

test.for<[string, string]>([
  ['throws', `throw new Error('thrown');`],
  ['throws what is no error', `throw undefined;`],
  ['throws in a timer', `setTimeout(() => { throw new Error('thrown later'); }, 1);`],
  ['throws in a microtask', `queueMicrotask(() => { throw new Error('thrown soon'); });`],
  ['rejects', `Promise.reject(new Error('rejected'));`],
  ['rejects without an error', `Promise.reject('text');`],
  ['lets a socket fail', `require('net').connect(1, '127.0.0.1');`],
  ['lets a request fail', `require('http').get('http://127.0.0.1:1/');`],
  ['ends the process', `process.exit(3);`],
  ['ends the process later', `setTimeout(() => process.exit(), 1);`],
  [
    'empties what it was given',
    `for (const key in metrics.counters) delete metrics.counters[key]; throw new Error('x');`,
  ],
])('a module that %s is logged and counted, and stops nobody', async ([, code]) => {
  const folder = folderWith({
    'bad.js': hostile(code),
    'good.js': `const fs = require('fs'); ${hostile(`fs.appendFileSync('good.txt', JSON.stringify(metrics.counters) + '\\n');`)}`,
  });
  const server = await startServer(
    {
      flushInterval: 100,
      frontends: [{ type: 'udp', port: 0, dialect: 'statsd' }],
      backends: [{ use: './bad.js', compat: 'statsd' }, { use: './good.js', compat: 'statsd' }, jsonConsole],
    },
    { folder },
  );
  await sendUdp(server.port('udp'), 'visits:3|c');
  await server.until('the counter', () => server.total('visits') === 3);
  await server.until('errors', () => server.total('statsdrain.module.errors', 'backend:bad') >= 3);
  const windows = server.windows.length;
  await server.until('more windows', () => server.windows.length > windows + 2);
  expect(readFileSync(join(folder, 'good.txt'), 'utf8')).toMatch(/"visits":3[,}]/);
  expect(server.log.filter(({ msg }) => msg.startsWith('the module failed:'))).toHaveLength(1);
  expect(server.total('statsdrain.module.errors', 'backend:good')).toBe(0);
  expect(await server.stop()).toBe(0);
});

test('what fails in statsdrain itself still ends it, with a module at work', async () => {
  const folder = folderWith({
    'module.cjs': hostile(''),
    'plugin.mjs': `export default { kind: 'backend', name: 'own', create: () => ({
      async send() { setTimeout(() => { throw new Error('a mistake of its own'); }, 1); },
    }) };`,
  });
  const server = launch(
    {
      flushInterval: 100,
      frontends: [{ type: 'tcp', port: 0 }],
      backends: [{ use: './module.cjs', compat: 'statsd' }, { use: './plugin.mjs' }],
    },
    { folder },
  );
  expect(await server.ended).toBe(1);
  expect(server.log.at(-1)?.msg).toMatch(/a mistake of its own;/);
});

test.for<[string, string, RegExp]>([
  ['has no function "init"', 'exports.start = () => true;', /bad\.js.*exports no function "init"/],
  ['gives nothing from "init"', 'exports.init = () => undefined;', /"\.\/bad\.js" refused to start.*undefined/],
  [
    'throws in "init"',
    `exports.init = () => { throw new Error('no host'); };`,
    /"init" of module "\.\/bad\.js" failed: no host/,
  ],
  ['cannot be loaded', `require('no-such-module');`, /bad\.js.*cannot be loaded.*no-such-module/],
  ['ends the process in "init"', 'exports.init = () => process.exit(1);', /process\.exit\(1\)/],
])('a module that %s ends the start with its name', async ([, code, message]) => {
  const folder = folderWith({ 'bad.js': code });
  const server = launch(
    { frontends: [{ type: 'tcp', port: 0 }], backends: [{ use: './bad.js', compat: 'statsd' }] },
    { folder },
  );
  expect(await server.ended).toBe(69);
  expect(server.log.at(-1)?.msg).toMatch(message);
});

test('the last requests of a module leave although it cannot be stopped, and its timers do not hold the process', async () => {
  const service = await httpService();
  const folder = folderWith({
    'late.js': `setInterval(() => undefined, 50);
    ${hostile(`require('http').request({ port: ${service.port}, method: 'POST' }).end(JSON.stringify(metrics.counters));`)}`,
  });
  const server = await startServer(
    {
      flushInterval: farInterval(),
      frontends: [{ type: 'tcp', port: 0, dialect: 'statsd' }],
      backends: [{ use: './late.js', compat: 'statsd' }],
    },
    { folder },
  );
  await sendStream(server.port('tcp'), 'visits:3|c\n');
  expect(await server.stop()).toBe(0);
  expect(service.requests.map(({ body }) => body)).toEqual([expect.stringContaining('"visits":3')]);
});

test('a server of the original feeds statsdrain, with its own keys', async () => {
  const folder = folderWith({
    'server.js': `exports.start = (config, callback) => {
      callback('early:' + config.port + '|c\\nbroken');
      setInterval(() => callback(Buffer.from('ticks:1|c|#from:' + config.server), { address: '10.0.0.1', port: 7, family: 'IPv4', size: 9 }), 20);
      process.on('exit', () => require('fs').writeFileSync('exit.txt', 'bye'));
      return true;
    };`,
    'module.js': `const fs = require('fs'); exports.init = (startup, config, events) => {
      events.on('packet', (packet, rinfo) => fs.appendFileSync('packets.txt', Buffer.isBuffer(packet) + ' ' + packet + ' ' + JSON.stringify(rinfo) + '\\n'));
      return true;
    };`,
  });
  const server = await startServer(
    {
      flushInterval: 100,
      frontends: [{ use: './server.js', compat: 'statsd', port: 41 }],
      backends: [{ use: './module.js', compat: 'statsd' }, jsonConsole],
    },
    { folder },
  );
  await server.until('lines of the server', () => server.total('early') === 41 && server.total('ticks') >= 3);
  expect(server.total('statsdrain.lines.rejected', 'frontend:server')).toBe(1);
  expect(await server.stop()).toBe(0);
  expect(readFileSync(join(folder, 'exit.txt'), 'utf8')).toBe('bye');
  const packets = readFileSync(join(folder, 'packets.txt'), 'utf8');
  expect(packets).toContain('true ticks:1|c|#from:./server.js {"address":"10.0.0.1","port":7,"family":"IPv4","size":');
});

test.for([
  ['throws in a timer', `throw new Error('later');`],
  ['emits an error that nobody listens to', `new (require('events'))().emit('error', new Error('later'));`],
  ['rejects', `Promise.reject(new Error('later'));`],
  ['ends the process', `process.exit(3);`],
])('a server of the original that %s is logged and counted, and stops nobody', async ([, code]) => {
  const folder = folderWith({
    'server.js': `exports.start = (config, callback) => {
      setInterval(() => callback(Buffer.from('visits:1|c'), {}), 20);
      setInterval(() => { ${code} }, 20);
      return true;
    };`,
  });
  const server = await startServer(
    {
      flushInterval: 100,
      frontends: [
        { use: './server.js', compat: 'statsd', name: 'bad' },
        { type: 'tcp', port: 0 },
      ],
      backends: [jsonConsole],
    },
    { folder },
  );
  await server.until('errors', () => server.total('statsdrain.module.errors', 'frontend:bad') >= 3);
  const visits = server.total('visits');
  await server.until('what it receives meanwhile', () => server.total('visits') > visits);
  expect(server.log.filter(({ msg }) => msg.startsWith('the module failed:'))).toHaveLength(1);
  expect(await server.stop()).toBe(0);
});
