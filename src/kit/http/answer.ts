import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isRefusal, type Refusal } from './refusal.ts';
import { discard } from './request-body.ts';

/** Ends a response with one sentence as its body. */
export function answerText(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers: Refusal['headers'] = {},
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const body = Buffer.from(`${sentence}\n`);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  const { req: request } = response;
  if (request.complete || request.method === 'HEAD') {
    response.end(body);
    return;
  }
  // All of the answer is sent at once, but it ends with the body: a connection that is closed with bytes unread is reset.
  response.write(body);
  void discard(request).then(() => response.end());
}

/**
 * A handler of requests for a server without a framework. A refusal that `handle` throws becomes the answer; any other error
 * is given to `failed`, and the client gets a 500 or, where the answer had begun, the end of its connection. What still comes of
 * the body of a refused request is thrown away.
 */
export function requestListener(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  failed: (error: unknown) => void,
): RequestListener {
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const refused = isRefusal(error) && !response.headersSent;
      if (!refused) failed(error);
      if (response.headersSent) {
        response.destroy();
        return;
      }
      // Those of the answer that was meant to be, such as its encoding.
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      if (refused) answerText(response, error.status, error.message, error.headers);
      else answerText(response, 500, 'The server failed.');
    });
  };
}
