import type { QueueSettings, RetrySettings } from '../config/settings.ts';
import { faultOf } from '../kit/error-text.ts';
import { seldom } from '../kit/seldom.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Logger, Payload, SendError } from '../plugin.ts';
import type { LaneReport } from '../telemetry/backend-report.ts';
import { createBreaker } from './breaker.ts';
import { deadlineSignal } from './deadline.ts';
import { createPayloadQueue, type Parcel } from './payload-queue.ts';

type LaneActivity = Pick<LaneReport, 'delivered' | 'retries' | 'ambiguous' | 'failures' | 'longestMs' | 'givenUp'>;

/** One destination and endpoint of one back-end: a queue, and a loop that no other lane waits for. */
export interface Lane {
  readonly name: string;
  readonly waiting: Pick<LaneReport, 'payloads' | 'bytes' | 'open'>;
  ageMs(): number;
  push(parcels: readonly Parcel[]): void;
  /** What it did since it was last asked. */
  takeActivity(): LaneActivity;
  setSettings(settings: LaneSettings): void;
  /** From now on attempts come one soon after the other; resolves when nothing waits. */
  drain(): Promise<void>;
  /** Ends what is going on, and gives what waits. Nothing is delivered any more. */
  end(): Promise<readonly Parcel[]>;
}

export interface LaneSettings {
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
}

export interface LaneOptions {
  readonly name: string;
  readonly log: Logger;
  readonly deliver: (payload: Payload, lane: string, signal: AbortSignal) => Promise<void>;
  /** A parcel was delivered, or is lost for a reason; each is settled once. */
  readonly settled: (parcel: Parcel, lost: string | undefined) => void;
  /** A parcel was replaced by so many others. */
  readonly replaced: (parcel: Parcel, by: number) => void;
}

/** Requests of one lane at a time. */
export const CONCURRENCY = 4;

/** How long attempts in progress may go on when their lane ends. Milliseconds. */
const END_GRACE_MS = 500;

const ended = new Error('the lane has ended');

