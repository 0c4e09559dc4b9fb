import type { Point, RejectedLines, Status, Top } from './answers.ts';
import { ask, messageOf } from './client.ts';

/** How the page hangs together with the server. */
export type Link =
  | { readonly state: 'opening' }
  | { readonly state: 'open' }
  /** No stream, but an answer now and then: too many others look. */
  | { readonly state: 'asking' }
  | { readonly state: 'gone'; readonly sinceMs: number; readonly why: string };

export interface WindowEvent {
  readonly point: Point;
  readonly top: { readonly lines: Top; readonly series: Top };
  readonly rejected: RejectedLines;
}

export interface Listener {
  linked(link: Link): void;
  status(status: Status): void;
  window(event: WindowEvent): void;
  /** The stream is open, again perhaps, or stays closed: what happened meanwhile is to be asked for. */
  opened(): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 4000;
/** A status comes each second; a stream that is silent for longer is dead, whatever the browser thinks. */
const SILENCE_MS = 10_000;

/** Listens to `/api/events`, and opens it again whenever it ends. While the page is hidden nothing is asked: the server does nothing for it then. */
export function follow(listener: Listener): void {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let retryMs = FIRST_RETRY_MS;
  let goneSinceMs: number | undefined;

  function close(): void {
    source?.close();
    source = undefined;
    clearTimeout(timer);
  }

  function watch(): void {
    clearTimeout(timer);
    timer = setTimeout(lost, SILENCE_MS);
  }

  function open(): void {
    close();
    const stream = new EventSource('/api/events');
    source = stream;
    watch();
    stream.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS;
      goneSinceMs = undefined;
      listener.linked({ state: 'open' });
      listener.opened();
    });
    stream.addEventListener('status', ({ data }) => {
      watch();
      listener.status(JSON.parse(data) as Status);
    });
    stream.addEventListener('window', ({ data }) => {
      watch();
      listener.window(JSON.parse(data) as WindowEvent);
    });
    stream.addEventListener('end', lost);
    stream.addEventListener('error', lost);
  }

  function lost(): void {
    close();
    if (document.hidden) return;
    timer = setTimeout(open, retryMs);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
    ask<Status>('/api/status').then(
      (status) => {
        goneSinceMs = undefined;
        listener.status(status);
        // The stream may be open again meanwhile.
        if (source?.readyState === EventSource.OPEN) return;
        listener.linked({ state: 'asking' });
        listener.opened();
      },
      (error: unknown) => {
        goneSinceMs ??= Date.now();
        listener.linked({ state: 'gone', sinceMs: goneSinceMs, why: messageOf(error) });
      },
    );
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close();
    else if (source === undefined) open();
  });
  open();
}
