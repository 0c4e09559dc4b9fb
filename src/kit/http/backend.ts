import { type BackendContext, type Payload, type SendingBackend, sendError, type Window } from '../../plugin.ts';
import { seldom } from '../seldom.ts';
import { createAims } from './aims.ts';
import { type Batch, batches } from './batch.ts';
import { type Body, halvesOf, partOf } from './body.ts';
import { COMPRESSION_LEVEL, type Compression, compressor, decompress } from './compress.ts';
import { completed, type Endpoint, type GivenEndpoint, type Item } from './endpoint.ts';
import { type Answered, type Outcome, type PostOptions, poster } from './post.ts';
import { searchRefused } from './search.ts';

/** What goes to one endpoint. Undefined between two items lets the caller pause there. */
export interface Outgoing {
  /** One of those that the back-end has; `head` and `tail` may be others. */
  readonly endpoint: Pick<Endpoint, 'lane' | 'head' | 'tail'>;
  readonly items: Iterable<Item | undefined>;
}

/** What a back-end may count of its requests. */
export interface Tally {
  /** A request with a body of so many bytes, and so many before compression, is sent. `status`: undefined where no answer came. */
  request?(lane: string, bytes: number, status: number | undefined): void;
  /** What a window becomes: so many items in so many bytes before compression. */
  encoded?(endpoint: string, items: number, rawBytes: number): void;
  /** Milliseconds by which the clock of a server is ahead of this one, about. */
  clock?(ms: number): void;
  /** A request was refused as bad or too large, and parts of it are sent. */
  division?(lane: string): void;
  /** The server took a request and reported so many errors about it. */
  complaints?(errors: number): void;
  /** A request to a destination was taken, or its credentials were refused. The name of the first one is undefined. */
  known?(destination: string | undefined, known: boolean): void;
}

/** A further server that gets all that the first one gets. */
export interface Destination extends PostOptions {
  /** Begins the names of its lanes. */
  readonly name: string;
}

export interface HttpBackendOptions extends PostOptions {
  /** Default: none. */
  readonly copies?: readonly Destination[];
  /** For endpoints that take compressed bodies. Default: gzip. */
  readonly compression?: Compression;
  /** 1 (fast) to 9 (small). Default: 3. */
  readonly compressionLevel?: number;
  readonly tally?: Tally;
}

/** Bodies of one window that are compressed while the next ones are written. */
const COMPRESSING = 3;

/** How long one delivery looks for what is bad; then other payloads have their turn. Milliseconds. */
const SEARCH_MS = 4000;

/** Requests in a row that a server refuses at one endpoint, none taken, after which it is no longer asked item by item. */
const FRUITLESS = 1000;

/** Requests that a refused body is worth then. */
const LAST_TRIES = 30;

interface Route {
  readonly endpoint: Endpoint;
  readonly destination: string | undefined;
  readonly post: ReturnType<typeof poster>['post'];
  /** Requests that were refused as bad since one was taken. */
  fruitless: number;
}

/**
 * A back-end that posts. Each endpoint is a lane, for each destination. `encode` gives what a window sends, by endpoint; its items are
 * made when their turn comes, with pauses for other work, and each once. What the server refuses for good, or is larger than its
 * endpoint allows, is given up item by item and counted; everything else is sent again. An item is given up that was refused alone,
 * unless the server has taken nothing at all for a thousand requests.
 */
