import { type SendError, sendError } from '../../plugin.ts';
import { type Batch, type Batches, halves } from './batch.ts';
import type { Compressor } from './compress.ts';
import { CONNECTIONS } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import type { Outcome, Post } from './post.ts';

/** Failures after which a lane waits for the next attempt, so that a server that is down is not asked for each batch. */
const MAX_FAILURES = 4;

/**
 * Divisions of refused batches in one window. Finding one bad item among 10,000 takes 14; a server that refuses everything
 * is not asked item by item.
 */
const MAX_DIVISIONS = 500;

/** Items of one endpoint on their way out. */
export interface Lane {
  readonly endpoint: Endpoint;
  readonly source: Batches;
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

/** How the lanes of a window reach the server. */
export interface Route {
  readonly post: Post;
  readonly compressor: Compressor | undefined;
  readonly tally: Tally;
  /** Items of these names were given up. `why` names the status. */
  readonly lose: (reason: string, names: readonly string[], why: string) => void;
  /** The server took a request and reported errors about it. `text` names the request. */
  readonly complain: (text: string, complaints: readonly string[]) => void;
}

/** Delivers one window, over as many attempts as it takes. */
export interface Delivery {
  /** Goes on where the last attempt ended: what was delivered is not sent again. Rejects with a {@link SendError}. */
  attempt(signal: AbortSignal): Promise<void>;
}

interface LaneState extends Lane {
  /** Batches to send before more are taken from the source. */
  readonly waiting: Batch[];
  /** Batches that failed in this attempt, for the next one. */
  readonly failed: Batch[];
  failures: number;
  refusal: string | undefined;
}

/** Lanes in the order of their priority. */
export function delivery(lanes: readonly Lane[], route: Route): Delivery {
  const states = lanes.map(
    (lane): LaneState => ({ ...lane, waiting: [], failed: [], failures: 0, refusal: undefined }),
  );
  let delivered = 0;
  let divisions = 0;
  let generalRefusal: string | undefined;
  let retryText: string | undefined;
  let retryAfterMs: number | undefined;

  const open = (lane: LaneState) => lane.refusal === undefined && lane.failures < MAX_FAILURES;

  const next = async (signal: AbortSignal): Promise<{ lane: LaneState; batch: Batch } | undefined> => {
    for (const lane of states) {
      while (!signal.aborted && generalRefusal === undefined && open(lane)) {
        const batch = lane.waiting.shift() ?? (await lane.source.next());
        if (batch === undefined) break;
        if (!signal.aborted && open(lane)) return { lane, batch };
        lane.waiting.push(batch);
      }
    }
    return undefined;
  };

  const divide = (lane: LaneState, batch: Batch, reason: string, why: string) => {
    if (batch.body.names.length === 1 || divisions >= MAX_DIVISIONS) {
      route.lose(reason, batch.body.names, why);
      return;
    }
    divisions++;
    route.tally.division?.();
    lane.waiting.unshift(...halves(lane.endpoint, batch));
  };

  const settle = (lane: LaneState, batch: Batch, outcome: Outcome) => {
    switch (outcome.kind) {
      case 'accepted':
        delivered += batch.body.names.length;
        if (outcome.complaints.length === 0) return;
        route.tally.complaints?.(outcome.complaints.length);
        route.complain(outcome.text, outcome.complaints);
        return;
      case 'rejected':
        divide(lane, batch, outcome.tooLarge ? 'too_large' : 'rejected', outcome.text);
        return;
      case 'retry':
        lane.failures++;
        lane.failed.push(batch);
        retryText ??= outcome.text;
        if (outcome.retryAfterMs !== undefined) {
          retryAfterMs = Math.max(retryAfterMs ?? 0, outcome.retryAfterMs);
          lane.failures = MAX_FAILURES;
        }
        return;
      case 'refused':
        lane.waiting.push(batch);
        lane.refusal ??= outcome.text;
        if (outcome.everywhere) generalRefusal ??= outcome.text;
        return;
      default:
        return outcome satisfies never;
    }
  };

  const deliver = async (lane: LaneState, batch: Batch, signal: AbortSignal) => {
    const { path, contentType, compressed, maxBytes } = lane.endpoint;
    const compressor = compressed ? route.compressor : undefined;
    if (batch.sent === undefined) {
      const { bytes } = batch.body;
      const sent = compressor === undefined ? bytes : await compressor.compress(bytes);
      if (sent.length > maxBytes) {
        divide(lane, batch, 'too_large', `over ${maxBytes} bytes`);
        return;
      }
      batch.sent = sent;
    }
    const encoding = compressor === undefined ? {} : { contentEncoding: compressor.encoding };
    route.tally.request?.(batch.sent.length);
    const outcome = await route.post({ path, contentType, ...encoding, body: batch.sent }, signal);
    settle(lane, batch, outcome);
    // An uncompressed body may still be read when the answer to it is there.
    if (outcome.kind === 'accepted' && compressor !== undefined) lane.source.recycle(batch);
  };

  const work = async (signal: AbortSignal) => {
    for (let job = await next(signal); job !== undefined; job = await next(signal)) {
      await deliver(job.lane, job.batch, signal);
    }
  };

  /** What a refused lane still holds is lost, and counted. */
  const giveUp = async (lane: LaneState, why: string) => {
    for (const batch of [...lane.failed.splice(0), ...lane.waiting.splice(0)])
      route.lose('refused', batch.body.names, why);
    for (let batch = await lane.source.next(); batch !== undefined; batch = await lane.source.next()) {
      route.lose('refused', batch.body.names, why);
      lane.source.recycle(batch);
    }
  };

  const result = async (signal: AbortSignal): Promise<SendError | undefined> => {
    if (generalRefusal === undefined) {
      if (retryText !== undefined) return sendError(retryText, retryAfterMs === undefined ? {} : { retryAfterMs });
      if (signal.aborted) return sendError('cut off at the deadline of the attempt');
    }
    const refusal = generalRefusal ?? states.find((lane) => lane.refusal !== undefined)?.refusal;
    if (refusal === undefined) return undefined;
    if (delivered === 0) return sendError(refusal, { permanent: true });
    for (const lane of states) {
      const why = generalRefusal ?? lane.refusal;
      if (why !== undefined) await giveUp(lane, why);
    }
    return undefined;
  };

  return {
    async attempt(signal) {
      // Last what failed in the attempt before: an endpoint that hangs must not keep the others waiting for ever.
      states.sort((a, b) => a.failures - b.failures);
      for (const lane of states) {
        lane.failures = 0;
        lane.waiting.unshift(...lane.failed.splice(0));
      }
      retryText = undefined;
      retryAfterMs = undefined;
      // A request on each connection.
      const workers = await Promise.allSettled(Array.from({ length: CONNECTIONS }, () => work(signal)));
      for (const worker of workers) {
        if (worker.status === 'rejected') {
          throw sendError(`cannot encode the window: ${worker.reason}`, { permanent: true, cause: worker.reason });
        }
      }
      const error = await result(signal);
      if (error !== undefined) throw error;
    },
  };
}
