import { faultOf } from '../kit/error-text.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Logger, SendingBackend, Window } from '../plugin.ts';
import type { Spool } from '../spool/spool.ts';
import { type LaneReport, type WindowLoss, windowLosses } from '../telemetry/backend-report.ts';
import { deadlineSignal } from './deadline.ts';
import { createLane, type Lane } from './lane.ts';
import type { Parcel } from './payload-queue.ts';
import type { Carried, Runner, RunnerSettings } from './runner.ts';
import type { Shelved } from './shelf.ts';
import { stopBackend } from './stop-backend.ts';
import { createTally, loseItems, outcomeOf, type WindowTally } from './window-tally.ts';

/** How long a stop waits for the disk. Milliseconds. */
const WRITE_MS = 2000;

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
  let settings = first;
  let sends = 0;
  let lostWindows = new Map<WindowLoss, number>();
  let lostEver = 0;
  let encoding: Promise<void> = Promise.resolve();
  let stopping = false;
  /** Of the windows that are encoded, or wait for it, or of which something waits. */
  const windows = new Set<WindowTally>();
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
          log,
          deliver: (payload, to, signal) => backend.deliver(payload, to, signal),
          settled(parcel, items, lost) {
            parcel.window.open--;
            if (lost === undefined) parcel.window.delivered = true;
            else loseItems(parcel.window, items, lost);
            close(parcel.window);
          },
          replaced: ({ window }, by) => {
            window.open += by - 1;
          },
        },
        settings,
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
      to.adopt(shelved);
      to.push(parcels);
      return;
    }
    const payloads = parcels.length + shelved.length;
    log.warn('payloads for a lane that this back-end does not have were given up', { lane, payloads });
    for (const parcel of parcels) lose(parcel, parcel.payload.names.length, 'no_lane');
    for (const one of shelved) lose(one, one.entry.items, 'no_lane');
  }

  function lose(parcel: Pick<Parcel, 'window' | 'entry'>, items: number, reason: string): void {
    if (parcel.entry !== undefined) spool?.done(parcel.entry, false);
    parcel.window.open--;
    loseItems(parcel.window, items, reason);
    close(parcel.window);
  }

  /** What earlier processes did not deliver: the windows that it was of are counted now. */
  async function claim({ claim }: Spool, lane: Lane): Promise<void> {
    const entries = await claim({ backend: name, lane: lane.name }, () => !stopping);
    if (stopping) return spool?.release(entries);
    const now = performance.now();
    const shelved = entries.map((entry): Shelved => {
      const sinceMs = now - Math.max(0, Date.now() - entry.createdMs);
      return { entry, window: tallyOf(entry.createdMs), sinceMs, tried: false };
    });
    for (const { window } of shelved) window.open++;
    lane.adopt(shelved);
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

  async function encode(from: Window, window: WindowTally, sinceMs: number): Promise<void> {
    let items = 0;
    try {
      for await (const payload of backend.encode(from)) {
        items += payload.names.length;
        window.open += payload.lanes.length;
        for (const lane of payload.lanes) give(lane, [{ payload, window, sinceMs, tried: false }]);
      }
    } catch (error) {
      log.error(`cannot encode a window of ${from.seriesCount} series: ${faultOf(error)}`);
      loseItems(window, Math.max(0, from.seriesCount - items), 'refused');
    }
    window.sealed = true;
    close(window);
  }

  for (const { lane, parcels, shelved } of carried) {
    for (const { window } of [...parcels, ...shelved]) windows.add(window);
    give(lane, parcels, shelved);
  }
  if (spool !== undefined) for (const lane of lanes.values()) void claim(spool, lane);

  const waiting = () => {
    let bytes = 0;
    for (const lane of lanes.values()) bytes += lane.waiting.bytes;
    return { windows: windows.size, bytes };
  };

  async function endLanes(): Promise<Carried[]> {
    stopping = true;
    await encoding;
    return Promise.all([...lanes.values()].map(async (lane) => ({ lane: lane.name, ...(await lane.end()) })));
  }

  /** Puts what waits into the spool. Gives what is not there then, by lane. */
  async function keepRest(left: readonly Carried[]): Promise<readonly Pick<Carried, 'lane' | 'parcels'>[]> {
    if (spool === undefined) return left;
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
    offer(window) {
      if (stopping) return;
      const sinceMs = performance.now();
      const tally = createTally();
      windows.add(tally);
      encoding = encoding.then(() => encode(window, tally, sinceMs));
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
      const taken = { sends, failures, retries, lostWindows, sendMs, lanes: reports };
      sends = 0;
      lostWindows = new Map();
      return taken;
    },
    setSettings(next) {
      settings = next;
      for (const lane of lanes.values()) lane.setSettings(next);
    },
    async stop(deadlineMs) {
      await encoding;
      const time = deadlineSignal(Math.max(0, deadlineMs - performance.now()));
      const drained = Promise.all([...lanes.values()].map((lane) => lane.drain()));
      await unlessAborted(drained, time.signal).catch(() => undefined);
      time.clear();
      for (const { lane, parcels } of await keepRest(await endLanes())) {
        if (parcels.length === 0) continue;
        log.warn('payloads were given up: they were not delivered before the end of "shutdownTimeout"', {
          lane,
          payloads: parcels.length,
        });
        for (const parcel of parcels) lose(parcel, parcel.payload.names.length, 'shutdown');
      }
      await stopBackend(backend, log);
    },
    async handOver() {
      const left = await endLanes();
      await stopBackend(backend, log);
      return left.filter(({ parcels, shelved }) => parcels.length + shelved.length > 0);
    },
  };
}

function isWindowLoss(reason: string): reason is WindowLoss {
  return windowLosses.some((one) => one === reason);
}
