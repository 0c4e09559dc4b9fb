import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createCrowd, MOST_MADE, MOST_PIPELINED } from '../../../../backends/live/api/crowd.ts';

/** Every answer waits until `go` is called. */
async function waitingServer() {
  const crowd = createCrowd();
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  let making = 0;
  const server = createServer((_request, response) => {
    const answer = () => {
      making++;
      return gate;
    };
    crowd.make(response, answer).then(
      () => response.end('made'),
      (error: { status: number }) => response.writeHead(error.status).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, go, making: () => making };
}

it('closes a connection that asks for more than it is answered', async () => {
  const { port, making } = await waitingServer();
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(MOST_PIPELINED + 1));
  await once(socket.resume(), 'close');
  expect(making()).toBe(MOST_PIPELINED);
});

it('refuses what is over the most that is made at a time, and lets others in afterwards', async () => {
  const { url, go, making } = await waitingServer();
  const asked = Array.from({ length: MOST_MADE }, async () => (await fetch(url)).status);
  await vi.waitFor(() => expect(making()).toBe(MOST_MADE));
  expect((await fetch(url)).status).toBe(503);
  go();
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
  for (let times = 0; times < 2 * MOST_PIPELINED; times++) expect((await fetch(url)).status).toBe(200);
});
