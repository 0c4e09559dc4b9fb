import { faultOf } from '../kit/error-text.ts';
import { seldom } from '../kit/seldom.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Logger, SendingBackend } from '../plugin.ts';
import { type LaneReport, type WindowLoss, windowLosses } from '../telemetry/backend-report.ts';
import { deadlineSignal } from './deadline.ts';
import { createLane, type Lane } from './lane.ts';
import type { Parcel } from './payload-queue.ts';
import { createWindowQueue, type Waiting } from './queue.ts';
import type { Carried, Runner, RunnerSettings } from './runner.ts';
import { stopBackend } from './stop-backend.ts';
import { createTally, loseItems, outcomeOf, type WindowTally } from './window-tally.ts';

/** The loop of a back-end that sends: it encodes each window once, and gives its payloads to lanes. */
export function createSender(
  name: string,
  backend: SendingBackend,
  log: Logger,
  first: RunnerSettings,
  lostItems: (reason: string, items: number) => void,
  carried: readonly Carried[] = [],
): Runner {
  let sends = 0;
  let lostWindows = new Map<WindowLoss, number>();
  let lostEver = 0;
  let encoding: Promise<void> | undefined;
  let stopping = false;
  /** Of the windows of which something waits, or is still to come. */
  const windows = new Set<WindowTally>();
  /** Payloads for lanes of a predecessor. */
  const withoutLane = new Map<string, number>();

  const tellLoss = seldom((times, why: string) =>
    log.warn(`windows were dropped before they were encoded: ${why}`, { times }),
  );
  /** Windows that wait to be encoded: only behind a back-end that does not get ahead with it. */
  const pending = createWindowQueue(first.queue, (_, reason) => {
    loseWindow(reason);
    tellLoss('more windows wait than "queue" allows');
  });

  const lanes = new Map<string, Lane>(
    backend.lanes.map((lane) => [
      lane,
      createLane(
        {
          name: lane,
          log,
          deliver: (payload, to, signal) => backend.deliver(payload, to, signal),
          settled(parcel, lost) {
            if (lost !== undefined) {
              giveUp(parcel, lost);
              return;
            }
            parcel.window.open--;
            parcel.window.delivered = true;
            close(parcel.window);
          },
          replaced: ({ window }, by) => {
            window.open += by - 1;
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

  function give(lane: string, parcels: readonly Parcel[]): void {
    const to = lanes.get(lane);
    if (to !== undefined) {
      to.push(parcels);
      return;
    }
    log.warn('payloads for a lane that this back-end does not have were given up', { lane, payloads: parcels.length });
    withoutLane.set(lane, (withoutLane.get(lane) ?? 0) + parcels.length);
    for (const parcel of parcels) giveUp(parcel, 'no_lane');
  }

  function giveUp({ window, payload }: Parcel, reason: string): void {
    window.open--;
    loseItems(window, payload.names.length, reason);
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

  for (const { lane, parcels } of carried) {
    for (const { window } of parcels) windows.add(window);
    give(lane, parcels);
  }

  const waiting = () => {
    let { bytes } = pending;
    for (const lane of lanes.values()) bytes += lane.waiting.bytes;
    return { windows: windows.size + pending.length, bytes };
  };

  /** Lets what is being encoded end, as long as there is time. What then still waits for it is lost. */
  async function endEncoding(time: AbortSignal): Promise<void> {
    stopping = true;
    await unlessAborted(encoding, time).catch(() => undefined);
    for (let left = pending.shift(); left !== undefined; left = pending.shift()) {
      loseWindow('shutdown');
      tellLoss('they were not encoded before the end of "shutdownTimeout"');
    }
  }

  function endLanes(): Promise<Carried[]> {
    return Promise.all([...lanes.values()].map(async (lane) => ({ lane: lane.name, parcels: await lane.end() })));
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
        reports.set(lane, { ...NOTHING, givenUp: new Map([['no_lane', payloads]]) });
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
      for (const { lane, parcels } of await endLanes()) {
        if (parcels.length === 0) continue;
        log.warn('payloads were given up: they were not delivered before the end of "shutdownTimeout"', {
          lane,
          payloads: parcels.length,
        });
        for (const parcel of parcels) giveUp(parcel, 'shutdown');
      }
      await stopBackend(backend, log);
    },
    async handOver(deadlineMs) {
      const time = deadlineSignal(Math.max(0, deadlineMs - performance.now()));
      await endEncoding(time.signal);
      time.clear();
      const left = await endLanes();
      await stopBackend(backend, log);
      return left.filter(({ parcels }) => parcels.length > 0);
    },
  };
}

/** The report of a lane that there is no more. */
const NOTHING: LaneReport = {
  delivered: 0,
  retries: 0,
  ambiguous: 0,
  failures: 0,
  longestMs: 0,
  givenUp: new Map(),
  payloads: 0,
  bytes: 0,
  ageMs: 0,
  open: false,
};

function isWindowLoss(reason: string): reason is WindowLoss {
  return windowLosses.some((one) => one === reason);
}
