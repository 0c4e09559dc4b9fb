/** A log drain as a short program has it: the body as a string, split at newlines, regular expressions for each line. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { flush, takeBody } from './regex-lines.ts';

const FLUSH_MS = 1000;

setInterval(flush, FLUSH_MS);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    takeBody(Buffer.concat(chunks));
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
