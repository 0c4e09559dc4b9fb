import pRetry from 'p-retry';
import type { QueueSettings, RetrySettings } from '../config/settings.ts';
import { faultOf } from '../kit/error-text.ts';
import { seldom } from '../kit/seldom.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { FoldingBackend, Logger, SendError, Window } from '../plugin.ts';
import type { LaneReport, WindowLoss } from '../telemetry/backend-report.ts';
import { deadlineSignal } from './deadline.ts';
import { createOutcomeRecord, type Outcomes } from './outcomes.ts';
import type { Parcel } from './payload-queue.ts';
import { createWindowQueue, type Waiting } from './queue.ts';
import type { Shelved } from './shelf.ts';
import { stopBackend } from './stop-backend.ts';

/** What a runner did since it was last asked. */
export interface RunnerActivity {
  readonly sends: number;
  readonly failures: number;
  readonly retries: number;
  readonly lostWindows: ReadonlyMap<WindowLoss, number>;
  /** Milliseconds of the longest successful send. */
  readonly sendMs: number;
  /** Of a back-end that sends, by lane. */
  readonly lanes: ReadonlyMap<string, LaneReport>;
}

/** A lane as it is now. */
export interface LaneNow extends Pick<LaneReport, 'payloads' | 'bytes' | 'spooled' | 'ageMs' | 'open'> {
  readonly name: string;
  readonly outcomes: Outcomes;
}

/** One back-end's loop with its queue: what it does or fails to do costs no other back-end anything. */
export interface Runner {
  readonly name: string;
  readonly queued: { readonly windows: number; readonly bytes: number };
  queueAgeMs(): number;
  readonly outcomes: Outcomes;
  /** Of a back-end that sends. */
  lanesNow?(): readonly LaneNow[];
  offer(window: Window): void;
  takeActivity(): RunnerActivity;
  /** Windows that were not delivered since the start. */
  readonly lostWindows: number;
  setSettings(settings: RunnerSettings): void;
  /** Resolves when nothing waits, and nothing is under way. */
  settled?(): Promise<void>;
  /**
   * Sends what waits, without waiting between attempts for longer than a moment, until `deadlineMs` (of
   * `performance.now`); then gives up what is left and stops the back-end. Never rejects.
   */
  stop(deadlineMs: number): Promise<void>;
  /** Stops the back-end, and gives what waits to a successor. Absent where only the back-end itself can send it. */
  handOver?(deadlineMs: number): Promise<readonly Carried[]>;
}

/** What waits in one lane, for the lane of the same name of a successor. */
export interface Carried {
  readonly lane: string;
  readonly parcels: readonly Parcel[];
  /** In the spool only. */
  readonly shelved: readonly Shelved[];
}

export interface RunnerSettings {
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
}

/** Shortest and longest wait between two attempts while stopping. */
const LAST_RETRY = { minMs: 100, maxMs: 500 };
const FOREVER = Number.POSITIVE_INFINITY;

const stopping = new Error('the server is stopping');

