import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { discard } from '../../../src/kit/http/request-body.ts';

/** The answer is sent at once, but ends with the body of the request: a connection that is closed with bytes unread is reset. */
export function sendWhole(reply: FastifyReply, answer: string | Uint8Array, unread: IncomingMessage): FastifyReply {
  const body = Buffer.from(answer);
  reply.header('content-length', body.length);
  return reply.send(unread.complete ? body : Readable.from(slowly(body, unread)));
}

async function* slowly(body: Buffer, unread: IncomingMessage): AsyncGenerator<Buffer> {
  yield body;
  await discard(unread);
}
