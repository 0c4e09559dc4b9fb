import { type BackendContext, type Payload, type SendingBackend, sendError, type Window } from '../../plugin.ts';
import { seldom } from '../seldom.ts';
import { createAims } from './aims.ts';
import { type Batch, batches } from './batch.ts';
import { type Body, halvesOf } from './body.ts';
import { type Compression, compressor, decompress } from './compress.ts';
import { completed, type Endpoint, type GivenEndpoint, type Item } from './endpoint.ts';
import { type Outcome, type PostOptions, poster } from './post.ts';

/** What goes to one endpoint. Undefined between two items lets the caller pause there. */
export interface Outgoing {
  /** One of those that the back-end has. */
  readonly endpoint: Pick<Endpoint, 'lane'>;
  readonly items: Iterable<Item | undefined>;
}

/** What a back-end may count of its requests. */
export interface Tally {
  /** A request with a body of so many bytes is sent. */
  request?(bytes: number): void;
  /** A request was refused as bad or too large, and its halves are sent. */
  division?(): void;
  /** The server took a request and reported so many errors about it. */
  complaints?(errors: number): void;
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
  /** 1 (fast) to 9 (small). Default: 4. */
  readonly compressionLevel?: number;
  readonly tally?: Tally;
}

/** Bodies of one window that are compressed while the next ones are written. */
const COMPRESSING = 3;

/**
 * Divisions of refused requests of one window. Finding one bad item among 10,000 takes 14; a server that refuses everything
 * is not asked item by item.
 */
const MAX_DIVISIONS = 500;

/** Windows whose divisions are counted. */
const WINDOWS = 16;

interface Route {
  readonly endpoint: Endpoint;
  readonly post: ReturnType<typeof poster>['post'];
}

/**
 * A back-end that posts. Each endpoint is a lane, for each destination. `encode` gives what a window sends, by endpoint; its items are
 * made when their turn comes, with pauses for other work, and each once. What the server refuses for good, or is larger than its
 * endpoint allows, is given up item by item and counted; everything else is sent again.
 */
export function httpBackend(
  { compression = 'gzip', compressionLevel = 4, tally = {}, copies = [], ...first }: HttpBackendOptions,
  { lost, log }: Pick<BackendContext, 'lost' | 'log'>,
  given: readonly GivenEndpoint[],
  encode: (window: Window) => readonly Outgoing[],
): SendingBackend {
  const endpoints = given.map(completed);
  const packer = compressor(compression, compressionLevel);
  const tellLoss = seldom((_, items: number, name: string, why: string) =>
    log.warn(`${items} lost, the first is ${JSON.stringify(name)}: ${why}`),
  );
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
      routes.set(lane, { endpoint, post });
      return lane;
    });
    kinds.set(endpoint.lane, { endpoint, lanes });
  }

  const aims = createAims();

  function lose(reason: string, names: readonly string[], why: string): void {
    lost(reason, names.length);
    tellLoss(names.length, names[0] ?? '', why);
  }

  /** The body as it is sent, in several payloads where it is too large. */
  async function pack(endpoint: Endpoint, body: Body, like: Pick<Payload, 'lanes' | 'createdMs'>): Promise<Payload[]> {
    const { bytes, names, ends } = body;
    const compress = endpoint.compressed ? packer : undefined;
    // What is not compressed is copied out of memory that is written again.
    const sent = compress === undefined ? Uint8Array.from(bytes) : await compress.compress(bytes);
    aims.learn(endpoint, bytes.length, sent.length);
    if (sent.length <= endpoint.maxBytes) {
      const { lanes, createdMs } = like;
      const coded = compress === undefined ? {} : { encoding: compress.encoding };
      return [{ lanes, bytes: sent, ...coded, names, ends, createdMs }];
    }
    if (names.length === 1) {
      lose('too_large', names, `over ${endpoint.maxBytes} bytes`);
      return [];
    }
    return packAll(endpoint, halvesOf(endpoint, body), like);
  }

  async function packAll(endpoint: Endpoint, bodies: readonly Body[], like: Pick<Payload, 'lanes' | 'createdMs'>) {
    const packed: Payload[] = [];
    for (const body of bodies) packed.push(...(await pack(endpoint, body, like)));
    return packed;
  }

  async function* payloads({ endpoint: { lane }, items }: Outgoing, createdMs: number): AsyncGenerator<Payload> {
    const kind = kinds.get(lane);
    if (kind === undefined) throw new Error(`the endpoint "${lane}" is none of those that the back-end has`);
    const { endpoint, lanes } = kind;
    const tooLarge = ({ name }: Item) =>
      lose('too_large', [name], `over ${endpoint.maxRawBytes} bytes or ${endpoint.maxPoints} points`);
    const source = batches(endpoint, items, tooLarge, () => aims.of(endpoint));
    const packed = async (batch: Batch) => {
      const made = await pack(endpoint, batch.body, { lanes, createdMs });
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

  const divisions = new Map<number, number>();
  function mayDivide(createdMs: number): boolean {
    const before = divisions.get(createdMs) ?? 0;
    divisions.delete(createdMs);
    divisions.set(createdMs, before + 1);
    for (const oldest of divisions.keys()) {
      if (divisions.size <= WINDOWS) break;
      divisions.delete(oldest);
    }
    return before < MAX_DIVISIONS;
  }

  /** They go on in the lane in which the payload was refused, whatever others it is for. */
  async function halves(endpoint: Endpoint, payload: Payload): Promise<readonly Payload[]> {
    const { names, ends = [] } = payload;
    return packAll(
      endpoint,
      halvesOf(endpoint, { bytes: await decompress(payload.bytes, payload.encoding), names, ends }),
      payload,
    );
  }

  async function rejected(endpoint: Endpoint, payload: Payload, { text, tooLarge }: Rejected): Promise<never> {
    const divisible = payload.names.length > 1 && payload.ends !== undefined;
    if (!divisible || !mayDivide(payload.createdMs)) {
      throw sendError(text, { permanent: true, reason: tooLarge ? 'too_large' : 'rejected' });
    }
    tally.division?.();
    throw sendError(text, { smaller: await halves(endpoint, payload) });
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
      const { endpoint, post } = route;
      const { path, contentType } = endpoint;
      const coded = payload.encoding === undefined ? {} : { contentEncoding: payload.encoding };
      tally.request?.(payload.bytes.length);
      const outcome = await post({ path, contentType, ...coded, body: payload.bytes }, signal);
      switch (outcome.kind) {
        case 'accepted':
          if (outcome.complaints.length === 0) return;
          tally.complaints?.(outcome.complaints.length);
          tellComplaint(outcome.text, outcome.complaints);
          return;
        case 'rejected':
          return rejected(endpoint, payload, outcome);
        case 'retry':
          throw sendError(outcome.text, {
            ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
            ambiguous: outcome.maybeTaken === true && endpoint.repeatable !== true,
          });
        case 'refused':
          // Until somebody mends the key or the address: what waits is good, and the server is asked as seldom as may be.
          throw sendError(outcome.text, { retryAfterMs: Number.POSITIVE_INFINITY });
        default:
          return outcome satisfies never;
      }
    },
    async stop() {
      await Promise.all(destinations.map((destination) => destination.close()));
    },
  };
}

type Rejected = Extract<Outcome, { readonly kind: 'rejected' }>;
