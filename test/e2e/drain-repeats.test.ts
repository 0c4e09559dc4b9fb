import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { send } from '../helper/http-client.ts';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';

const body = readFileSync(new URL('../fixtures/logplex/outage.logplex', import.meta.url));
const user = { user: 'drain', password: 'first-password' };
const config = (...users: readonly object[]) => ({
  flushInterval: '100ms',
  spool: { path: './spool' },
  frontends: [{ type: 'http', port: 0, auth: { users: [user, ...users] } }],
  backends: [jsonConsole],
});
const headers = {
  authorization: `Basic ${Buffer.from('drain:first-password').toString('base64')}`,
  'content-type': 'application/logplex-1',
  'logplex-frame-id': '09C557EAFCFB6CF2740EE62F62971098',
  'logplex-drain-token': 'd.fc6b856b-3332-4546-93de-7d0ee272c3bd',
};

const url = (server: Server, path: string) => `http://127.0.0.1:${server.port('http')}${path}`;

async function post(server: Server): Promise<void> {
  expect((await send(url(server, '/logs?app=shop'), body, { headers })).status).toBe(204);
}

/** Requests of the drain, and how many of them were duplicates. */
async function counts(server: Server): Promise<number[]> {
  const answer = await send(url(server, '/drains'), undefined, { method: 'GET', headers });
  const [{ requests, duplicates }] = JSON.parse(answer.text).drains;
  return [requests, duplicates];
}

const errors = (server: Server) => server.total('heroku.errors', 'code:L10');

test('a body counts once, also when it is sent again after a reload, a stop or a kill', async () => {
  const first = await startServer(config());
  await post(first);
  first.configure(config({ user: 'drain', password: 'second-password' }));
  first.signal('SIGHUP');
  await first.until('the reload', () => first.log.some(({ msg }) => msg === 'configuration reloaded'));
  await post(first);
  // What is known of drains outlives a reload, and not the process.
  expect(await counts(first)).toEqual([2, 1]);
  expect(await first.stop()).toBe(0);
  expect(errors(first)).toBe(1);

  const second = await startServer(config(), { folder: first.folder });
  await post(second);
  expect(await counts(second)).toEqual([1, 1]);
  await second.stop('SIGKILL');
  const third = await startServer(config(), { folder: first.folder });
  await post(third);
  expect(await counts(third)).toEqual([1, 1]);
  expect(await third.stop()).toBe(0);
  expect([errors(second), errors(third)]).toEqual([0, 0]);
  for (const { log } of [first, second, third]) expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
});
