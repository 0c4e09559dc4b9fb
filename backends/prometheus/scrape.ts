import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../src/kit/error-text.ts';
import { answerText, requestListener } from '../../src/kit/http/answer.ts';
import type { Gate } from '../../src/kit/http/auth.ts';
import type { UnmappedName } from '../../src/plugin.ts';
import { negotiateCoding } from './exposition/compress.ts';
import { contentType, type Exposition, negotiate } from './exposition/negotiate.ts';
import { coded, type Packed } from './exposition/packed.ts';
import type { Conflicts } from './page/conflicts.ts';

/** Milliseconds within which a scrape must have been read: a page is held in memory as long. */
const READ_TIMEOUT = 60_000;

export interface ScrapeOptions {
  readonly path: string;
  readonly gate: Gate;
  readonly lifecycle: boolean;
  /** Whether front-ends accept traffic. */
  isOpen(): boolean;
  /** Whether the server stops: front-ends are closed, and what is there is for a last scrape. */
  isEnding(): boolean;
  /** A page with what there is now, and what ends it. */
  page(exposition: Exposition): Promise<{ readonly packed: Packed; readonly end: Uint8Array }>;
  conflicts(): Conflicts;
  unmapped(): readonly UnmappedName[];
  /** Rejects with what is wrong. */
  reload(): Promise<void>;
  /** Somebody was let in. */
  trust(socket: Socket): void;
  /** A page was sent as a whole. */
  scraped(socket: Socket): void;
  /** A page could not be made. */
  failed(error: unknown): void;
}

/** Answers a request that was let in, or needs not be. */
type Answer = (request: IncomingMessage, response: ServerResponse, options: ScrapeOptions) => Promise<void> | void;

interface Route {
  readonly methods: readonly string[];
  /** True: nobody needs a credential. */
  readonly isPublic?: boolean;
  readonly answer: Answer;
}

const READ = ['GET', 'HEAD'];

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', { methods: READ, answer: (_request, response, { path }) => answerHtml(response, landingPage(path)) }],
  [
    '/-/healthy',
    {
      methods: READ,
      isPublic: true,
      answer: (_request, response) => answerText(response, 200, 'Statsdrain is healthy.'),
    },
  ],
  ['/-/ready', { methods: READ, isPublic: true, answer: answerReady }],
  ['/-/reload', { methods: ['POST', 'PUT'], answer: answerReload }],
  ['/conflicts', { methods: READ, answer: answerConflicts }],
  ['/unmapped', { methods: READ, answer: answerUnmapped }],
]);

const PAGE: Route = { methods: READ, answer: sendPage };

/** Answers scrapes, and what else is asked of a page, of those whom the gate lets in. */
export function scrapes(options: ScrapeOptions): RequestListener {
  return requestListener((request, response) => answer(request, response, options), options.failed);
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ScrapeOptions): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const route = path === options.path ? PAGE : routes.get(path);
  const methods = route?.methods ?? READ;
  if (!methods.includes(request.method ?? '')) {
    // Else Node would read the body of a request that nobody wants.
    const allow = methods.join(', ');
    answerText(response, 405, `Only ${methods.join(' and ')} are allowed.`, { allow, connection: 'close' });
    return;
  }
  if (route?.isPublic !== true) {
    options.gate.admit(request);
    options.trust(request.socket);
  }
  if (route === undefined) answerText(response, 404, `Not found. The metrics are at ${options.path}`);
  else await route.answer(request, response, options);
}

async function sendPage(request: IncomingMessage, response: ServerResponse, options: ScrapeOptions): Promise<void> {
  // A scrape that finds a few series before those that are still to come would have the others look new.
  if (!options.isOpen()) return answerStarting(response);
  const exposition = negotiate(request.headers.accept);
  const coding = negotiateCoding(headerOf(request, 'accept-encoding'));
  response.setHeader('Content-Type', contentType(exposition));
  response.setHeader('Vary', 'Accept, Accept-Encoding');
  if (coding !== 'identity') response.setHeader('Content-Encoding', coding);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const { packed, end } = await options.page(exposition);
  const signal = AbortSignal.timeout(READ_TIMEOUT);
  // A scraper that goes away or reads too slowly harms only itself: its response is destroyed, never ended early.
  const [first, ...others] = await coded(packed, end, coding);
  await pipeline([first, ...others, response], { signal }).then(
    () => options.scraped(request.socket),
    () => undefined,
  );
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function answerReady(_request: IncomingMessage, response: ServerResponse, { isOpen, isEnding }: ScrapeOptions): void {
  if (isEnding()) answerText(response, 503, 'Statsdrain stops: front-ends are closed.');
  else if (isOpen()) answerText(response, 200, 'Statsdrain is ready.');
  else answerStarting(response);
}

function answerStarting(response: ServerResponse): void {
  answerText(response, 503, 'Statsdrain starts: front-ends do not accept traffic yet.', { 'retry-after': '1' });
}

async function answerReload(
  _request: IncomingMessage,
  response: ServerResponse,
  { lifecycle, reload }: ScrapeOptions,
): Promise<void> {
  if (!lifecycle) return answerText(response, 403, 'Not allowed: set "lifecycle": true for the back-end "prometheus".');
  try {
    await reload();
    answerText(response, 200, 'The configuration was read again.');
  } catch (error) {
    answerText(response, 422, `Going on as before: ${messageOf(error)}`);
  }
}

function answerConflicts(_request: IncomingMessage, response: ServerResponse, { conflicts }: ScrapeOptions): void {
  const { others } = conflicts();
  const list = conflicts()
    .list()
    .map(({ firstMs, lastMs, ...conflict }) => ({ ...conflict, first: isoOf(firstMs), last: isoOf(lastMs) }));
  answerJson(response, { conflicts: list, others });
}

function answerUnmapped(_request: IncomingMessage, response: ServerResponse, { unmapped }: ScrapeOptions): void {
  answerJson(response, { unmapped: unmapped() });
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function answerJson(response: ServerResponse, value: unknown): void {
  answerBytes(response, 'application/json; charset=utf-8', `${JSON.stringify(value, undefined, 2)}\n`);
}

function answerHtml(response: ServerResponse, text: string): void {
  answerBytes(response, 'text/html; charset=utf-8', text);
}

function answerBytes(response: ServerResponse, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function landingPage(path: string): string {
  const link = (href: string, what: string) => `<li><a href="${href}">${href}</a> ${what}</li>`;
  return `<!doctype html>
<html lang="en">
<head><title>statsdrain</title></head>
<body>
<h1>statsdrain</h1>
<ul>
${[
  link(path, 'the metrics'),
  link('/conflicts', 'what was refused, and why'),
  link('/unmapped', 'names that no rule of the mapping fits'),
  link('/-/healthy', 'whether it runs'),
  link('/-/ready', 'whether it takes traffic'),
].join('\n')}
</ul>
</body>
</html>
`;
}
