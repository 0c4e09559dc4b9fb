import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { datadogIntake } from '../helper/datadog-intake.ts';
import { farInterval } from '../helper/far-interval.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

/** A back-end in whose world there are underscores only, and which keeps all sums in a file. */
const underscores = `
import { writeFileSync } from 'node:fs';
export default {
  kind: 'backend',
  name: 'underscores',
  create(_config, context) {
    const sums = {};
    return {
      naming: {
        id: 'underscores',
        rename(_type, series) {
          if (series.name === 'no-name') return undefined;
          if (series.name === 'no-luck') throw new Error('what name is that?');
          return { ...series, name: series.name.replace(/\\W/g, '_') };
        },
      },
      async send(window) {
        for (const { type, name, tags, value } of window.series) {
          if (type === 'counter' && !name.startsWith('statsdrain')) sums[[name, ...tags]] = (sums[[name, ...tags]] ?? 0) + value;
        }
        writeFileSync('sums.json', JSON.stringify(sums));
      },
    };
  },
};
`;

const sumsIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'sums.json'), 'utf8')) as Record<string, number>;

/** Sums of the counters of users that the console printed. */
function counters(server: Server): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { type, name = '', tags = [], value = 0 } of server.entries) {
    if (type !== 'counter' || name.startsWith('statsdrain.')) continue;
    const key = [name, ...tags].join();
    sums[key] = (sums[key] ?? 0) + value;
  }
  return sums;
}

test('front-ends, the mapping of the root, one of a back-end and the names of another: each applies where it should', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'underscores.js'), underscores);
  const intake = await datadogIntake('a'.repeat(32));
  onTestFinished(() => intake.close());
  const server = await startServer(
    {
      flushInterval: '1s',
      mapping: { namespace: 'acme', namespaceExcept: ['sys.'], block: ['acme.noise.*'], dropTags: ['pod'] },
      frontends: [
        { type: 'udp', port: 0, prefix: 'edge.', tags: ['env:prod'], tagStyles: ['dogstatsd', 'influxdb'] },
        { type: 'tcp', port: 0 },
      ],
      backends: [
        { ...jsonConsole, mapping: { dropTags: ['pod'] } },
        { type: 'datadog', apiKey: 'a'.repeat(32), url: intake.url },
        { use: './underscores.js', mapping: {} },
      ],
    },
    { folder },
  );
  await sendUdp(server.port('udp'), 'hits,pod=a,page=x:2|c', 'hits,page=x,pod=b:3|c', 'hits:1|c|#env:dev');
  await sendUdp(server.port('udp'), 'hits,page=x:1|c|#a:b', '_e{1,1}:t|x|#a');
  await sendStream(
    server.port('tcp'),
    'noise.x:1|c\na-b:1|c|#pod:1\na_b:2|c|#pod:1\nno-name:1|c\nno-luck:1|c\nsys.up:1|c\nhits,page=x:7|c\n',
  );
  await server.until('what the others received', () => server.total('hits,page=x') === 7);
  await server.until('the event', () => server.entries.some(({ title }) => title === 't'));
  await server.until('the refusal', () => server.total('statsdrain.lines.rejected', 'reason:mixed_tag_styles') === 1);
  const lost = () => server.total('statsdrain.backend.lost_items', 'backend:underscores', 'reason:bad_name');
  await server.until('the names that cannot be taken', () => lost() === 2);
  await expect.poll(() => intake.series.some(({ metric }) => metric === 'sys.up'), { timeout: 10_000 }).toBe(true);
  const own = intake.series.filter(({ metric }) => metric === 'statsdrain.mapping.blocked');
  expect(await server.stop()).toBe(0);

  expect(counters(server)).toEqual({
    'edge.hits,env:prod,page:x': 5,
    'edge.hits,env:dev,env:prod': 1,
    'hits,page=x': 7,
    'noise.x': 1,
    'a-b': 1,
    a_b: 2,
    'no-name': 1,
    'no-luck': 1,
    'sys.up': 1,
  });
  expect(server.entries.find(({ title }) => title === 't')?.tags).toEqual(['a', 'env:prod']);
  const names = new Set(intake.series.map(({ metric }) => metric));
  expect([...names].filter((name) => /^acme|^sys|noise|^edge/.test(name)).sort()).toEqual(
    expect.arrayContaining(['acme.edge.hits', 'sys.up']),
  );
  expect([...names].filter((name) => /noise|^edge|^hits/.test(name))).toEqual([]);
  expect(own.length).toBeGreaterThan(0);
  expect(sumsIn(folder)).toMatchObject({ 'a_b,pod:1': 3, noise_x: 1, 'edge_hits,env:prod,page:x,pod:a': 2 });
  expect(Object.keys(sumsIn(folder)).filter((name) => name.startsWith('no_'))).toEqual([]);
  const errors = server.log.filter(({ level }) => level === 'error');
  expect(errors.map(({ msg }) => msg)).toEqual([expect.stringContaining('what name is that?')]);
  expect(server.total('statsdrain.lines.received')).toBe(
    server.total('statsdrain.lines.aggregated') + server.total('statsdrain.lines.rejected'),
  );
});

