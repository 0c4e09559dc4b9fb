import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf } from '../../../src/kit/error-text.ts';
import { answerText } from '../../../src/kit/http/answer.ts';
import type { Gate } from '../../../src/kit/http/auth.ts';
import { refusal } from '../../../src/kit/http/refusal.ts';
import { unlessAborted } from '../../../src/kit/unless-aborted.ts';
import type { ServerView } from '../../../src/plugin.ts';
import type { Assets } from '../assets.ts';
import type { OriginGuard } from '../guard.ts';
import { type Live, MOST_TOP } from '../live.ts';
import { orders } from '../store/top.ts';
import { type Crowd, createCrowd } from './crowd.ts';
import type { Events } from './events.ts';
import { rejectedAnswer, topAnswer } from './lists.ts';
import { numberOf, textOf, wordOf } from './query.ts';
import { answerError, answerJson, secure } from './respond.ts';
import { seriesAnswer } from './series.ts';
import type { Streams } from './streams.ts';
import { streamTap, tapQuery } from './tap.ts';

export interface Site {
  readonly live: Live;
  readonly server: ServerView;
  readonly gate: Gate;
  readonly guard: OriginGuard;
  readonly assets: Assets;
  readonly streams: Streams;
  readonly events: Events;
  /** Whether front-ends accept traffic. */
  isOpen(): boolean;
  isEnding(): boolean;
  /** Somebody was let in. `stays`: for a stream. */
  trust(socket: Socket, stays: boolean): void;
  /** An answer could not be made. */
  failed(error: unknown): void;
}

/** Answers a request that was let in. */
type Answer = (site: Site, query: URLSearchParams, response: ServerResponse) => Promise<unknown> | unknown;

const USUAL_SERIES = 50;
const MOST_SERIES = 200;
const USUAL_TOP = 20;
const USUAL_REJECTED = 50;
const MOST_REJECTED = 200;
/** Longest wait of the status, which needs no window: to merge 10,000 new series takes longer on a busy machine. */
const GLANCE_MS = 200;
/** Longest wait for what becomes of a line. */
const EXPLAIN_MS = 5000;

/** What each gives is the body of its answer. */
const api: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  [
    '/api/status',
    async ({ live }) => {
      await live.refresh(GLANCE_MS);
      return live.status();
    },
  ],
  ['/api/history', ({ live }) => live.store.history.columns()],
  [
    '/api/series',
    async ({ live }, query) => {
      const [text, limit] = [textOf(query, 'q'), numberOf(query, 'limit', USUAL_SERIES, MOST_SERIES)];
      await Promise.all([live.refresh(), live.account()]);
      return seriesAnswer(live, text, limit);
    },
  ],
  [
    '/api/top',
    async ({ live }, query) => {
      const [by, limit] = [wordOf(query, 'by', orders), numberOf(query, 'limit', USUAL_TOP, MOST_TOP)];
      await live.refresh();
      return topAnswer(await live.top(by), limit);
    },
  ],
  [
    '/api/rejected',
    async ({ live }, query) => {
      const limit = numberOf(query, 'limit', USUAL_REJECTED, MOST_REJECTED);
      await live.account();
      return rejectedAnswer(live.store.rejected, limit);
    },
  ],
  ['/api/explain', ({ server }, query) => explain(server, textOf(query, 'line'))],
]);

const streamed: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['/api/events', ({ events }, _query, response) => events.stream(response)],
  ['/api/tap', ({ server, streams }, query, response) => streamTap(response, streams, server, tapQuery(query, server))],
]);

/** Answers the page, its API and probes. */
export function site(options: Site): RequestListener {
  const crowd = createCrowd();
  return (request, response) => {
    secure(response);
    answer(request, response, options, crowd).catch((error: unknown) => answerError(response, error, options.failed));
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: Site, crowd: Crowd): Promise<void> {
  const [path = '', search = ''] = splitAt(request.url ?? '', '?');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw refusal(405, 'Only GET and HEAD are allowed.', { allow: 'GET, HEAD', connection: 'close' });
  }
  if (path === '/-/healthy') return answerText(response, 200, 'Statsdrain is healthy.');
  if (path === '/-/ready') return answerReady(response, options);
  options.guard(request, !path.startsWith('/api/'));
  options.gate.admit(request);
  options.trust(request.socket, false);
  if (options.assets.answer(path, request, response)) return;
  const query = new URLSearchParams(search);
  const answerOf = api.get(path);
  if (answerOf !== undefined) {
    return answerJson(response, 200, await crowd.make(response, () => answerOf(options, query, response)));
  }
  const stream = streamed.get(path);
  if (stream === undefined)
    throw refusal(
      404,
      `There is no ${JSON.stringify(path)}; the page is at /, and the API is described in docs/LIVE.md.`,
    );
  if (request.method === 'HEAD') throw refusal(405, 'Only GET is allowed.', { allow: 'GET' });
  options.trust(request.socket, true);
  await stream(options, query, response);
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function answerReady(response: ServerResponse, { isOpen, isEnding }: Site): void {
  if (isEnding()) answerText(response, 503, 'Statsdrain stops: front-ends are closed.');
  else if (isOpen()) answerText(response, 200, 'Statsdrain is ready.');
  else answerText(response, 503, 'Statsdrain starts: front-ends do not accept traffic yet.', { 'retry-after': '1' });
}

async function explain(server: ServerView, line: string): Promise<unknown> {
  if (line === '') throw refusal(400, '"line" is missing; give one, such as /api/explain?line=a:1|c');
  try {
    const explanations = await unlessAborted(server.explain(line), AbortSignal.timeout(EXPLAIN_MS));
    return { line, explanations };
  } catch (error) {
    throw refusal(503, `The line cannot be explained now: ${messageOf(error)}`, { 'retry-after': '1' });
  }
}
