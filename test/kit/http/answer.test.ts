import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { answerText, requestListener } from '../../../src/kit/http/answer.ts';
import { refusal } from '../../../src/kit/http/refusal.ts';
import { send } from '../../helper/http-client.ts';

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const failures: unknown[] = [];
  const server = createServer(requestListener(handle, (error) => failures.push(error)));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { failures, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

it('a sentence is the answer', async () => {
  const { url } = await serve(async (_, response) => answerText(response, 404, 'Nothing.', { allow: 'GET' }));
  expect(await send(url)).toMatchObject({
    status: 404,
    text: 'Nothing.\n',
    headers: { 'content-type': 'text/plain; charset=utf-8', allow: 'GET' },
  });
});

it('a refusal is the answer, and no failure', async () => {
  const { url, failures } = await serve(async () => {
    throw refusal(401, 'Who are you?', { 'www-authenticate': ['Basic realm="a"', 'Bearer realm="a"'] });
  });
  expect(await send(url)).toMatchObject({
    status: 401,
    text: 'Who are you?\n',
    headers: { 'www-authenticate': 'Basic realm="a", Bearer realm="a"' },
  });
  expect(failures).toEqual([]);
});

it('an error is told to the server and not to the client', async () => {
  const { url, failures } = await serve(async (_, response) => {
    response.setHeader('content-encoding', 'gzip');
    throw new TypeError('secret');
  });
  const answer = await send(url);
  expect(answer).toMatchObject({ status: 500, text: 'The server failed.\n' });
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(failures).toEqual([new TypeError('secret')]);
});

it.each([new TypeError('in the middle'), refusal(413, 'Too late.')])(
  'an answer that had begun is cut off, never ended as if it were whole: %s',
  async (error) => {
    const { url, failures } = await serve(async (_, response) => {
      response.writeHead(200).write('half');
      throw error;
    });
    await expect(send(url)).rejects.toThrow(/aborted|ECONNRESET|hang up/);
    expect(failures).toEqual([error]);
  },
);
