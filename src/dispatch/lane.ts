import type { QueueSettings, RetrySettings } from '../config/settings.ts';
import { seldom } from '../kit/seldom.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Logger, Payload } from '../plugin.ts';
import type { Spool } from '../spool/entry.ts';
import type { LaneReport } from '../telemetry/backend-report.ts';
import { createBreaker } from './breaker.ts';
import { deadlineSignal } from './deadline.ts';
import { deliveryFailure, isAmbiguous } from './delivery-failure.ts';
import { createLaneSpool } from './lane-spool.ts';
import { createOutcomeRecord, type Outcomes } from './outcomes.ts';
import { createPayloadQueue, type Parcel } from './payload-queue.ts';
import type { Shelved } from './shelf.ts';

type LaneActivity = Pick<LaneReport, 'delivered' | 'retries' | 'ambiguous' | 'failures' | 'longestMs' | 'givenUp'>;

/** One destination and endpoint of one back-end: a queue, and a loop that no other lane waits for. */
export interface Lane {
  readonly name: string;
  readonly waiting: Pick<LaneReport, 'payloads' | 'bytes' | 'open' | 'spooled'>;
  readonly outcomes: Outcomes;
  /** Sent again since it was last asked what it did, though it may have been taken. */
  readonly ambiguous: number;
  ageMs(): number;
  push(parcels: readonly Parcel[]): void;
  /** Payloads that are in the spool only. */
  adopt(shelved: readonly Shelved[]): void;
  /** What it did since it was last asked. */
  takeActivity(): LaneActivity;
  setSettings(settings: LaneSettings): void;
  /** From now on attempts come one soon after the other; resolves when nothing waits. */
  drain(): Promise<void>;
  /** Ends what is going on, and gives what waits in memory, and in the spool only. Nothing is delivered any more. */
  end(): Promise<{ readonly parcels: readonly Parcel[]; readonly shelved: readonly Shelved[] }>;
  /** Puts what waited in memory when it ended into the spool. False where that cannot be. */
  keep(parcel: Parcel): boolean;
}

export interface LaneSettings {
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
}

export interface LaneOptions {
  readonly name: string;
  readonly log: Logger;
  /** Requests at a time. Default: {@link CONCURRENCY}. */
  readonly concurrency?: number | undefined;
  /** Whether requests of a window wait for those of the one before. Default: false. */
  readonly byWindows?: boolean;
  /** Of its back-end, in the spool. */
  readonly backend: string;
  readonly spool?: Spool | undefined;
  readonly deliver: (payload: Payload, lane: string, signal: AbortSignal) => Promise<void>;
  /** A parcel was delivered, or is lost for a reason; each is settled once. */
  readonly settled: (parcel: Pick<Parcel, 'window'>, items: number, lost: string | undefined) => void;
  /** A parcel was replaced by so many others. */
  readonly replaced: (parcel: Parcel, by: number) => void;
}

/** Requests of one lane at a time. */
export const CONCURRENCY = 4;

/** How long attempts in progress may go on when their lane ends. Milliseconds. */
const END_GRACE_MS = 500;

const ended = new Error('the lane has ended');

