import type { ServerResponse } from 'node:http';
import type { Live } from '../live.ts';
import type { Point } from '../store/history.ts';
import { rejectedAnswer, topAnswer } from './lists.ts';
import type { Stream, Streams } from './streams.ts';

export interface Events {
  /** Streams `status` once a second and `window` once a window. Throws where no more streams are allowed. */
  stream(response: ServerResponse): void;
  /** A slot is complete. */
  windowEnded(point: Point): void;
  stop(): void;
}

const EACH_MS = 1000;
/** Names, and rejected lines, of an event: as many as a page shows. */
const SHOWN = 20;

/** Nothing runs while nobody listens. `failed` is told of what could not be made. */
export function createEvents(live: Live, streams: Streams, failed: (error: unknown) => void): Events {
  const listeners = new Set<Stream>();
  let timer: NodeJS.Timeout | undefined;
  let isTelling = false;

  function sendAll(event: string, data: unknown): void {
    for (const listener of listeners) listener.send(event, data);
  }

  async function tellStatus(): Promise<void> {
    // One that takes longer than a second is not asked for twice.
    if (isTelling) return;
    isTelling = true;
    try {
      sendAll('status', await live.status());
    } catch (error) {
      failed(error);
    } finally {
      isTelling = false;
    }
  }

  async function tellWindow(point: Point): Promise<void> {
    const [lines, series] = await Promise.all([live.top('lines'), live.top('series')]);
    sendAll('window', {
      point,
      top: { lines: topAnswer(lines, SHOWN), series: topAnswer(series, SHOWN) },
      rejected: rejectedAnswer(live.store.rejected, SHOWN),
    });
  }

  function leave(stream: Stream): void {
    listeners.delete(stream);
    if (listeners.size === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    stream(response) {
      const stream = streams.open(response);
      listeners.add(stream);
      stream.signal.addEventListener('abort', () => leave(stream), { once: true });
      live.status().then((status) => stream.send('status', status), failed);
      timer ??= setInterval(() => void tellStatus(), EACH_MS);
    },
    windowEnded(point) {
      if (listeners.size > 0) tellWindow(point).catch(failed);
    },
    stop,
  };
}
