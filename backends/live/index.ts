import { tellingGate } from '../../src/kit/http/auth.ts';
import { hasCredentials } from '../../src/kit/http/auth-config.ts';
import { httpServer, schemeOf } from '../../src/kit/http/server.ts';
import { type Listener, singleListener, urlOf } from '../../src/kit/listener.ts';
import { oneByOne } from '../../src/kit/one-by-one.ts';
import { canListen } from '../../src/kit/reach.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { type BackendContext, type BackendPlugin, type FoldingBackend, sendError } from '../../src/plugin.ts';
import { createEvents } from './api/events.ts';
import { site } from './api/routes.ts';
import { createStreams } from './api/streams.ts';
import { readAssets } from './assets.ts';
import { type LiveConfig, liveConfig } from './config.ts';
import { originGuard } from './guard.ts';
import { createLive } from './live.ts';

const LIMITS = { maxConnections: 64, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5000 };

/** Shows in a browser, and to programs, what the server receives and what becomes of it. */
export default {
  kind: 'backend',
  name: 'live',
  config: liveConfig,
  describe: (config) =>
    `${urlOf(schemeOf(config), config)}/ (page${hasCredentials(config.auth) ? ' with a credential' : ''})`,
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  probe: (config) => canListen(schemeOf(config), config),
  create: live,
} satisfies BackendPlugin<LiveConfig>;

function live(config: LiveConfig, context: BackendContext): FoldingBackend {
  const shown = createLive(config.maxSeries, context);
  const inTurn = oneByOne();
  const isGuarded = hasCredentials(config.auth);
  let isOpen = false;
  let isEnding = false;

  const tellSlow = seldom((times, remote: string) =>
    context.log.warn('dropped clients of the page that read too slowly', { remote, times }),
  );
  const tellFailure = seldom((times, error: string) =>
    context.log.error(`cannot answer a request: ${error}`, { times }),
  );
  const failed = (error: unknown) => tellFailure(String(error));

  const streams = createStreams((remote) => {
    context.count('live.slow_clients', 1);
    tellSlow(remote);
  });
  const events = createEvents(shown, streams, failed);

  const gate = tellingGate(
    config.auth,
    context.log,
    'refused requests without a known credential; give one of "auth" as Basic or Bearer',
    () => context.count('live.auth_failures', 1),
  );

  async function listen(): Promise<Listener> {
    const handler = site({
      live: shown,
      server: context.server,
      gate,
      guard: originGuard({ hosts: [config.host.toLowerCase(), ...config.hosts], hasCredentials: isGuarded }),
      assets: readAssets(),
      streams,
      events,
      isOpen: () => isOpen,
      isEnding: () => isEnding,
      // Without credentials everybody is let in: then only those whose stream is open keep their place.
      trust: (socket, stays) => (isGuarded || stays) && server.trust(socket, isGuarded),
      failed,
    });
    const dropped = (why: string) => context.count('connections.refused', 1, [`why:${why}`]);
    const server = httpServer({ config: { ...config, ...LIMITS }, log: context.log, dropped }, handler);
    const { addresses, close } = await server.open();
    return {
      addresses: addresses.map((url) => `${url}/`),
      async close() {
        events.stop();
        streams.endAll();
        await close();
      },
    };
  }

  return {
    ...singleListener(listen),
    updatedOnly: true,
    wantsLines: true,
    opened() {
      isOpen = true;
    },
    ending() {
      isEnding = true;
    },
    send: (window, signal) =>
      inTurn(async () => {
        // Once begun it is brought to its end: a window that is added twice would be wrong for an hour.
        signal.throwIfAborted();
        try {
          const point = await shown.fold(window);
          if (point !== undefined) events.windowEnded(point);
        } catch (error) {
          throw sendError(`cannot read the window: ${error}`, { permanent: true, cause: error });
        }
      }),
  };
}
