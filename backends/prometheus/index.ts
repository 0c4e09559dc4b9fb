import { tellingGate } from '../../src/kit/http/auth.ts';
import { hasCredentials } from '../../src/kit/http/auth-config.ts';
import { httpServer, schemeOf } from '../../src/kit/http/server.ts';
import { type Listener, singleListener, urlOf } from '../../src/kit/listener.ts';
import { oneByOne } from '../../src/kit/one-by-one.ts';
import { canListen } from '../../src/kit/reach.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { inSlices } from '../../src/kit/slices.ts';
import { unlessAborted } from '../../src/kit/unless-aborted.ts';
import {
  type BackendContext,
  type BackendPlugin,
  type FoldingBackend,
  type KeptState,
  sendError,
} from '../../src/plugin.ts';
import { intervalFor, observerOf, type PrometheusConfig, prometheusConfig, staysOf } from './config.ts';
import { exemplarNaming } from './exemplar-naming.ts';
import { createEncoder } from './exposition/encoders.ts';
import type { Exposition } from './exposition/negotiate.ts';
import { pack } from './exposition/packed.ts';
import { createPages } from './exposition/pages.ts';
import { pageFor } from './page/escaped.ts';
import { keptPage, pageReader } from './page/kept.ts';
import { createState } from './page/state.ts';
import { writtenPage } from './page/walk.ts';
import { processMetrics } from './process-metrics.ts';
import { scrapes } from './scrape.ts';
import { createScrapers } from './scrapers.ts';
import { writtenNames } from './written.ts';

const LIMITS = { maxConnections: 64, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5000 };

/** Longest wait for what was received last: then a page is without it. */
const REFRESH_MS = 5000;

/** Shows the windows so far to a scraping Prometheus. */
export default {
  kind: 'backend',
  name: 'prometheus',
  config: prometheusConfig,
  describe: (config) =>
    `${urlOf(schemeOf(config), config)}${config.path} (to be scraped${hasCredentials(config.auth) ? ' with a credential' : ''})`,
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  probe: (config) => canListen(schemeOf(config), config),
  wantsTagStyles: true,
  longestIntervalMs: intervalFor,
  create: prometheus,
} satisfies BackendPlugin<PrometheusConfig>;

function prometheus(config: PrometheusConfig, context: BackendContext): FoldingBackend {
  const observer = observerOf(config, context.percentiles);
  const naming = exemplarNaming(config.exemplarTags, config.names);
  const state = createState({ ...config, ...staysOf(config), observer }, context);
  const inTurn = oneByOne();
  let isOpen = false;
  let isEnding = false;
  const scrapers = createScrapers();
  /** What a stop waits for, once. */
  let last: Promise<void> | undefined;

  const encoderFor = (exposition: Exposition) =>
    createEncoder(exposition, { created: config.created, has: (name) => state.table.families.has(name) });

  /** What is there of users is written once, as a whole and between two windows, and shared by all who ask for it until it changes. */
  const pages = createPages((exposition) =>
    inTurn(() => {
      const { has, written } = pageFor(state, config.names, exposition.escaping, 'others');
      return pack(written(createEncoder(exposition, { created: config.created, has })));
    }),
  );
  let written = '';

  function dropChanged(): void {
    if (state.version === written) return;
    written = state.version;
    pages.drop();
  }

  /** What was received before somebody asked is on the page that he gets. */
  async function page(asked: Exposition) {
    await unlessAborted(context.refresh(), AbortSignal.timeout(REFRESH_MS)).catch(tellStale);
    dropChanged();
    // All names are such as every reader takes.
    const exposition: Exposition = config.names === 'escaped' ? { ...asked, escaping: 'underscores' } : asked;
    const packed = await pages.get(exposition);
    const encoder = encoderFor(exposition);
    const own = await inTurn(async () => [...writtenPage(state, encoder, config.names, 'own')]);
    await (await processMetrics()).write(encoder);
    encoder.end();
    return { packed, end: Buffer.concat([...own, encoder.take()]) };
  }

  const tellStale = seldom((times, error: unknown) =>
    context.log.warn(`a scrape was answered without what came last: ${error}`, { times }),
  );

  const tellFailure = seldom((times, error: string) =>
    context.log.error(`cannot answer a scrape: ${error}`, { times }),
  );

  const gate = tellingGate(
    config.auth,
    context.log,
    'refused scrapes without a known credential; add one of "auth" to the scrape job as "basic_auth" or "authorization"',
    () => context.count('prometheus.auth_failures', 1),
  );

  /** Names are made anew of what was sent: with another `prefix` they are those of the new page. */
  async function restore({ pieces, ageMs, orderly }: KeptState): Promise<number> {
    if (!orderly) {
      // Prometheus takes a counter that went back for one that began again, and adds all of it once more.
      context.log.info('counters begin at 0: the server was not stopped in order, and they might go back otherwise');
      return 0;
    }
    state.reserve((await processMetrics()).names);
    const rowsOf = pageReader(state.ageMs - ageMs);
    let series = 0;
    for await (const piece of pieces) {
      for (const kept of rowsOf(piece)) if (state.restore({ ...kept, idleMs: kept.idleMs + ageMs })) series++;
    }
    return series;
  }

  async function* save(): AsyncGenerator<Uint8Array, undefined, undefined> {
    yield* await inTurn(() => inSlices(keptPage(state)));
    return undefined;
  }

  async function listen(): Promise<Listener> {
    state.reserve((await processMetrics()).names);
    const handler = scrapes({
      ...config,
      gate,
      page,
      isOpen: () => isOpen,
      isEnding: () => isEnding,
      conflicts: () => state.conflicts,
      unmapped: context.unmapped,
      reload: context.reload,
      trust: (socket) => hasCredentials(config.auth) && server.trust(socket, true),
      scraped: scrapers.scraped,
      failed: (error) => {
        written = '';
        tellFailure(String(error));
      },
    });
    const dropped = (why: string) => context.count('connections.refused', 1, [`why:${why}`]);
    const server = httpServer({ config: { ...config, ...LIMITS }, log: context.log, dropped }, handler);
    const { addresses, close } = await server.open();
    return { addresses: addresses.map((url) => url + config.path), close };
  }

  /** Settles when those who read the page have read it once more, or take too long. */
  async function lastScrapes(): Promise<void> {
    await unlessAborted(scrapers.allAgain(), AbortSignal.timeout(config.lastScrape)).catch(() =>
      context.log.warn('the page ends before everyone who read it lately has had its last window: see "lastScrape"'),
    );
  }

  const { start, stop } = singleListener(listen);
  return {
    // A scrape ends windows of the view, which those of others must not notice: only such back-ends share it.
    ...(naming && { naming }),
    updatedOnly: true,
    written: (type, series, rule) => writtenNames({ ...config, observer }, type, series, rule),
    start,
    opened() {
      isOpen = true;
    },
    ending() {
      isEnding = true;
    },
    stopMs: config.lastScrape,
    async stop() {
      if (isEnding && isOpen && config.lastScrape > 0) last ??= lastScrapes();
      await last;
      await stop();
    },
    restore,
    // What is written while it goes on is of no use after a crash.
    save: (last) => (last ? save() : undefined),
    send: (window, signal) =>
      inTurn(async () => {
        // Once begun it is brought to its end: half a window on the page, or one added twice, would be wrong for good.
        signal.throwIfAborted();
        try {
          await state.fold(window);
        } catch (error) {
          throw sendError(`cannot read the window: ${error}`, { permanent: true, cause: error });
        }
      }),
  };
}
