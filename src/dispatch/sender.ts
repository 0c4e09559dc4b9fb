import { faultOf } from '../kit/error-text.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Logger, SendingBackend, Window } from '../plugin.ts';
import { type LaneReport, type WindowLoss, windowLosses } from '../telemetry/backend-report.ts';
import { deadlineSignal } from './deadline.ts';
import { createLane, type Lane } from './lane.ts';
import type { Parcel } from './payload-queue.ts';
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
  let settings = first;
  let sends = 0;
  let lostWindows = new Map<WindowLoss, number>();
  let lostEver = 0;
  let encoding: Promise<void> = Promise.resolve();
  let stopping = false;
  /** Of the windows that are encoded, or wait for it, or of which something waits. */
  const windows = new Set<WindowTally>();

  const lanes = new Map<string, Lane>(
    backend.lanes.map((lane) => [
      lane,
      createLane(
        {
          name: lane,
          log,
          deliver: (payload, to, signal) => backend.deliver(payload, to, signal),
          settled(parcel, lost) {
            parcel.window.open--;
            if (lost === undefined) parcel.window.delivered = true;
            else loseItems(parcel.window, parcel.payload.names.length, lost);
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

  function give(lane: string, parcels: readonly Parcel[]): void {
    const to = lanes.get(lane);
    if (to !== undefined) {
      to.push(parcels);
      return;
    }
    log.warn('payloads for a lane that this back-end does not have were given up', { lane, payloads: parcels.length });
    for (const { window, payload } of parcels) {
      window.open--;
      loseItems(window, payload.names.length, 'no_lane');
      close(window);
    }
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

  for (const { lane, parcels } of carried) {
    for (const { window } of parcels) windows.add(window);
    give(lane, parcels);
  }

  const waiting = () => {
    let bytes = 0;
    for (const lane of lanes.values()) bytes += lane.waiting.bytes;
    return { windows: windows.size, bytes };
  };

  async function endLanes(): Promise<Carried[]> {
    stopping = true;
    await encoding;
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
      for (const { lane, parcels } of await endLanes()) {
        if (parcels.length === 0) continue;
        log.warn('payloads were given up: they were not delivered before the end of "shutdownTimeout"', {
          lane,
          payloads: parcels.length,
        });
        for (const { window, payload } of parcels) {
          window.open--;
          loseItems(window, payload.names.length, 'shutdown');
          close(window);
        }
      }
      await stopBackend(backend, log);
    },
    async handOver() {
      const left = await endLanes();
      await stopBackend(backend, log);
      return left.filter(({ parcels }) => parcels.length > 0);
    },
  };
}

function isWindowLoss(reason: string): reason is WindowLoss {
  return windowLosses.some((one) => one === reason);
}
