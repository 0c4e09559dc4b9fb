import type { ServerResponse } from 'node:http';
import { discard } from '../../../src/kit/http/request-body.ts';
import type { Reply, Sender } from '../senders/sender.ts';

type Headers = Sender['headers'];

/** Answers a request whose body was read. */
export function answer(response: ServerResponse, { status, headers, body }: Reply, more?: Headers): void {
  if (body === undefined) {
    response.writeHead(status, more === undefined ? headers : { ...more, ...headers }).end();
    return;
  }
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...more, ...headers, 'content-length': bytes.length }).end(bytes);
}

/** The answer is sent at once, but ends with the body of the request: a connection that is closed with bytes unread is reset. */
export function answerEarly(
  response: ServerResponse,
  { status, headers, body }: Reply,
  more: Readonly<Record<string, string | readonly string[]>>,
): void {
  const { req: request } = response;
  for (const [name, value] of Object.entries({ ...more, ...headers })) response.setHeader(name, value);
  const bytes = Buffer.from(body ?? '');
  response.writeHead(status, { 'content-length': bytes.length });
  if (request.complete || request.method === 'HEAD') {
    response.end(bytes);
    return;
  }
  response.write(bytes);
  void discard(request).then(() => response.end());
}
