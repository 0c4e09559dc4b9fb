import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { datadogIntake } from '../helper/datadog-intake.ts';
import { metricPayload, sketchPayload } from '../helper/datadog-messages.ts';
import { send } from '../helper/http-client.ts';
import { jsonConsole, startServer } from '../helper/process.ts';

const KEY = 'key-of-the-clients';
const UPSTREAM = 'key-of-the-organisation';
const CLIENTS = 20;

test('statsdrain before an organisation: what many clients post is one series there, and every point is accounted for', async () => {
  const intake = await datadogIntake(UPSTREAM);
  onTestFinished(() => intake.close());
  const server = await startServer({
    flushInterval: '1s',
    frontends: [{ type: 'http', port: 0, auth: { tokens: [KEY] }, datadog: {} }],
    backends: [jsonConsole, { type: 'datadog', apiKey: UPSTREAM, url: intake.url, hostname: '', counterType: 'count' }],
  });
  const post = (path: string, body: Buffer | string, headers: object = {}) =>
    send(`http://127.0.0.1:${server.port('http')}${path}`, body, { headers: { 'dd-api-key': KEY, ...headers } });
  const now = Math.floor(Date.now() / 1000);

  const v1 = {
    series: [
      { metric: 'jobs', type: 'count', points: [[now, 2]], tags: ['env:prod'], host: 'h' },
      { metric: 'jobs', type: 'rate', interval: 10, points: [[now, 0.5]], tags: ['env:prod'], host: 'h' },
      { metric: 'level', points: [[now, -3]] },
      { metric: 'broken', points: [[now, null], [now]] },
      { metric: 'strange', type: 'set', points: [[now, 1]] },
      { points: [[now, 1]] },
    ],
  };
  const resources = [{ type: 'host', name: 'h' }];
  const v2 = metricPayload({
    series: [{ metric: 'jobs', type: 1, points: [{ timestamp: now, value: 3 }], tags: ['env:prod'], resources }],
  });
  const k = [1338, 1383, 1487];
  const dogsketches = [{ ts: now, cnt: 5, min: 1, max: 10, sum: 17, avg: 3.4, k, n: [1, 3, 1] }];
  const sketches = sketchPayload({ sketches: [{ metric: 'latency', host: 'h', tags: ['env:prod'], dogsketches }] });
  const protobuf = { 'content-type': 'application/x-protobuf' };

  for (let client = 0; client < CLIENTS; client++) {
    const answers = await Promise.all([
      post('/api/v1/series', JSON.stringify(v1)),
      post('/api/v2/series', gzipSync(v2), { ...protobuf, 'content-encoding': 'gzip' }),
      post('/api/beta/sketches', sketches, protobuf),
      post('/api/v1/distribution_points', JSON.stringify({ series: [{ metric: 'size', points: [[now, [1, 2, 4]]] }] })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  }
  await post('/api/v1/events', JSON.stringify({ title: 'deploy', text: 'version\n7', tags: ['env:prod'], host: 'h' }));
  await post('/api/v1/check_run', JSON.stringify([{ check: 'db', status: 2, message: 'no answer' }]));
  expect((await post('/api/v1/series', '{"series":[7]}')).status).toBe(400);

  // Of the sketch: one at its least value, one at its largest, and what is left of one bin.
  const good = CLIENTS * (3 + 1 + 3 + 3) + 2;
  const bad = CLIENTS * 4;
  const lines = (name: string, ...tags: string[]) => server.total(`statsdrain.lines.${name}`, 'frontend:http', ...tags);
  await server.until('all points', () => lines('received') === good + bad && intake.checks.length === 1);
  await server.until('the window after it', () => server.windows.length > 2);
  expect(await server.stop()).toBe(0);

  expect([lines('received'), lines('aggregated'), lines('rejected')]).toEqual([good + bad, good, bad]);
  expect(lines('rejected', 'reason:bad_value')).toBe(2 * CLIENTS);
  expect(lines('rejected', 'reason:unsupported')).toBe(CLIENTS);
  expect(lines('rejected', 'reason:empty_name')).toBe(CLIENTS);

  const named = (name: string) => intake.series.filter(({ metric }) => metric === name);
  const jobs = named('jobs');
  expect(jobs.reduce((sum, { points }) => sum + points.reduce((all, { value }) => all + value, 0), 0)).toBe(
    CLIENTS * 10,
  );
  for (const { resources: host, tags } of jobs) expect([host, tags]).toEqual([resources, ['env:prod']]);
  expect(named('level').at(-1)).toMatchObject({ type: 3, points: [{ value: -3 }] });
  expect(named('level').at(-1)?.resources ?? []).toEqual([]);

  const latency = server.entries.filter(({ name }) => name === 'latency');
  const total = (figure: 'count' | 'sum') => latency.reduce((sum, entry) => sum + (entry[figure] ?? 0), 0);
  expect(total('count')).toBe(5 * CLIENTS);
  expect(total('sum')).toBeCloseTo(17 * CLIENTS, 6);
  for (const entry of latency) expect(entry).toMatchObject({ type: 'distribution', min: 1, max: 10 });
  expect(intake.sketches.map(({ metric }) => metric)).toContain('latency');

  expect(intake.events).toMatchObject([{ msg_title: 'deploy', msg_text: 'version\n7', tags: ['env:prod'], host: 'h' }]);
  expect(intake.checks).toMatchObject([{ check: 'db', status: 2, message: 'no answer' }]);
});
