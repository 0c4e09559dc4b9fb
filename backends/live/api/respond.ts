import { type ServerResponse, STATUS_CODES } from 'node:http';
import { isRefusal } from '../../../src/kit/http/refusal.ts';
import { discard } from '../../../src/kit/http/request-body.ts';

/** Nothing but what the server itself serves: no inline script or style, no frame around it, no form. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every answer. Names in it come from strangers, and none of it is for other origins, or for a cache. */
export function secure(response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
}

/** Ends a response with a value as JSON. Numbers that JSON has no text for are null. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length });
  const { req: request } = response;
  if (request.complete || request.method === 'HEAD') {
    response.end(body);
    return;
  }
  // As `answerText` of the kit does it: a connection that is closed with bytes unread is reset.
  response.write(body);
  void discard(request).then(() => response.end());
}

/** Ends a response with what was wrong: `{"error": "…"}`. Any error but a refusal is a 500, and is given to `failed`. */
export function answerError(response: ServerResponse, error: unknown, failed: (error: unknown) => void): void {
  if (!isRefusal(error)) failed(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!isRefusal(error)) {
    answerJson(response, 500, { error: 'The server failed; its log says why.' });
    return;
  }
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  answerJson(response, error.status, { error: error.message || STATUS_CODES[error.status] });
}