export function createRunner(name: string, backend: FoldingBackend, log: Logger, first: RunnerSettings): Runner {
  let settings = first;
  let deadlineMs = FOREVER;
  let sends = 0;
  let failures = 0;
  let retries = 0;
  let sendMs = 0;
  let lostWindows = new Map<WindowLoss, number>();
  let lostEver = 0;
  let failingSince: number | undefined;
  const outcomes = createOutcomeRecord();
  /** The attempt in progress, which may outlive its deadline when the back-end ignores the signal. */
  let running: Promise<unknown> | undefined;
  /** What it delivered after all, behind its deadline. */
  let deliveredLate: Window | undefined;
  let wake: () => void = () => undefined;
  let isIdle = false;
  const waitingForIdle: (() => void)[] = [];
  /** Ends waits between attempts when the server stops. */
  const hurry = new AbortController();
  /** Ends attempts when the time for stopping is over. */
  const giveUp = new AbortController();

  const report = seldom((_times, message: string) => log.warn(message, { waiting: queue.length }));
  const queue = createWindowQueue(settings.queue, lose);
  const loop = run();

  function lose(window: Window, reason: WindowLoss): void {
    lostWindows.set(reason, (lostWindows.get(reason) ?? 0) + 1);
    lostEver++;
    if (reason === 'refused') return;
    report(`a window of ${window.seriesCount} series was dropped: ${lossTexts[reason]}`);
  }

  async function attempt(window: Window): Promise<void> {
    await unlessAborted(running, giveUp.signal);
    const late = deliveredLate === window;
    deliveredLate = undefined;
    if (late) {
      sends++;
      return;
    }
    const started = performance.now();
    const deadline = deadlineSignal(settings.retry.timeoutMs, giveUp.signal);
    const sending = (async () => backend.send(window, deadline.signal))();
    running = sending.then(
      () => {
        if (deadline.signal.aborted) deliveredLate = window;
      },
      () => undefined,
    );
    try {
      await unlessAborted(sending, deadline.signal);
    } catch (error) {
      failures++;
      throw deadline.signal.aborted ? deadline.signal.reason : error;
    } finally {
      deadline.clear();
    }
    sends++;
    outcomes.succeeded();
    sendMs = Math.max(sendMs, performance.now() - started);
  }

  function recovered(): void {
    if (failingSince === undefined) return;
    log.info('delivering again', { after: `${Math.round((performance.now() - failingSince) / 1000)}s` });
    failingSince = undefined;
    report.over();
  }

  async function failed(error: Error): Promise<void> {
    // The attempt goes on: nothing has failed.
    if (error === stopping) return;
    outcomes.failed(error.message);
    if (failingSince === undefined) failingSince = performance.now();
    const { permanent, retryAfterMs } = error as SendError;
    if (permanent === true || hurry.signal.aborted) return;
    retries++;
    report(`send failed, will be retried: ${error.message}`);
    if (retryAfterMs !== undefined) await delay(Math.min(retryAfterMs, settings.retry.maxMs), hurry.signal);
  }

  /** Delivers a window or counts it as lost. */
  async function deliver(waiting: Waiting): Promise<void> {
    const { window, sinceMs } = waiting;
    let delivered = false;
    const last = hurry.signal.aborted;
    const { minMs, maxMs } = last ? LAST_RETRY : settings.retry;
    const timeLeft = (last ? deadlineMs : sinceMs + settings.queue.ageMs) - performance.now();
    try {
      await pRetry(
        async () => {
          if (!delivered) await attempt(window).catch(asPlainError);
          delivered = true;
        },
        {
          retries: FOREVER,
          minTimeout: Math.min(minMs, maxMs),
          maxTimeout: maxMs,
          randomize: true,
          maxRetryTime: Math.max(timeLeft, 0),
          signal: last ? giveUp.signal : hurry.signal,
          onFailedAttempt: ({ error }) => failed(error),
          shouldRetry: ({ error }) => (error as SendError).permanent !== true,
        },
      );
      recovered();
    } catch (error) {
      if (delivered) recovered();
      else if (!last && error === stopping) await deliver(waiting);
      else if ((error as SendError).permanent === true) refuse(window, error as Error);
      else lose(window, last ? 'shutdown' : 'too_old');
    }
  }

  function refuse(window: Window, error: Error): void {
    lose(window, 'refused');
    report(`a window of ${window.seriesCount} series was refused for good: ${error.message}`);
  }

  async function run(): Promise<void> {
    for (;;) {
      const waiting = queue.shift();
      if (waiting !== undefined) {
        if (giveUp.signal.aborted) lose(waiting.window, 'shutdown');
        else await deliver(waiting);
      } else if (hurry.signal.aborted) {
        isIdle = true;
        for (const done of waitingForIdle.splice(0)) done();
        return;
      } else {
        isIdle = true;
        for (const done of waitingForIdle.splice(0)) done();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        isIdle = false;
      }
    }
  }

  return {
    name,
    get queued() {
      return { windows: queue.length, bytes: queue.bytes };
    },
    get lostWindows() {
      return lostEver;
    },
    queueAgeMs: () => queue.ageMs(performance.now()),
    get outcomes() {
      return outcomes.last;
    },
    offer(window) {
      queue.push(window, performance.now());
      wake();
    },
    settled: async () => {
      if (isIdle && queue.length === 0) return;
      await new Promise<void>((resolve) => waitingForIdle.push(resolve));
    },
    takeActivity() {
      const activity = { sends, failures, retries, lostWindows, sendMs, lanes: new Map() };
      sends = 0;
      failures = 0;
      retries = 0;
      sendMs = 0;
      lostWindows = new Map();
      return activity;
    },
    setSettings(next) {
      settings = next;
      queue.setSettings(next.queue);
    },
    async stop(deadline) {
      deadlineMs = deadline;
      const timer = setTimeout(() => giveUp.abort(stopping), Math.max(0, deadline - performance.now()));
      hurry.abort(stopping);
      wake();
      await loop;
      clearTimeout(timer);
      giveUp.abort(stopping);
      await stopBackend(backend, log);
    },
  };
}

const lossTexts: Record<Exclude<WindowLoss, 'refused'>, string> = {
  queue_full: 'more windows wait than "queue" allows',
  too_old: 'it waited for longer than "queue.age"',
  shutdown: 'it was not delivered before the end of "shutdownTimeout"',
};

/** p-retry takes a TypeError for a programming mistake and stops; here any failure of a back-end may pass. */
function asPlainError(error: unknown): never {
  const { permanent, retryAfterMs } = (error ?? {}) as Partial<SendError>;
  throw Object.assign(new Error(faultOf(error), { cause: error }), {
    ...(permanent === undefined ? {} : { permanent }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
