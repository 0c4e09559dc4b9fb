import { setImmediate } from 'node:timers/promises';
import { faultOf } from '../kit/error-text.ts';
import { seldom } from '../kit/seldom.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Logger, SendingBackend } from '../plugin.ts';
import type { Spool } from '../spool/entry.ts';
import { IDLE_LANE, type LaneReport, type WindowLoss, windowLosses } from '../telemetry/backend-report.ts';
import { deadlineSignal } from './deadline.ts';
import { createLane, type Lane } from './lane.ts';
import { createOutcomeRecord, type Outcomes } from './outcomes.ts';
import { checkPayload } from './payload-check.ts';
import type { Parcel } from './payload-queue.ts';
import { createWindowQueue, type Waiting } from './queue.ts';
import type { Carried, LaneNow, Runner, RunnerSettings } from './runner.ts';
import type { Shelved } from './shelf.ts';
import { stopBackend } from './stop-backend.ts';
import { createTally, loseItems, outcomeOf, type WindowTally } from './window-tally.ts';

/** Payloads in the spool that lanes take in one turn: some milliseconds. */
const AT_ONCE = 2000;

/** How long a stop waits for the disk. Milliseconds. */
const WRITE_MS = 2000;

/** Milliseconds of encoding after which other work has a turn, where the back-end gives it none. */
const TURN_MS = 5;

interface Adopting {
  readonly lane: string;
  shelved: readonly Shelved[];
}