export function createLane({ name, log, deliver, settled, replaced }: LaneOptions, first: LaneSettings): Lane {
  let settings = first;
  let delivered = 0;
  let retries = 0;
  let ambiguous = 0;
  let failures = 0;
  let longestMs = 0;
  let givenUp = new Map<string, number>();
  let running = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let failingSince: number | undefined;
  let idle: () => void = () => undefined;
  const end = new AbortController();
  const breaker = createBreaker(CONCURRENCY);
  const queue = createPayloadQueue(settings.queue, (parcel) =>
    lose(parcel, 'queue_full', 'more waits than "queue" allows'),
  );

  const tellFailure = seldom((_times, message: string) =>
    log.warn(`delivery failed, will be tried again: ${message}`, { lane: name, waiting: queue.length + running }),
  );
  const tellLoss = seldom((_, { payload: { names } }: Parcel, why: string) =>
    log.warn(`${names.length} lost, the first is ${JSON.stringify(names[0] ?? '')}: ${why}`, { lane: name }),
  );

  function lose(parcel: Parcel, reason: string, why: string): void {
    givenUp.set(reason, (givenUp.get(reason) ?? 0) + 1);
    tellLoss(parcel, why);
    settled(parcel, reason);
  }

  function tooOld({ payload, sinceMs, tried }: Parcel, nowMs: number): boolean {
    return tried && nowMs - sinceMs > Math.min(settings.queue.ageMs, payload.maxAgeMs ?? Number.POSITIVE_INFINITY);
  }

  function pump(): void {
    clearTimeout(timer);
    const now = performance.now();
    while (!over && queue.length > 0 && running < breaker.concurrency) {
      const parcel = queue.peek()!;
      if (tooOld(parcel, now)) {
        queue.shift();
        lose(parcel, 'too_old', 'it waited for longer than "queue.age"');
        continue;
      }
      const waitMs = breaker.waitMs(now);
      if (waitMs > 0) {
        timer = setTimeout(pump, waitMs);
        break;
      }
      queue.shift();
      running++;
      void attempt(parcel);
    }
    if (running === 0 && (queue.length === 0 || over)) idle();
  }

  async function attempt(parcel: Parcel): Promise<void> {
    const started = performance.now();
    parcel.tried = true;
    const deadline = deadlineSignal(settings.retry.timeoutMs, end.signal);
    try {
      await unlessAborted(send(parcel, deadline.signal), deadline.signal);
      delivered++;
      longestMs = Math.max(longestMs, performance.now() - started);
      recovered(started);
      settled(parcel, undefined);
    } catch (error) {
      failed(parcel, started, deadline.signal.aborted ? deadline.signal.reason : error);
    } finally {
      deadline.clear();
      running--;
      pump();
    }
  }

  /** What did not end at the deadline of its attempt may still be taken: it is not sent again before it has failed. */
  async function send(parcel: Parcel, signal: AbortSignal): Promise<void> {
    const before = parcel.underWay;
    if (before !== undefined && (await before.then(taken, notTaken))) return;
    if (signal.aborted) throw signal.reason;
    if (parcel.ambiguous === true) ambiguous++;
    parcel.ambiguous = false;
    const sending = (async () => deliver(parcel.payload, name, signal))();
    parcel.underWay = sending;
    await sending.catch((error: unknown) => {
      delete parcel.underWay;
      parcel.ambiguous = (error as Partial<SendError> | undefined)?.ambiguous === true;
      throw error;
    });
  }

  function recovered(startedMs: number): void {
    breaker.succeeded(startedMs);
    if (failingSince === undefined || startedMs < failingSince) return;
    log.info('delivering again', { lane: name, after: `${Math.round((performance.now() - failingSince) / 1000)}s` });
    failingSince = undefined;
    tellFailure.over();
  }

  function failed(parcel: Parcel, startedMs: number, error: unknown): void {
    if (error === ended) {
      queue.putBack([parcel]);
      return;
    }
    const { permanent, retryAfterMs, reason = 'refused', smaller } = (error ?? {}) as Partial<SendError>;
    if (smaller !== undefined) {
      // The server lives: it has read the payload.
      breaker.succeeded(startedMs);
      replaced(parcel, smaller.length);
      const { window, sinceMs } = parcel;
      queue.putBack(smaller.map((payload) => ({ payload, window, sinceMs, tried: true })));
      return;
    }
    failures++;
    if (permanent === true) {
      breaker.succeeded(startedMs);
      lose(parcel, reason, faultOf(error));
      return;
    }
    retries++;
    failingSince ??= performance.now();
    breaker.failed(performance.now(), settings.retry, retryAfterMs);
    tellFailure(faultOf(error));
    queue.putBack([parcel]);
  }

  return {
    name,
    get waiting() {
      return { payloads: queue.length + running, bytes: queue.bytes, open: breaker.open };
    },
    ageMs: () => queue.ageMs(performance.now()),
    push(parcels) {
      for (const parcel of parcels) queue.push(parcel);
      pump();
    },
    takeActivity() {
      const activity = { delivered, retries, ambiguous, failures, longestMs, givenUp };
      delivered = 0;
      retries = 0;
      ambiguous = 0;
      failures = 0;
      longestMs = 0;
      givenUp = new Map();
      return activity;
    },
    setSettings(next) {
      settings = next;
      queue.setSettings(next.queue);
    },
    drain() {
      breaker.hurry();
      return new Promise((resolve) => {
        idle = resolve;
        pump();
      });
    },
    async end() {
      over = true;
      const cut = setTimeout(() => end.abort(ended), END_GRACE_MS);
      await new Promise<void>((resolve) => {
        idle = resolve;
        pump();
      });
      clearTimeout(cut);
      clearTimeout(timer);
      return queue.takeAll();
    },
  };
}

const taken = () => true;
const notTaken = () => false;