test('rules that come, change and go with a reload apply to the open window, and lose nothing of it', async () => {
  const config = {
    watch: true,
    flushInterval: farInterval(),
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [jsonConsole],
  };
  const server = await startServer(config);
  let reloads = 0;
  const reload = async (next: object, changed: readonly string[]) => {
    server.configure(next);
    reloads++;
    const done = () => server.log.filter(({ msg }) => msg === 'configuration reloaded');
    await server.until('the reload', () => done().length === reloads);
    expect(done().at(-1)?.changed).toEqual(changed);
  };
  const port = server.port('tcp');
  await sendStream(port, `${'hits:1|c\n'.repeat(100)}level:5|g\n`);
  await reload({ ...config, mapping: { namespace: 'one' } }, ['mapping']);
  await sendStream(port, `${'hits:1|c\n'.repeat(10)}level:+1|g\n`);
  const own = [{ ...jsonConsole, mapping: { namespace: 'two' } }];
  await reload({ ...config, mapping: { namespace: 'one' }, backends: own }, ['backends.console']);
  expect(server.port('tcp')).toBe(port);
  await sendStream(port, 'hits:1|c\n');
  const frontends = [{ type: 'tcp', port: 0, prefix: 'edge.', tags: ['a:b'] }];
  await reload({ ...config, mapping: { namespace: 'one' }, backends: own, frontends }, ['frontends.tcp']);
  await sendStream(server.port('tcp'), 'hits:1000|c\n');
  expect(await server.stop()).toBe(0);
  expect(counters(server)).toEqual({ 'two.hits': 111, 'two.edge.hits,a:b': 1000 });
  expect(server.entries.filter(({ name }) => name?.endsWith('level')).map(({ name, value }) => [name, value])).toEqual([
    ['two.level', 6],
  ]);
});

test('gauges are called by the rules of the day after a restart', async () => {
  const config = { flushInterval: '100ms', state: './state', frontends: [{ type: 'tcp', port: 0 }] };
  const before = await startServer({ ...config, backends: [{ ...jsonConsole, mapping: { namespace: 'old' } }] });
  await sendStream(before.port('tcp'), 'level:5|g\n');
  await before.until('the gauge', () => before.entries.some(({ name }) => name === 'old.level'));
  expect(await before.stop()).toBe(0);
  const backends = [{ ...jsonConsole, mapping: { namespace: 'new' } }];
  const after = await startServer({ ...config, backends }, { folder: before.folder });
  await after.until('the gauge', () => after.entries.some(({ name }) => name?.endsWith('.level') === true));
  expect(await after.stop()).toBe(0);
  const names = after.entries.filter(({ name }) => name?.endsWith('level')).map(({ name, value }) => [name, value]);
  expect(names[0]).toEqual(['new.level', 5]);
});

test('rules that change with each of many windows take no sample from any back-end, and give none twice', async () => {
  const intake = await datadogIntake('a'.repeat(32));
  onTestFinished(() => intake.close());
  let carbon = '';
  const sink = createServer((socket) =>
    socket.setEncoding('utf8').on('data', (text) => {
      carbon += text;
    }),
  );
  sink.listen(0, '127.0.0.1');
  await once(sink, 'listening');
  onTestFinished(() => void sink.close());
  const rules = [{ dropTags: ['pod'] }, { namespace: 'one', keepTags: ['env'] }, {}, { block: ['no'] }];
  const configured = (turn: number) => {
    const mapping = (backend: number) => ({ mapping: rules[(turn + backend) % rules.length] });
    return {
      flushInterval: '1s',
      frontends: [{ type: 'tcp', port: 0 }],
      backends: [
        { ...jsonConsole, ...mapping(0) },
        { type: 'datadog', apiKey: 'a'.repeat(32), url: intake.url, counterType: 'count', ...mapping(1) },
        { type: 'prometheus', port: 0, ...mapping(2) },
        { type: 'graphite', host: '127.0.0.1', port: (sink.address() as AddressInfo).port, ...mapping(3) },
      ],
    };
  };
  const server = await startServer(configured(0));
  const port = server.port('tcp');
  let sent = 0;
  for (let turn = 1; turn <= 6; turn++) {
    server.configure(configured(turn));
    server.signal('SIGHUP');
    const reloads = () => server.log.filter(({ msg }) => msg === 'configuration reloaded').length;
    while (reloads() < turn) {
      const lines = Array.from(
        { length: 200 },
        (_, at) => `hits${'-._'[at % 3]}x:1|c|#env:prod,pod:${(sent + at) % 17}`,
      );
      sent += lines.length;
      await sendStream(port, `${lines.join('\n')}\n`);
    }
    await setTimeout(400);
  }
  const onPage = async () => {
    const page = await (await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`)).text();
    return sumOf(
      page
        .split('\n')
        .filter((line) => /^(one_)?hits_x[{ ]/.test(line))
        .map((line) => line.split(' ').at(-1)),
    );
  };
  await expect.poll(onPage, { timeout: 10_000 }).toBe(sent);
  expect(await server.stop()).toBe(0);
  expect(sumOf(Object.values(counters(server)))).toBe(sent);
  const atDatadog = intake.series.filter(({ metric }) => /hits/.test(metric));
  expect(sumOf(atDatadog.flatMap(({ points }) => points.map(({ value }) => value)))).toBe(sent);
  const paths = carbon.split('\n').filter((line) => /hits[-._]x\.count/.test(line));
  expect(sumOf(paths.map((line) => line.split(' ')[1]))).toBe(sent);
});

const sumOf = (values: readonly (string | number | undefined)[]) =>
  values.reduce<number>((sum, one) => sum + Number(one), 0);