/** The loop of a back-end that sends: it encodes each window once, and gives its payloads to lanes. */
export function createSender(
  name: string,
  backend: SendingBackend,
  log: Logger,
  first: RunnerSettings,
  lostItems: (reason: string, items: number) => void,
  carried: readonly Carried[] = [],
  spool?: Spool,
): Runner {
  let sends = 0;
  let lostWindows = new Map<WindowLoss, number>();
  let lostEver = 0;
  let encoding: Promise<void> | undefined;
  /** Gives up the rest of the window that is being encoded. */
  let cutOff: (() => void) | undefined;
  const encodings = createOutcomeRecord();
  let stopping = false;
  /** Of the windows of which something waits, or is still to come. */
  const windows = new Set<WindowTally>();
  /** What lanes have not taken yet of what is in the spool. */
  const adopting = new Set<Adopting>();
  /** Payloads for lanes of a predecessor. */
  const withoutLane = new Map<string, number>();

  const tellLoss = seldom((times, why: string) =>
    log.warn(`windows were dropped before they were encoded: ${why}`, { times }),
  );
  const tellUnencoded = seldom((times, series: number, why: string) =>
    log.error(`cannot encode a window of ${series} series: ${why}`, { times }),
  );
  const tellNoLane = seldom((times, lane: string) =>
    log.error('gave a payload for a lane that is not among its "lanes": its items are lost', {
      lane,
      lanes: backend.lanes,
      times,
    }),
  );
  /** Windows that wait to be encoded: only behind a back-end that does not get ahead with it. */
  const pending = createWindowQueue(first.queue, (_, reason) => {
    loseWindow(reason);
    tellLoss('more windows wait than "queue" allows');
  });
  /** Of those that earlier processes left, by their end. */
  const claimed = new Map<number, WindowTally>();

  const lanes = new Map<string, Lane>(
    backend.lanes.map((lane) => [
      lane,
      createLane(
        {
          name: lane,
          backend: name,
          spool,
          concurrency: backend.inOrder === true ? 1 : undefined,
          byWindows: backend.inOrder === 'windows',
          log,
          deliver: (payload, to, signal) => backend.deliver(payload, to, signal),
          settled(parcel, items, lost) {
            if (lost !== undefined) {
              giveUp(parcel, items, lost);
              return;
            }
            parcel.window.open--;
            parcel.window.delivered = true;
            close(parcel.window);
          },
          replaced({ window }, by) {
            window.open += by - 1;
            close(window);
          },
        },
        first,
      ),
    ]),
  );

  /** Counts a window of which nothing waits any more. */
  function close(window: WindowTally): void {
    const outcome = outcomeOf(window);
    if (outcome === undefined) return;
    windows.delete(window);
    for (const [reason, items] of outcome.lostItems) lostItems(reason, items);
    if (outcome.lost === undefined) sends++;
    else loseWindow(isWindowLoss(outcome.lost) ? outcome.lost : 'refused');
  }

  function loseWindow(reason: WindowLoss): void {
    lostWindows.set(reason, (lostWindows.get(reason) ?? 0) + 1);
    lostEver++;
  }

  function give(lane: string, parcels: readonly Parcel[], shelved: readonly Shelved[] = []): void {
    const to = lanes.get(lane);
    if (to !== undefined) {
      if (shelved.length > 0) void adopt(to, shelved);
      to.push(parcels);
      return;
    }
    const payloads = parcels.length + shelved.length;
    withoutLane.set(lane, (withoutLane.get(lane) ?? 0) + payloads);
    for (const parcel of parcels) forget(parcel, parcel.payload.names.length, 'no_lane');
    for (const one of shelved) forget(one, one.entry.items, 'no_lane');
  }

  /** Gives way to other work: there may be a hundred thousand of them. */
  async function adopt(lane: Lane, shelved: readonly Shelved[]): Promise<void> {
    const rest: Adopting = { lane: lane.name, shelved };
    adopting.add(rest);
    while (adopting.has(rest)) {
      lane.adopt(rest.shelved.slice(0, AT_ONCE));
      rest.shelved = rest.shelved.slice(AT_ONCE);
      if (rest.shelved.length === 0) adopting.delete(rest);
      else await setImmediate();
    }
  }

  /** Of no lane any more. */
  function forget(one: Pick<Parcel, 'window' | 'entry'>, items: number, reason: string): void {
    if (one.entry !== undefined) spool?.done(one.entry, false);
    giveUp(one, items, reason);
  }

  /** What earlier processes did not deliver: the windows that it was of are counted now. */
  async function claim(spool: Spool, lane: Lane): Promise<void> {
    const entries = await spool.claim({ backend: name, lane: lane.name }, () => !stopping);
    if (stopping) return spool.release(entries);
    const now = performance.now();
    const shelved: Shelved[] = [];
    for (const entry of entries) {
      const sinceMs = now - Math.max(0, Date.now() - entry.createdMs);
      shelved.push({ entry, window: tallyOf(entry.createdMs), sinceMs, tried: false });
      if (shelved.length % AT_ONCE === 0) await setImmediate();
    }
    if (stopping) return spool.release(entries);
    for (const { window } of shelved) window.open++;
    void adopt(lane, shelved);
  }

  /** One for all lanes, by the end of the window. */
  function tallyOf(createdMs: number): WindowTally {
    const known = claimed.get(createdMs);
    if (known !== undefined && windows.has(known)) return known;
    const tally = createTally();
    tally.sealed = true;
    windows.add(tally);
    claimed.set(createdMs, tally);
    return tally;
  }

  function giveUp({ window }: Pick<Parcel, 'window'>, items: number, reason: string): void {
    window.open--;
    loseItems(window, items, reason);
    close(window);
  }

  async function encodeAll(): Promise<void> {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) await encode(next);
    encoding = undefined;
  }

  async function encode({ window: from, sinceMs }: Waiting): Promise<void> {
    const window = createTally();
    windows.add(window);
    let items = 0;
    const giveUpRest = (reason: string) => loseItems(window, Math.max(0, from.seriesCount - items), reason);
    cutOff = () => {
      tellLoss(`one of ${from.seriesCount} series was not encoded to its end before the end of "shutdownTimeout"`);
      giveUpRest('shutdown');
      seal();
    };
    function seal(): void {
      cutOff = undefined;
      window.sealed = true;
      close(window);
    }
    try {
      let turnMs = performance.now();
      for await (const given of backend.encode(from)) {
        if (performance.now() - turnMs > TURN_MS) {
          await setImmediate();
          turnMs = performance.now();
        }
        // Its lanes have ended.
        if (window.sealed) return;
        const payload = checkPayload(given);
        items += payload.firsts ?? payload.names.length;
        window.open += payload.lanes.length;
        for (const lane of payload.lanes) {
          if (!lanes.has(lane)) tellNoLane(lane);
          give(lane, [{ payload, window, sinceMs, tried: false }]);
        }
      }
    } catch (error) {
      tellUnencoded(from.seriesCount, faultOf(error));
      encodings.failed(`cannot encode a window of ${from.seriesCount} series: ${faultOf(error)}`);
      if (!window.sealed) giveUpRest('refused');
    }
    if (!window.sealed) seal();
  }

  for (const { lane, parcels, shelved } of carried) {
    for (const { window } of [...parcels, ...shelved]) windows.add(window);
    if (!lanes.has(lane)) {
      const payloads = parcels.length + shelved.length;
      log.warn('payloads for a lane that this back-end does not have were given up', { lane, payloads });
    }
    give(lane, parcels, shelved);
  }
  if (spool !== undefined) for (const lane of lanes.values()) void claim(spool, lane);

  const waiting = () => {
    let { bytes } = pending;
    for (const lane of lanes.values()) bytes += lane.waiting.bytes;
    return { windows: windows.size + pending.length, bytes };
  };

  /** Lets what is being encoded end, as long as there is time. What is left of it then, and what still waits for it, is lost. */
  async function endEncoding(time: AbortSignal): Promise<void> {
    stopping = true;
    await unlessAborted(encoding, time).catch(() => undefined);
    cutOff?.();
    for (let left = pending.shift(); left !== undefined; left = pending.shift()) {
      loseWindow('shutdown');
      tellLoss('they were not encoded before the end of "shutdownTimeout"');
    }
  }

  async function endLanes(): Promise<Carried[]> {
    const left = [...adopting].map((rest) => ({ ...rest, parcels: [] }));
    adopting.clear();
    const ended = [...lanes.values()].map(async (lane) => ({ lane: lane.name, ...(await lane.end()) }));
    return [...(await Promise.all(ended)), ...left];
  }

  /** Puts what waits into the spool. Gives what is not there then, by lane. */
  async function keepRest(left: readonly Carried[]): Promise<readonly Pick<Carried, 'lane' | 'parcels'>[]> {
    if (spool === undefined) return left;
    spool.retry();
    for (const { lane, parcels } of left) for (const parcel of parcels) lanes.get(lane)?.keep(parcel);
    const patience = deadlineSignal(WRITE_MS);
    await unlessAborted(spool.flush(), patience.signal).catch(() => undefined);
    patience.clear();
    const isKept = ({ entry }: Pick<Parcel, 'entry'>) => entry !== undefined && spool.written(entry);
    const kept = left.flatMap(({ parcels, shelved }) => [...parcels, ...shelved].filter(isKept));
    spool.release(kept.flatMap(({ entry = [] }) => entry));
    if (kept.length > 0) log.info('what was not delivered is in the spool', { payloads: kept.length });
    return left.map(({ lane, parcels }) => ({ lane, parcels: parcels.filter((parcel) => !isKept(parcel)) }));
  }

  return {
    name,
    get queued() {
      return waiting();
    },
    get lostWindows() {
      return lostEver;
    },
    queueAgeMs: () => Math.max(0, ...[...lanes.values()].map((lane) => lane.ageMs())),
    get outcomes() {
      return latest([encodings.last, ...[...lanes.values()].map((lane) => lane.outcomes)]);
    },
    lanesNow: () =>
      [...lanes.values()].map(
        (lane): LaneNow => ({ name: lane.name, ...lane.waiting, ageMs: lane.ageMs(), outcomes: lane.outcomes }),
      ),
    offer(window) {
      if (stopping) return;
      pending.push(window, performance.now());
      encoding ??= encodeAll();
    },
    takeActivity() {
      const reports = new Map<string, LaneReport>();
      let failures = 0;
      let retries = 0;
      let sendMs = 0;
      for (const lane of lanes.values()) {
        const activity = lane.takeActivity();
        reports.set(lane.name, { ...activity, ...lane.waiting, ageMs: lane.ageMs() });
        failures += activity.failures;
        retries += activity.retries;
        sendMs = Math.max(sendMs, activity.longestMs);
      }
      for (const [lane, payloads] of withoutLane)
        reports.set(lane, { ...IDLE_LANE, givenUp: new Map([['no_lane', payloads]]) });
      withoutLane.clear();
      const taken = { sends, failures, retries, lostWindows, sendMs, lanes: reports };
      sends = 0;
      lostWindows = new Map();
      return taken;
    },
    setSettings(next) {
      pending.setSettings(next.queue);
      for (const lane of lanes.values()) lane.setSettings(next);
    },
    async stop(deadlineMs) {
      const time = deadlineSignal(Math.max(0, deadlineMs - performance.now()));
      await endEncoding(time.signal);
      const drained = Promise.all([...lanes.values()].map((lane) => lane.drain()));
      await unlessAborted(drained, time.signal).catch(() => undefined);
      time.clear();
      const left = await endLanes();
      // Of those of a server that stops there is no window any more that would count them.
      for (const { name: lane, ambiguous: requests } of lanes.values()) {
        if (requests === 0) continue;
        log.warn('requests were sent again since the last window though they may have been taken', { lane, requests });
      }
      for (const { lane, parcels } of await keepRest(left)) {
        if (parcels.length === 0) continue;
        log.warn('payloads were given up: they were not delivered before the end of "shutdownTimeout"', {
          lane,
          payloads: parcels.length,
        });
        for (const parcel of parcels) forget(parcel, parcel.payload.names.length, 'shutdown');
      }
      await stopBackend(backend, log);
    },
    async handOver(deadlineMs) {
      const time = deadlineSignal(Math.max(0, deadlineMs - performance.now()));
      await endEncoding(time.signal);
      time.clear();
      const left = await endLanes();
      await stopBackend(backend, log);
      for (const { parcels } of left) parcels.forEach(letGo);
      return left.filter(({ parcels, shelved }) => parcels.length + shelved.length > 0);
    },
  };
}

/** An attempt that goes on though its back-end was stopped is not waited for: nobody knows whether it will end. */
function letGo(parcel: Parcel): void {
  if (parcel.underWay === undefined) return;
  delete parcel.underWay;
  parcel.ambiguous = true;
}

function isWindowLoss(reason: string): reason is WindowLoss {
  return windowLosses.some((one) => one === reason);
}

function latest(all: readonly Outcomes[]): Outcomes {
  const successes = all.flatMap(({ lastSuccessMs = [] }) => lastSuccessMs);
  const errors = all.flatMap(({ lastError = [] }) => lastError);
  const [first, ...rest] = errors;
  const lastError = first && rest.reduce((newest, error) => (error.atMs > newest.atMs ? error : newest), first);
  return {
    ...(successes.length === 0 ? {} : { lastSuccessMs: Math.max(...successes) }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}
