import type { Backend, BackendContext, Window } from '../../plugin.ts';
import { seldom } from '../seldom.ts';
import { batches } from './batch.ts';
import { type Compression, compressor } from './compress.ts';
import { type Delivery, delivery, type Lane, type Route, type Tally } from './delivery.ts';
import type { Endpoint, Item } from './endpoint.ts';
import { type PostOptions, poster } from './post.ts';

/** What goes to one endpoint. Undefined between two items lets the caller pause there. */
export interface Outgoing {
  readonly endpoint: Endpoint;
  readonly items: Iterable<Item | undefined>;
}

export interface HttpBackendOptions extends PostOptions {
  /** For endpoints that take compressed bodies. Default: gzip. */
  readonly compression?: Compression;
  /** 1 (fast) to 9 (small). Default: 4. */
  readonly compressionLevel?: number;
  readonly tally?: Tally;
}

/**
 * A back-end that posts. `encode` gives what a window sends, by endpoint in the order of their priority; its items are made
 * when their turn comes, with pauses for other work, and each once. What the server refuses for good, or is larger than its
 * endpoint allows, is given up item by item and counted; everything else is sent again, but for what was delivered.
 */
export function httpBackend(
  { compression = 'gzip', compressionLevel = 4, tally = {}, ...options }: HttpBackendOptions,
  { lost, log }: Pick<BackendContext, 'lost' | 'log'>,
  encode: (window: Window) => readonly Outgoing[],
): Backend {
  const tellLoss = seldom((_, items: number, first: string, why: string) =>
    log.warn(`${items} lost, the first is ${JSON.stringify(first)}: ${why}`),
  );
  const tellComplaint = seldom((_, text: string, complaints: readonly string[]) =>
    log.warn(`${text}, taken but with errors: ${JSON.stringify(complaints.slice(0, 3))}`),
  );
  const { open, post, close } = poster(options);
  const route: Route = {
    post,
    compressor: compressor(compression, compressionLevel),
    tally,
    lose: (reason, names, why) => {
      lost(reason, names.length);
      tellLoss(names.length, names[0]!, why);
    },
    complain: tellComplaint,
  };

  const lane = ({ endpoint, items }: Outgoing): Lane => {
    const tooLarge = ({ name }: Item) =>
      route.lose('too_large', [name], `over ${endpoint.maxRawBytes} bytes or ${endpoint.maxPoints} points`);
    return { endpoint, source: batches(endpoint, items, tooLarge) };
  };

  let current: { readonly window: Window; readonly delivery: Delivery } | undefined;
  return {
    async start() {
      await open();
      return undefined;
    },
    async send(window, signal) {
      if (current?.window !== window) current = { window, delivery: delivery(encode(window).map(lane), route) };
      try {
        await current.delivery.attempt(signal);
      } catch (error) {
        if (error instanceof Error && 'permanent' in error && error.permanent === true) current = undefined;
        throw error;
      }
      current = undefined;
    },
    stop: close,
  };
}
