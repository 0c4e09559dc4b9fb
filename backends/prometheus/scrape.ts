import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { answerText, requestListener } from '../../src/kit/http/answer.ts';
import type { Gate } from '../../src/kit/http/auth.ts';
import { gzipped, joined, type Packed } from './packed.ts';
import { CONTENT_TYPE } from './render.ts';

/** Milliseconds within which a scrape must have been read: a page is held in memory as long. */
const READ_TIMEOUT = 60_000;

/** Bytes of an uncompressed page that are written at once. */
const CHUNK = 131_072;

export interface ScrapeOptions {
  readonly path: string;
  readonly gate: Gate;
  /** The page: `text` with `end` behind it. */
  page(): Promise<{ readonly text: Packed; readonly end: Uint8Array }>;
  /** A page could not be made. */
  failed(error: unknown): void;
}

/** Answers scrapes of those whom the gate lets in. */
export function scrapes(options: ScrapeOptions): RequestListener {
  return requestListener((request, response) => answer(request, response, options), options.failed);
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ScrapeOptions): Promise<void> {
  const [path] = (request.url ?? '').split('?', 1);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // Else Node would read the body of a request that nobody wants.
    answerText(response, 405, 'Only GET and HEAD are allowed.', { allow: 'GET, HEAD', connection: 'close' });
    return;
  }
  options.gate.admit(request);
  if (path === options.path) {
    await sendPage(request, response, options);
  } else if (path === '/') {
    answerText(response, 200, `statsdrain: the metrics are at ${options.path}`);
  } else {
    answerText(response, 404, `Not found. The metrics are at ${options.path}`);
  }
}

async function sendPage(request: IncomingMessage, response: ServerResponse, options: ScrapeOptions): Promise<void> {
  const compressed = acceptsGzip(request.headers['accept-encoding'] ?? '');
  response.setHeader('Content-Type', CONTENT_TYPE);
  response.setHeader('Vary', 'Accept-Encoding');
  if (compressed) response.setHeader('Content-Encoding', 'gzip');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const { text, end } = await options.page();
  const signal = AbortSignal.timeout(READ_TIMEOUT);
  // A scraper that goes away or reads too slowly harms only itself: its response is destroyed, never ended early.
  const sent = compressed
    ? pipeline(Readable.from(gzipped(text, end)), response, { signal })
    : pipeline(Readable.from(joined(text, end)), createInflateRaw({ chunkSize: CHUNK }), response, { signal });
  await sent.catch(() => undefined);
}

function acceptsGzip(header: string): boolean {
  return header.split(',').some((one) => {
    const [coding = '', ...parameters] = one.toLowerCase().split(';');
    const refused = parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter));
    return ['gzip', 'x-gzip', '*'].includes(coding.trim()) && !refused;
  });
}
