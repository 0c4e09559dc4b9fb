import { tellingGate } from '../../src/kit/http/auth.ts';
import { hasCredentials } from '../../src/kit/http/auth-config.ts';
import { httpServer, schemeOf } from '../../src/kit/http/server.ts';
import { type Listener, singleListener, urlOf } from '../../src/kit/listener.ts';
import { oneByOne } from '../../src/kit/one-by-one.ts';
import { canListen } from '../../src/kit/reach.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { inSlices } from '../../src/kit/slices.ts';
import {
  type BackendContext,
  type BackendPlugin,
  type FoldingBackend,
  type KeptState,
  sendError,
} from '../../src/plugin.ts';
import { type PrometheusConfig, prometheusConfig } from './config.ts';
import { keptSums, sumReader } from './kept.ts';
import { type Packed, pack } from './packed.ts';
import { processMetrics } from './process-metrics.ts';
import { pageText } from './render.ts';
import { scrapes } from './scrape.ts';
import { createState } from './state.ts';

const LIMITS = { maxConnections: 64, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5000 };

/** Shows the windows so far to a scraping Prometheus. */
export default {
  kind: 'backend',
  name: 'prometheus',
  config: prometheusConfig,
  describe: (config) =>
    `${urlOf(schemeOf(config), config)}${config.path} (to be scraped${hasCredentials(config.auth) ? ' with a credential' : ''})`,
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  probe: (config) => canListen(schemeOf(config), config),
  create: prometheus,
} satisfies BackendPlugin<PrometheusConfig>;

function prometheus(config: PrometheusConfig, context: BackendContext): FoldingBackend {
  const quantiles = [...new Set(config.quantiles ?? context.percentiles.map((p) => Number((p / 100).toPrecision(12))))];
  const state = createState({ ...config, quantiles }, context);
  const inTurn = oneByOne();
  let page: Promise<Packed> | undefined;

  /** The page after a window is rendered once, as a whole and between two windows, and shared by all who ask for it. */
  const currentPage = () => {
    page ??= inTurn(() => pack(pageText(state, quantiles)));
    return page;
  };

  const tellFailure = seldom((times, error: string) =>
    context.log.error(`cannot answer a scrape: ${error}`, { times }),
  );

  const gate = tellingGate(
    config.auth,
    context.log,
    'refused scrapes without a known credential; add one of "auth" to the scrape job as "basic_auth" or "authorization"',
    () => context.count('prometheus.auth_failures', 1),
  );

  /** The sums go on. Names are made anew of what was sent: with another `prefix` they are those of the new page. */
  async function restore({ pieces, ageMs, orderly }: KeptState): Promise<number> {
    if (!orderly) {
      // Prometheus takes a counter that went back for one that began again, and adds all of it once more.
      context.log.info('counters begin at 0: the server was not stopped in order, and they might go back otherwise');
      return 0;
    }
    state.reserve((await processMetrics()).names);
    const sumsOf = sumReader();
    let sums = 0;
    for await (const piece of pieces) {
      for (const kept of sumsOf(piece)) if (state.restore({ ...kept, idleMs: kept.idleMs + ageMs })) sums++;
    }
    page = undefined;
    return sums;
  }

  async function* save(): AsyncGenerator<Uint8Array, undefined, undefined> {
    yield* await inTurn(() => inSlices(keptSums(state)));
    return undefined;
  }

  async function listen(): Promise<Listener> {
    const own = await processMetrics();
    state.reserve(own.names);
    const handler = scrapes({
      path: config.path,
      gate,
      page: async () => ({ text: await currentPage(), end: Buffer.from(await own.text()) }),
      failed: (error) => {
        page = undefined;
        tellFailure(String(error));
      },
    });
    const dropped = () => context.count('connections.refused', 1);
    const server = httpServer({ config: { ...config, ...LIMITS }, log: context.log, dropped }, handler);
    const { addresses, close } = await server.open();
    return { addresses: addresses.map((url) => url + config.path), close };
  }

  const { start, stop } = singleListener(listen);
  return {
    start,
    stop,
    restore,
    // What is written while it goes on is of no use after a crash.
    save: (last) => (last ? save() : undefined),
    send: (window, signal) =>
      inTurn(async () => {
        // Once begun it is brought to its end: half a window on the page, or one added twice, would be wrong for good.
        signal.throwIfAborted();
        page = undefined;
        try {
          await state.fold(window);
        } catch (error) {
          throw sendError(`cannot read the window: ${error}`, { permanent: true, cause: error });
        }
      }),
  };
}