export function httpBackend(
  { compression = 'gzip', compressionLevel = COMPRESSION_LEVEL, tally = {}, copies = [], ...first }: HttpBackendOptions,
  { lost, log }: Pick<BackendContext, 'lost' | 'log'>,
  given: readonly GivenEndpoint[],
  encode: (window: Window) => readonly Outgoing[],
): SendingBackend {
  const endpoints = given.map(completed);
  const packer = compressor(compression, compressionLevel);
  const tellLoss = seldom((_, items: number, name: string, why: string) =>
    log.warn(`${items} lost, the first is ${JSON.stringify(name)}: ${why}`),
  );
  const tellUseless = seldom((_, text: string) => log.error(`${text}; what goes there is lost`));
  const tellComplaint = seldom((_, text: string, complaints: readonly string[]) =>
    log.warn(`${text}, taken but with errors: ${JSON.stringify(complaints.slice(0, 3))}`),
  );
  const destinations = [{ name: undefined, ...first }, ...copies].map(({ name, ...options }) => ({
    name,
    ...poster({ ...options, endpoints: endpoints.length }),
  }));
  const routes = new Map<string, Route>();
  const kinds = new Map<string, { readonly endpoint: Endpoint; readonly lanes: readonly string[] }>();
  for (const endpoint of endpoints) {
    const lanes = destinations.map(({ name, post }) => {
      const lane = name === undefined ? endpoint.lane : `${name}/${endpoint.lane}`;
      routes.set(lane, { endpoint, destination: name, post, fruitless: 0 });
      return lane;
    });
    kinds.set(endpoint.lane, { endpoint, lanes });
  }

  const aims = createAims();

  function lose(reason: string, names: readonly string[], why: string): void {
    lost(reason, names.length);
    tellLoss(names.length, names[0] ?? '', why);
  }

  type Like = Pick<Payload, 'lanes' | 'createdMs' | 'maxAgeMs'>;

  /** The body as it is sent, in several payloads where it is too large. */
  async function pack(endpoint: Endpoint, body: Body, like: Like): Promise<Payload[]> {
    const { bytes, names, ends, start } = body;
    const compress = endpoint.compressed ? packer : undefined;
    // What is not compressed is copied out of memory that is written again.
    const sent = compress === undefined ? Uint8Array.from(bytes) : await compress.compress(bytes);
    aims.learn(endpoint, bytes.length, sent.length);
    if (sent.length <= endpoint.maxBytes) {
      const { lanes, createdMs, maxAgeMs } = like;
      const coded = compress === undefined ? {} : { encoding: compress.encoding };
      const aged = maxAgeMs === undefined ? {} : { maxAgeMs };
      return [{ lanes, bytes: sent, ...coded, names, ends, start, createdMs, ...aged }];
    }
    if (names.length === 1) {
      lose('too_large', names, `over ${endpoint.maxBytes} bytes`);
      return [];
    }
    return packAll(endpoint, halvesOf(endpoint, body), like);
  }

  async function packAll(endpoint: Endpoint, bodies: readonly Body[], like: Like) {
    const packed: Payload[] = [];
    for (const body of bodies) packed.push(...(await pack(endpoint, body, like)));
    return packed;
  }

  async function* payloads({ endpoint: given, items }: Outgoing, createdMs: number): AsyncGenerator<Payload> {
    const kind = kinds.get(given.lane);
    if (kind === undefined) throw new Error(`the endpoint "${given.lane}" is none of those that the back-end has`);
    const { lanes } = kind;
    const { head = kind.endpoint.head, tail = kind.endpoint.tail } = given;
    const endpoint: Endpoint = {
      ...kind.endpoint,
      ...(head === undefined ? {} : { head }),
      ...(tail === undefined ? {} : { tail }),
    };
    const tooLarge = ({ name }: Item) =>
      lose('too_large', [name], `over ${endpoint.maxRawBytes} bytes or ${endpoint.maxPoints} points`);
    const source = batches(endpoint, items, tooLarge, () => aims.of(endpoint));
    const aged = endpoint.maxAgeMs === undefined ? {} : { maxAgeMs: endpoint.maxAgeMs };
    const packed = async (batch: Batch) => {
      const { body, only } = batch;
      const to = only === undefined ? lanes : lanes.filter((_, index) => (only & (1 << index)) !== 0);
      tally.encoded?.(endpoint.lane, body.names.length, body.bytes.length);
      const made = to.length === 0 ? [] : await pack(endpoint, body, { lanes: to, createdMs, ...aged });
      source.recycle(batch);
      return made;
    };
    const packing: Promise<Payload[]>[] = [];
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      packing.push(packed(batch));
      if (packing.length >= COMPRESSING) yield* await packing.shift()!;
    }
    for (const rest of packing) yield* await rest;
  }

  async function opened(endpoint: Endpoint, { bytes, encoding, names, ends = [], start }: Payload): Promise<Body> {
    return { bytes: await decompress(bytes, encoding), names, ends, start: start ?? endpoint.head?.length ?? 0 };
  }

  async function ask(route: Route, lane: string, payload: Payload, signal: AbortSignal): Promise<Outcome & Answered> {
    const { path, contentType } = route.endpoint;
    const coded = payload.encoding === undefined ? {} : { contentEncoding: payload.encoding };
    const outcome = await route.post({ path, contentType, ...coded, body: payload.bytes }, signal);
    tally.request?.(lane, payload.bytes.length, outcome.status);
    if (outcome.clockMs !== undefined) tally.clock?.(outcome.clockMs);
    if (outcome.kind === 'rejected') route.fruitless++;
    else if (outcome.kind === 'accepted') route.fruitless = 0;
    if (outcome.kind === 'accepted') tally.known?.(route.destination, true);
    else if (outcome.kind === 'refused' && outcome.everywhere) tally.known?.(route.destination, false);
    if (outcome.kind === 'accepted' && outcome.complaints.length > 0) {
      tally.complaints?.(outcome.complaints.length);
      tellComplaint(outcome.text, outcome.complaints);
    }
    return outcome;
  }

  /** Halves go on in the lane in which the payload was refused, whatever others it is for. */
  async function tooLarge({ endpoint }: Route, lane: string, payload: Payload, text: string): Promise<never> {
    if (payload.names.length < 2 || payload.ends === undefined) {
      throw sendError(text, { permanent: true, reason: 'too_large' });
    }
    tally.division?.(lane);
    const halves = halvesOf(endpoint, await opened(endpoint, payload));
    throw sendError(text, { smaller: await packAll(endpoint, halves, payload) });
  }

  /** All that is good of a payload that was refused is sent, and what is refused alone is given up. */
  async function rejected(
    route: Route,
    lane: string,
    payload: Payload,
    text: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { names } = payload;
    if (names.length < 2 || payload.ends === undefined) throw sendError(text, { permanent: true, reason: 'rejected' });
    const { endpoint } = route;
    const body = await opened(endpoint, payload);
    const until = performance.now() + SEARCH_MS;
    let tries = 0;
    let reason = text;
    let waitMs: number | undefined;
    const send = async (from: number, to: number) => {
      tries++;
      const [part, ...more] = await pack(endpoint, partOf(endpoint, body, from, to), payload);
      // Of a predecessor that compressed better.
      if (more.length > 0) return 'unknown';
      if (part === undefined) return 'taken';
      const outcome = await ask(route, lane, part, signal);
      if (outcome.kind === 'accepted') return 'taken';
      if (outcome.kind !== 'rejected') {
        reason = outcome.text;
        waitMs = outcome.kind === 'retry' ? (outcome.retryAfterMs ?? 0) : 0;
        return 'unknown';
      }
      reason = outcome.text;
      if (to - from > 1) tally.division?.(lane);
      return 'refused';
    };
    const hopeless = () => route.fruitless >= FRUITLESS && tries >= LAST_TRIES;
    tally.division?.(lane);
    const found = await searchRefused(
      names.length,
      send,
      () => !signal.aborted && !hopeless() && performance.now() < until,
    );
    const given = hopeless() ? [...found.refused, ...rangeOf(found.rest, names.length)] : found.refused;
    if (given.length === names.length) throw sendError(reason, { permanent: true, reason: 'rejected' });
    const lostNames = given.map((item) => names[item]!);
    if (lostNames.length > 0) lose('rejected', lostNames, reason);
    if (hopeless() || found.rest === names.length) return;
    // Nothing became known: it is as it was.
    if (found.rest === 0 && waitMs !== undefined) throw sendError(reason, { retryAfterMs: waitMs });
    const rest = partOf(endpoint, body, found.rest, names.length);
    const pause = waitMs === undefined ? {} : { retryAfterMs: waitMs };
    throw sendError(reason, { smaller: await pack(endpoint, rest, payload), ...pause });
  }

  return {
    lanes: [...routes.keys()],
    async start() {
      await Promise.all(destinations.map((destination) => destination.open()));
      return undefined;
    },
    async *encode(window) {
      for (const outgoing of encode(window)) yield* payloads(outgoing, window.endMs);
    },
    async deliver(payload, lane, signal) {
      const route = routes.get(lane);
      if (route === undefined) throw sendError(`there is no lane "${lane}"`, { permanent: true, reason: 'no_lane' });
      const outcome = await ask(route, lane, payload, signal);
      switch (outcome.kind) {
        case 'accepted':
          return;
        case 'rejected':
          if (outcome.tooLarge) return tooLarge(route, lane, payload, outcome.text);
          return rejected(route, lane, payload, outcome.text, signal);
        case 'retry':
          throw sendError(outcome.text, {
            ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
            ambiguous: outcome.maybeTaken === true && route.endpoint.repeatable !== true,
          });
        case 'refused':
          // Until somebody mends the key or the address: what waits is good, and the server is asked as seldom as may be.
          throw sendError(outcome.text, { retryAfterMs: Number.POSITIVE_INFINITY });
        case 'useless':
          tellUseless(outcome.text);
          throw sendError(outcome.text, { permanent: true });
        default:
          return outcome satisfies never;
      }
    },
    async stop() {
      await Promise.all(destinations.map((destination) => destination.close()));
    },
  };
}

function rangeOf(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
