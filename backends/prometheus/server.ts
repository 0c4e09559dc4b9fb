import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { listenUrl } from './config.ts';
import { gzipped, joined, type Packed } from './packed.ts';
import { CONTENT_TYPE } from './render.ts';

/** Milliseconds within which a scrape must have been read: a page is held in memory as long. */
const READ_TIMEOUT = 60_000;

const MAX_CONNECTIONS = 64;

/** Bytes of an uncompressed page that are written at once. */
const CHUNK = 131_072;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The page: `text` with `end` behind it. */
  page(): Promise<{ readonly text: Packed; readonly end: Uint8Array }>;
  /** A page could not be made, or a connection not be taken. */
  failed(error: unknown): void;
}

export interface MetricsServer {
  /** `http://127.0.0.1:9102` */
  readonly url: string;
  /** Ends scrapes under way too. */
  close(): Promise<void>;
}

/** Rejects when it cannot listen, and then holds nothing open. */
export async function listen(options: ServerOptions): Promise<MetricsServer> {
  const limits = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5000 };
  const server = createServer({ ...limits, maxHeaderSize: 8192 }, (request, response) => {
    answer(request, response, options).catch((error) => {
      options.failed(error);
      if (response.headersSent) response.destroy();
      else plain(response, 500, 'The metrics could not be written.\n');
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: listenUrl(options.host, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { host, port, failed }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (server.listening) failed(error);
      reject(new Error(`cannot listen on ${listenUrl(host, port)}: ${reason(error)}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'EADDRINUSE, another process uses the port; stop it, or set "port" to a free one';
    case 'EADDRNOTAVAIL':
      return 'EADDRNOTAVAIL, this machine does not have the address; set "host" to one that it has';
    case 'EACCES':
      return 'EACCES, the port needs a privilege; set "port" to 1024 or more';
    default:
      return code ?? message;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const [path] = (request.url ?? '').split('?', 1);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    // Else Node would read the body of a request that nobody wants.
    response.setHeader('Connection', 'close');
    plain(response, 405, 'Only GET and HEAD are allowed.\n');
  } else if (path === options.path) {
    await sendPage(request, response, options);
  } else if (path === '/') {
    plain(response, 200, `statsdrain: the metrics are at ${options.path}\n`);
  } else {
    plain(response, 404, `Not found. The metrics are at ${options.path}\n`);
  }
}

async function sendPage(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
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

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}
