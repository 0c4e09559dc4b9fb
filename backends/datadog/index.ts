import { hostname } from 'node:os';
import { batches, compressor } from '../../src/kit/http/batch.ts';
import { type Delivery, delivery, type Lane, type Route } from '../../src/kit/http/delivery.ts';
import type { Endpoint, Item } from '../../src/kit/http/endpoint.ts';
import { poster } from '../../src/kit/http/post.ts';
import { seldom } from '../../src/kit/seldom.ts';
import type { Backend, BackendContext, BackendPlugin, Window } from '../../src/plugin.ts';
import { baseUrl, type DatadogConfig, datadogConfig } from './config.ts';
import { EVENTS, SERIES, SERVICE_CHECKS, SKETCHES } from './endpoint.ts';
import { checkItems, eventItems } from './events.ts';
import { labeller } from './naming.ts';
import { seriesEncoder } from './series.ts';

/** Sends windows to the HTTP intake of Datadog. */
export default {
  kind: 'backend',
  name: 'datadog',
  config: datadogConfig,
  describe: (config) => baseUrl(config),
  create: datadog,
} satisfies BackendPlugin<DatadogConfig>;

function datadog(config: DatadogConfig, context: BackendContext): Backend {
  const label = labeller(config.tags, config.hostname ?? hostname());
  const encoder = seriesEncoder(config, label, context.lost);
  const warn = seldom((_times, message: string) => context.log.warn(message));
  const route: Route = {
    post: poster({ base: baseUrl(config), apiKey: config.apiKey }),
    compress: compressor(config.compression, config.compressionLevel),
    contentEncoding: config.compression,
    count: context.count,
    lose: (reason, names, why) => {
      context.lost(reason, names.length);
      warn(`${names.length} lost, the first is ${JSON.stringify(names[0])}: ${why}`);
    },
    complain: (path, complaints) => {
      context.count('datadog.reported_errors', complaints.length);
      warn(`POST ${path}: taken, but with errors: ${JSON.stringify(complaints.slice(0, 3))}`);
    },
  };

  const lane = (endpoint: Endpoint, items: Iterable<Item | undefined>): Lane => {
    const tooLarge = (item: Item) =>
      route.lose('too_large', [item.name], `over ${endpoint.maxRawBytes} bytes or its points`);
    return { endpoint, source: batches(endpoint, items, tooLarge) };
  };
  const begin = (window: Window): Delivery => {
    const { series, sketches } = encoder(window);
    return delivery(
      [
        lane(SERVICE_CHECKS, checkItems(window.serviceChecks, label, context.lost)),
        lane(EVENTS, eventItems(window.events, label)),
        lane(SERIES, series),
        lane(SKETCHES, sketches),
      ],
      route,
    );
  };

  let current: { readonly window: Window; readonly delivery: Delivery } | undefined;
  return {
    async send(window, signal) {
      if (current?.window !== window) current = { window, delivery: begin(window) };
      try {
        await current.delivery.attempt(signal);
      } catch (error) {
        if (error instanceof Error && 'permanent' in error && error.permanent === true) current = undefined;
        throw error;
      }
      current = undefined;
    },
  };
}
