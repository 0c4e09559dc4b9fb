import { hostname } from 'node:os';
import { httpBackend, type Tally } from '../../src/kit/http/backend.ts';
import type { Item } from '../../src/kit/http/endpoint.ts';
import { seldom } from '../../src/kit/seldom.ts';
import type { BackendContext, BackendPlugin, SendingBackend } from '../../src/plugin.ts';
import { complaintsIn } from './answer.ts';
import { type DatadogConfig, datadogConfig } from './config.ts';
import { describeAll, destinationsIn, probeAll } from './destinations.ts';
import { DISTRIBUTION_POINTS, EVENTS, SERIES, SERVICE_CHECKS, SKETCHES } from './endpoint.ts';
import { checkItems, eventBatches } from './events.ts';
import { destinationsOf } from './filter.ts';
import { createKeyCheck, type KeyCheck } from './key-check.ts';
import { labeller, naming } from './naming.ts';
import { seriesEncoder } from './series.ts';
import { writtenMetrics } from './written.ts';

/** Sends windows to the HTTP intake of Datadog. */
export default {
  kind: 'backend',
  name: 'datadog',
  config: datadogConfig,
  describe: describeAll,
  probe: (config, signal) => probeAll(config, pathsOf(config), signal),
  refuses: (config, intervalMs) =>
    intervalMs < SHORTEST_MS && [config, ...config.destinations].some(({ url }) => url === undefined)
      ? `${ONE_A_SECOND}: set "flushInterval" to "1s" or more`
      : undefined,
  create: datadog,
} satisfies BackendPlugin<DatadogConfig>;

/** Windows that Datadog can tell from each other. */
const SHORTEST_MS = 1000;
const ONE_A_SECOND = 'Datadog keeps one point of a series for each second, the last';

function pathsOf(config: DatadogConfig): readonly string[] {
  return endpointsOf(config, 0).map(({ path }) => path);
}

/** Points are as old as the start of their window: `intervalMs` before its end. */
function endpointsOf({ distributions, pointAge }: DatadogConfig, intervalMs: number) {
  const aged = { maxAgeMs: Math.max(0, pointAge - intervalMs) };
  const metrics = [SERIES, ...(distributions === 'points' ? [DISTRIBUTION_POINTS] : []), SKETCHES];
  return [SERVICE_CHECKS, EVENTS, ...metrics.map((endpoint) => ({ ...endpoint, ...aged }))];
}

function datadog(config: DatadogConfig, context: BackendContext): SendingBackend {
  const ownHost = config.hostname ?? hostname();
  const label = labeller(config.tags, ownHost);
  const encoder = seriesEncoder(config, label, context.lost);
  const destinations = destinationsIn(config, context);
  const [first, ...others] = destinations;
  const { intervalMs } = context;
  // Behind a URL there may be another server.
  if (intervalMs < SHORTEST_MS) context.log.warn(`${ONE_A_SECOND}; windows are shorter: set "flushInterval" to "1s"`);
  const keys = createKeyCheck(destinations, context.log);
  const endpoints = endpointsOf(config, intervalMs);
  const byLane = new Map(endpoints.map((endpoint) => [endpoint.lane, endpoint]));
  const route = destinationsOf(destinations.map(({ filters }) => filters));
  const routed = (items: Iterable<Item | undefined>) => (route === undefined ? items : only(items, route));
  const { compression, compressionLevel } = config;
  const options = {
    ...first!.options,
    copies: others.map(({ name, options }) => ({ name: name!, ...options })),
    complaintsIn,
    retryHeaders: ['x-ratelimit-reset'],
    compression,
    compressionLevel,
    tally: tallyFor(context, keys),
  };
  const backend = httpBackend(options, context, endpoints, (window) => {
    keys.due();
    const { series, values, sketches } = encoder(window);
    const toLane = (lane: string, items: Iterable<Item | undefined>) => {
      const endpoint = byLane.get(lane);
      return endpoint === undefined ? [] : [{ endpoint, items: routed(items) }];
    };
    return [
      { endpoint: SERVICE_CHECKS, items: checkItems(window.serviceChecks, label, context.lost) },
      ...eventBatches(window.events, label, ownHost),
      ...toLane(SERIES.lane, series),
      ...toLane(DISTRIBUTION_POINTS.lane, values),
      ...toLane(SKETCHES.lane, sketches),
    ];
  });
  return {
    ...backend,
    inOrder: 'windows',
    naming: naming(label, config.tags, ownHost),
    written: (type, series) => writtenMetrics(config, label, type, series),
    async start() {
      await backend.start?.();
      keys.due();
      return undefined;
    },
    async stop() {
      keys.stop();
      await backend.stop?.();
    },
  };
}

function* only(items: Iterable<Item | undefined>, route: (name: string) => number | undefined) {
  for (const item of items) {
    const bits = item && route(item.name);
    yield item === undefined || bits === undefined ? item : { ...item, only: bits };
  }
}

/** Milliseconds by which clocks may differ: the intake takes points of ten minutes ahead. */
const CLOCKS_MS = 120_000;

function tallyFor({ count, log }: BackendContext, keys: KeyCheck): Tally {
  const tellClock = seldom((_, seconds: number) =>
    log.warn(
      `the clock of this machine differs by ${Math.abs(seconds)} s from that of the intake, which takes no points of an hour ago or ten minutes ahead; set it`,
    ),
  );
  return {
    request(lane, bytes, status) {
      const tags = [`lane:${lane}`];
      count('datadog.requests', 1, [...tags, `status:${status ?? 'none'}`]);
      count('datadog.sent_bytes', bytes, tags);
    },
    encoded(endpoint, items, rawBytes) {
      count('datadog.encoded_items', items, [`endpoint:${endpoint}`]);
      count('datadog.encoded_bytes', rawBytes, [`endpoint:${endpoint}`]);
    },
    division: (lane) => count('datadog.divided_requests', 1, [`lane:${lane}`]),
    complaints: (errors) => count('datadog.reported_errors', errors),
    clock(ms) {
      if (Math.abs(ms) > CLOCKS_MS) tellClock(Math.round(ms / 1000));
    },
    known: keys.known,
  };
}
