import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { send } from '../helper/http-client.ts';
import { waitFor } from '../helper/intake.ts';
import { jsonConsole, run, startServer } from '../helper/process.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/logplex/${name}.logplex`, import.meta.url));
const authorization = `Basic ${Buffer.from('drain:secret-of-drain').toString('base64')}`;
const logplex = (frame: string) => ({
  authorization,
  'content-type': 'application/logplex-1',
  'logplex-frame-id': frame,
  'logplex-drain-token': 'd.fc6b856b',
});

interface Row {
  readonly metrics?: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: number;
    readonly tags?: string;
  }[];
}

test('what is captured of a running drain gives the metrics again that the drain gave', async () => {
  const http = { type: 'http', port: 0, auth: { users: [{ user: 'drain', password: 'secret-of-drain' }] } };
  const server = await startServer({ flushInterval: '100ms', frontends: [http], backends: [jsonConsole] });
  const url = `http://127.0.0.1:${server.port('http')}`;
  const posted = join(server.folder, 'posted');
  const capture = run(['capture', url.replace('//', '//drain:secret-of-drain@'), '--out', posted], server.folder);
  const ended = once(capture, 'close');
  // It captures as soon as it has something: lines without metrics, until then.
  await waitFor(async () => {
    await send(`${url}/logs`, 'hello', { headers: { authorization } });
    return existsSync(join(posted, '0001.headers.json'));
  });
  const post = async (body: Buffer | string, headers: Record<string, string>) => {
    expect((await send(`${url}/logs?app=shop`, body, { headers })).status).toBe(204);
  };
  await post(fixture('normal'), logplex('A'));
  for (const _ of [1, 2]) await post(gzipSync(fixture('outage')), { ...logplex('B'), 'content-encoding': 'gzip' });
  await post('count#hits=3 measure#t=5ms source=eu\ncount#hits=x\n', { authorization });
  expect(await server.stop()).toBe(0);
  expect(await ended).toEqual([0, null]);

  const stdout = await text(run(['replay', posted, '--json'], server.folder).stdout!);
  const replayed = new Map<string, number>();
  for (const { metrics = [] } of stdout
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line))) {
    for (const { type, name, value, tags } of metrics) {
      if (type !== 'counter' && type !== 'timer') continue;
      const key = `${type} ${name} ${tags?.split(',').sort().join()}`;
      replayed.set(key, (replayed.get(key) ?? 0) + value);
    }
  }
  const aggregated = new Map<string, number>();
  for (const { type, name = '', tags, value, sum } of server.entries) {
    if ((type !== 'counter' && type !== 'timer') || name.startsWith('statsdrain.')) continue;
    const added = type === 'counter' ? (value ?? 0) : (sum ?? 0);
    if (added === 0) continue;
    const key = `${type} ${name} ${[...(tags ?? [])].sort().join()}`;
    aggregated.set(key, (aggregated.get(key) ?? 0) + added);
  }
  expect(aggregated.size).toBeGreaterThan(5);
  expect(aggregated.get('counter hits app:shop,source:eu')).toBe(3);
  expect(aggregated.get('counter job.failed app:shop,source:worker.1')).toBe(1);
  expect([...replayed].filter(([, value]) => value !== 0).sort()).toEqual([...aggregated].sort());
});
