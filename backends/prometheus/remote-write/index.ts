import { setImmediate } from 'node:timers/promises';
import { destination } from '../../../src/kit/http/client-settings.ts';
import type {
  BackendContext,
  BackendPlugin,
  Observer,
  Payload,
  SendError,
  SendingBackend,
  Window,
} from '../../../src/plugin.ts';
import { intervalFor, observerOf, staysOf } from '../config.ts';
import { writtenNames } from '../written.ts';
import { type Batches, batches } from './batches.ts';
import { type RemoteWriteConfig, remoteWriteConfig } from './config.ts';
import { delivery, payloadOf } from './delivery.ts';
import { endSeries } from './end-series.ts';
import { sortedLabels } from './labels.ts';
import { createNegotiation } from './negotiation.ts';
import { createPage, type Page } from './page.ts';
import { pageEncoder } from './page-encoder.ts';
import { writePoints } from './points.ts';
import { probe } from './probe.ts';
import { createReceiver } from './receiver.ts';
import type { Version, Wire } from './wire.ts';
import { wireV1 } from './wire-v1.ts';
import { wireV2 } from './wire-v2.ts';

/** Milliseconds: as often as a Prometheus usually scrapes. */
const INTERVAL_MS = 15_000;

/** Writes the windows so far to a Prometheus, or to what takes its remote write. */
export default {
  kind: 'backend',
  name: 'prometheus-remote-write',
  config: remoteWriteConfig,
  describe: (config) => destination(config),
  longestIntervalMs: (config, ttlMs) => Math.min(INTERVAL_MS, intervalFor(config, ttlMs)),
  wantsTagStyles: true,
  probe,
  create: (config, context) => remoteWrite(config, context, pageFor(config, context)),
} satisfies BackendPlugin<RemoteWriteConfig>;

const LANE = 'samples';

/** Milliseconds of writing after which other work has its turn. */
const SLICE_MS = 2;

const WIRES: Readonly<Record<Version, () => Wire>> = { 1: wireV1, 2: wireV2 };

function observerFor(config: RemoteWriteConfig, { percentiles }: BackendContext): Observer {
  const nativeFactor = config.nativeHistograms ? config.nativeFactor : 0;
  return observerOf({ ...config, nativeFactor }, percentiles);
}

function pageFor(config: RemoteWriteConfig, context: BackendContext): Page {
  const observer = observerFor(config, context);
  return createPage({ ...config, ...staysOf(config), observer }, context);
}

/** The requests of a window. */
interface Recent {
  readonly endMs: number;
  /** Those that are not delivered, nor given up for good. */
  waiting: number;
  /** Whether there are no more of them to come. */
  encoded: boolean;
}

function remoteWrite(config: RemoteWriteConfig, context: BackendContext, page: Page): SendingBackend {
  const receiver = createReceiver(config);
  const observer = observerFor(config, context);
  const negotiation = createNegotiation(config.protocol, receiver, context.log);
  const deliver = delivery(receiver, negotiation, context);
  const externalLabels = sortedLabels(
    Object.entries(config.externalLabels).map(([name, value]) => ({ name, value, wins: false })),
  );
  const options = { externalLabels, native: config.nativeHistograms };
  let last: Recent | undefined;

  function newRequests(): Batches {
    return batches(WIRES[negotiation.version](), config.maxSamplesPerSend);
  }

  async function* requestsOf(steps: Iterable<unknown>, requests: Batches, recent: Recent): AsyncGenerator<Payload> {
    const like = { lanes: [LANE], createdMs: recent.endMs };
    let since = performance.now();
    for (const _ of steps) {
      for (const body of requests.full()) {
        recent.waiting++;
        yield payloadOf(body, like);
      }
      if (performance.now() - since < SLICE_MS) continue;
      await setImmediate();
      since = performance.now();
    }
    for (const body of requests.rest()) {
      recent.waiting++;
      yield payloadOf(body, like);
    }
  }

  async function* encode(window: Window): AsyncGenerator<Payload> {
    const { endMs } = window;
    const recent: Recent = { endMs, waiting: 0, encoded: false };
    last = recent;
    await page.fold(window);
    const requests = newRequests();
    yield* requestsOf(allOf(requests, endMs), requests, recent);
    const ownTimes = newRequests();
    yield* requestsOf(writePoints(page.points(window), ownTimes, externalLabels), ownTimes, recent);
    recent.encoded = true;
  }

  function* allOf(wire: Wire, timestampMs: number): Generator<unknown, undefined> {
    yield* page.writeExpired(pageEncoder(wire, { timestampMs, stale: true, ...options }));
    yield* page.write(pageEncoder(wire, { timestampMs, ...options }));
  }

  function settled(payload: Payload, becomes: number): void {
    if (payload.createdMs === last?.endMs) last.waiting += becomes - 1;
  }

  let stopped = false;

  return {
    lanes: [LANE],
    inOrder: 'windows',
    ...(page.naming === undefined ? {} : { naming: page.naming }),
    updatedOnly: context.intervalMs !== context.statsd.flushIntervalMs,
    written: (type, series, rule) => writtenNames({ ...config, observer }, type, series, rule),
    async start() {
      await receiver.open();
      return undefined;
    },
    encode,
    async deliver(payload, _lane, signal) {
      try {
        await deliver(payload, signal);
        settled(payload, 0);
      } catch (error) {
        const { permanent, smaller } = error as SendError;
        if (permanent === true || smaller !== undefined) settled(payload, smaller?.length ?? 0);
        throw error;
      }
    },
    async stop() {
      // What waits would come behind the end of its series.
      const isDone = last?.encoded === true && last.waiting === 0;
      if (!stopped && isDone) {
        const timestampMs = Math.max(Date.now(), last!.endMs + 1);
        const { version } = negotiation;
        const { log } = context;
        await endSeries({ page, requests: newRequests(), version, receiver, timestampMs, log, ...options });
      }
      stopped = true;
      await receiver.close();
    },
  };
}
