import { turns } from '../../src/kit/turns.ts';
import { type Backend, type BackendContext, type BackendPlugin, sendError } from '../../src/plugin.ts';
import { listenUrl, type PrometheusConfig, prometheusConfig } from './config.ts';
import { type Packed, pack } from './packed.ts';
import { processMetrics } from './process-metrics.ts';
import { pageText } from './render.ts';
import { listen, type MetricsServer } from './server.ts';
import { createState } from './state.ts';

/** Shows the windows so far to a scraping Prometheus. */
export default {
  kind: 'backend',
  name: 'prometheus',
  config: prometheusConfig,
  describe: ({ host, port, path }) => `prometheus ${listenUrl(host, port)}${path}`,
  create: prometheus,
} satisfies BackendPlugin<PrometheusConfig>;

function prometheus(config: PrometheusConfig, context: BackendContext): Backend {
  const quantiles = [...new Set(config.quantiles ?? context.percentiles.map((p) => Number((p / 100).toPrecision(12))))];
  const state = createState({ ...config, quantiles }, context);
  const inTurn = turns();
  let page: Promise<Packed> | undefined;
  let server: MetricsServer | undefined;

  /** The page after a window is rendered once, as a whole and between two windows, and shared by all who ask for it. */
  const currentPage = () => {
    page ??= inTurn(() => pack(pageText(state, quantiles)));
    return page;
  };

  return {
    async start() {
      const own = await processMetrics();
      state.reserve(own.names);
      server = await listen({
        ...config,
        page: async () => ({ text: await currentPage(), end: Buffer.from(await own.text()) }),
        failed: (error) => {
          page = undefined;
          context.log.error(`cannot answer a scrape: ${error}`);
        },
      });
      return [server.url + config.path];
    },
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
    async stop() {
      const closing = server;
      server = undefined;
      await closing?.close();
    },
  };
}