export function createLane(
  { name, backend, spool, log, concurrency = CONCURRENCY, byWindows = false, deliver, settled, replaced }: LaneOptions,
  first: LaneSettings,
): Lane {
  let settings = first;
  let delivered = 0;
  let retries = 0;
  let ambiguous = 0;
  let failures = 0;
  let longestMs = 0;
  let givenUp = new Map<string, number>();
  const running = new Set<Parcel>();
  const outcomes = createOutcomeRecord();
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let failingSince: number | undefined;
  let idle: () => void = () => undefined;
  const end = new AbortController();
  const breaker = createBreaker(concurrency);
  const queue = createPayloadQueue(settings.queue, (parcel) => {
    if (disk?.shelve(parcel) !== true) lose(parcel, 'queue_full', 'more waits than "queue" allows');
  });
  const disk =
    spool &&
    createLaneSpool({
      spool,
      address: { backend, lane: name },
      back(parcel) {
        queue.putBack([parcel]);
        pump();
      },
      resume: pump,
      lost: (one, reason, why) => giveUp(one, one.entry.items, reason, `of the spool: ${why}`),
    });
  let draining = false;

  const tellFailure = seldom((_times, message: string) =>
    log.warn(`delivery failed, will be tried again: ${message}`, { lane: name, waiting: queue.length + running.size }),
  );
  const tellLoss = seldom((_, items: number, why: string) => log.warn(`${items} lost, ${why}`, { lane: name }));

  function lose(parcel: Parcel, reason: string, why: string): void {
    const { names } = parcel.payload;
    disk?.done(parcel, false);
    giveUp(parcel, names.length, reason, `the first is ${JSON.stringify(names[0] ?? '')}: ${why}`);
  }

  function giveUp(one: Pick<Parcel, 'window'>, items: number, reason: string, why: string): void {
    givenUp.set(reason, (givenUp.get(reason) ?? 0) + 1);
    tellLoss(items, why);
    settled(one, items, reason);
  }

  function tooOld({ payload, sinceMs, tried, entry }: Parcel, nowMs: number): boolean {
    const ageMs = spool === undefined || entry === undefined ? settings.queue.ageMs : spool.ageMs;
    return nowMs - sinceMs > (payload.maxAgeMs ?? Number.POSITIVE_INFINITY) || (tried && nowMs - sinceMs > ageMs);
  }

  function pump(): void {
    clearTimeout(timer);
    const now = performance.now();
    while (!over && queue.length > 0 && running.size < breaker.concurrency) {
      const parcel = queue.peek()!;
      if (tooOld(parcel, now)) {
        queue.shift();
        const key = parcel.entry === undefined ? '"queue.age"' : '"spool.age"';
        const expired = now - parcel.sinceMs > (parcel.payload.maxAgeMs ?? Number.POSITIVE_INFINITY);
        lose(parcel, 'too_old', `it waited for longer than ${expired ? 'its server takes it' : key}`);
        continue;
      }
      const waitMs = breaker.waitMs(now);
      if (waitMs > 0) {
        timer = setTimeout(pump, waitMs);
        break;
      }
      if (byWindows && [...running].some(({ window }) => window !== parcel.window)) break;
      queue.shift();
      running.add(parcel);
      void attempt(parcel);
    }
    if (!over && !draining && !breaker.open && queue.length < concurrency && breaker.waitMs(now) === 0) {
      const waitMs = disk?.replay(now);
      if (waitMs !== undefined) timer = setTimeout(pump, waitMs);
    }
    if (queue.length + running.size > 0) disk?.keepSoon(waiting);
    if (running.size === 0 && (queue.length === 0 || over)) idle();
  }

  function* waiting(): Generator<Parcel> {
    yield* running;
    yield* queue.parcels();
  }

  async function attempt(parcel: Parcel): Promise<void> {
    const started = performance.now();
    parcel.tried = true;
    const deadline = deadlineSignal(settings.retry.timeoutMs, end.signal);
    try {
      await unlessAborted(send(parcel, deadline.signal), deadline.signal);
      delivered++;
      outcomes.succeeded();
      longestMs = Math.max(longestMs, performance.now() - started);
      recovered(started);
      disk?.done(parcel, true);
      settled(parcel, parcel.payload.names.length, undefined);
    } catch (error) {
      failed(parcel, started, deadline.signal.aborted ? deadline.signal.reason : error);
    } finally {
      deadline.clear();
      running.delete(parcel);
      pump();
    }
  }

  /** What did not end at the deadline of its attempt may still be taken: it is not sent again before it has failed. */
  async function send(parcel: Parcel, signal: AbortSignal): Promise<void> {
    const before = parcel.underWay;
    if (before !== undefined && (await before.then(taken, (error) => notTaken(error, parcel.payload)))) return;
    if (signal.aborted) throw signal.reason;
    if (parcel.ambiguous === true) ambiguous++;
    parcel.ambiguous = false;
    const sending = (async () => deliver(parcel.payload, name, signal))();
    parcel.underWay = sending;
    await sending.catch((error: unknown) => {
      if (parcel.underWay === sending) {
        delete parcel.underWay;
        parcel.ambiguous = isAmbiguous(error);
        disk?.doubt(parcel);
      }
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
    const failure = deliveryFailure(error, parcel.payload);
    if (failure.kind === 'divided') {
      // The server lives: it has read the payload.
      if (failure.retryAfterMs === undefined) breaker.succeeded(startedMs);
      else breaker.failed(performance.now(), settings.retry, failure.retryAfterMs);
      const { window, sinceMs } = parcel;
      const parts = failure.parts.map((payload): Parcel => ({ payload, window, sinceMs, tried: true }));
      replaced(parcel, parts.length);
      if (parcel.entry !== undefined) for (const part of parts) disk?.keep(part);
      disk?.done(parcel, false);
      queue.putBack(parts);
      return;
    }
    failures++;
    outcomes.failed(failure.text);
    if (failure.kind === 'permanent') {
      breaker.succeeded(startedMs);
      lose(parcel, failure.reason, failure.text);
      return;
    }
    retries++;
    failingSince ??= performance.now();
    breaker.failed(performance.now(), settings.retry, failure.retryAfterMs);
    tellFailure(failure.text);
    disk?.pause();
    disk?.keep(parcel);
    queue.putBack([parcel]);
  }

  return {
    name,
    get waiting() {
      return {
        payloads: queue.length + running.size,
        bytes: queue.bytes,
        open: breaker.open,
        spooled: disk?.length ?? 0,
      };
    },
    get outcomes() {
      return outcomes.last;
    },
    get ambiguous() {
      return ambiguous;
    },
    ageMs() {
      const now = performance.now();
      const underWay = [...running].map(({ sinceMs }) => now - sinceMs);
      return Math.max(queue.ageMs(now), ...underWay, disk?.oldestMs === undefined ? 0 : now - disk.oldestMs);
    },
    push(parcels) {
      const now = performance.now();
      for (const parcel of parcels) {
        parcel.queuedMs = now;
        disk?.watch(parcel);
        disk?.live();
        if (failingSince !== undefined) disk?.keep(parcel);
        queue.push(parcel);
      }
      pump();
    },
    adopt(shelved) {
      disk?.adopt(shelved);
      pump();
    },
    takeActivity() {
      disk?.giveUpOld(performance.now());
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
      draining = true;
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
      return { parcels: queue.takeAll(), shelved: (await disk?.end()) ?? [] };
    },
    keep: (parcel) => disk?.keep(parcel) ?? false,
  };
}

const taken = () => true;

/** What has been judged in the meantime is not sent again. */
function notTaken(error: unknown, payload: Payload): false {
  if (deliveryFailure(error, payload).kind !== 'retry') throw error;
  return false;
}
