import type { ServerResponse } from 'node:http';
import { refusal } from '../../../src/kit/http/refusal.ts';

/** Streams of all kinds that are open at most. */
export const MOST_STREAMS = 8;
/** Bytes that may wait to be read by one client; who lets more wait is dropped. An event of a window is some 20 KB. */
const MOST_WAITING = 1024 * 1024;
/** Milliseconds between two comments, by which both sides notice that the other one is gone. */
const HEARTBEAT_MS = 15_000;
/** Seconds after which one that found no room may ask again. */
const RETRY_S = 5;

export interface Stream {
  /** Aborts when it is over, whoever ended it. */
  readonly signal: AbortSignal;
  /** Nothing happens once it is over. */
  send(event: string, data: unknown): void;
  end(): void;
}

export interface Streams {
  readonly size: number;
  /** Begins the answer. Throws a refusal (503) where too many are open. */
  open(response: ServerResponse): Stream;
  /** The server stops: each is told `end`. */
  endAll(): void;
}

/** Server-sent events. `dropped` is told of each client that reads too slowly. */
export function createStreams(
  dropped: (remote: string) => void,
  most = MOST_STREAMS,
  mostWaiting = MOST_WAITING,
): Streams {
  const open = new Set<Stream>();

  function begin(response: ServerResponse): Stream {
    if (open.size >= most) {
      const sentence = `${most} streams are open, and no more are allowed; close another page or tap.`;
      throw refusal(503, sentence, { 'retry-after': String(RETRY_S) });
    }
    const over = new AbortController();
    const { socket } = response;
    const remote = socket?.remoteAddress ?? 'unknown';

    function write(text: string): void {
      if (over.signal.aborted || response.writableEnded) return;
      response.write(text);
      if (response.writableLength + (socket?.writableLength ?? 0) <= mostWaiting) return;
      dropped(remote);
      response.destroy();
    }

    const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS);
    const stream: Stream = {
      signal: over.signal,
      send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
      end: () => {
        response.end();
      },
    };
    open.add(stream);
    response.once('close', () => {
      clearInterval(heartbeat);
      open.delete(stream);
      over.abort();
    });
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    // So that a client knows at once that it is let in.
    write(`retry: 2000\n\n`);
    return stream;
  }

  return {
    get size() {
      return open.size;
    },
    open: begin,
    endAll() {
      for (const stream of open) {
        stream.send('end', { reason: 'stopping' });
        stream.end();
      }
    },
  };
}
