import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A service that takes what it is sent and answers with `status`; closed when the test ends. */
export async function httpService(status = 200, answer = '{}') {
  const requests: Request[] = [];
  const server = createHttpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(answer);
  });
  return { port: await listen(server), requests };
}

/** A service that reads bytes; closed when the test ends. */
export async function tcpService() {
  const received: Buffer[] = [];
  const server = createTcpServer((socket) => {
    socket.on('data', (chunk) => received.push(chunk)).on('error', () => undefined);
  });
  const port = await listen(server);
  return { port, bytes: () => Buffer.concat(received) };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
