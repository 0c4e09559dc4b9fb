import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { begin, send } from '../helper/http-client.ts';
import { jsonConsole, startServer } from '../helper/process.ts';

const tokens = ['the-first-token', 'the-second-token'];
const config = (...given: readonly string[]) => ({
  flushInterval: '100ms',
  frontends: [{ type: 'http', port: 0, auth: { tokens: given } }],
  backends: [jsonConsole],
});
const headers = { authorization: 'Bearer the-first-token' };

it('another token refuses no connection, cuts off no body, and changes no port', async () => {
  const server = await startServer(config(tokens[0]!));
  const port = server.port('http');
  const url = `http://127.0.0.1:${port}/logs`;
  const { outgoing, answer } = begin(url, { headers: { ...headers, 'content-length': 9 } });
  await new Promise((resolve) => outgoing.write('count', resolve));

  let reloaded = false;
  server.configure(config(...tokens));
  server.signal('SIGHUP');
  const reload = server
    .until('the reload', () => server.log.some(({ msg }) => msg === 'configuration reloaded'))
    .finally(() => {
      reloaded = true;
    });
  // What comes meanwhile waits for what is under way, for a second at the most.
  const rest = sleep(200).then(() => outgoing.end('#a=1'));
  let posts = 0;
  // A connection each, until the reload is over.
  for (; !reloaded; posts++) expect((await send(url, 'count#a=1', { headers })).status).toBe(204);
  await Promise.all([reload, rest]);
  expect((await answer).status).toBe(204);
  expect(server.port('http')).toBe(port);
  expect((await send(url, 'count#a=1', { headers: { authorization: 'Bearer the-second-token' } })).status).toBe(204);
  expect(await server.stop()).toBe(0);
  expect(server.total('a')).toBe(posts + 2);
});
