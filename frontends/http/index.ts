import type { AddressInfo } from 'node:net';
import { hasCredentials } from '../../src/kit/http/auth-config.ts';
import type { Frontend, FrontendContext, FrontendPlugin, Intake } from '../../src/plugin.ts';
import { type HttpConfig, httpConfig } from './config.ts';
import { createHttpServer, type HttpServer } from './server.ts';

const plugin: FrontendPlugin<HttpConfig> = {
  kind: 'frontend',
  name: 'http',
  config: httpConfig,
  describe: ({ host, port, auth }) =>
    `${url(host, port)} (POST /logs and /statsd, ${hasCredentials(auth) ? 'with a credential' : 'open to everyone'})`,
  create: createFrontend,
};

export default plugin;

/** How long requests in flight may take to end when the front-end stops. */
const GRACE_MS = 1000;

function createFrontend(config: HttpConfig, intake: Intake, context: FrontendContext): Frontend {
  let opening: Promise<HttpServer> | undefined;
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const server = await opening?.catch(() => undefined);
    opening = undefined;
    if (server !== undefined) await shut(server);
  }

  return {
    async start() {
      closing = undefined;
      const starting = open(config, intake, context);
      opening = starting;
      const { app } = await starting;
      return (app.addresses() as AddressInfo[]).map(({ address, port }) => url(address, port));
    },
    stop() {
      closing ??= close();
      return closing;
    },
  };
}

async function open(config: HttpConfig, intake: Intake, context: FrontendContext): Promise<HttpServer> {
  const server = await createHttpServer(config, intake, context);
  try {
    await server.app.listen({ host: config.host, port: config.port });
    return server;
  } catch (error) {
    await server.app.close();
    throw new Error(`cannot listen on ${url(config.host, config.port)}: ${reason(error)}`, { cause: error });
  }
}

async function shut({ app, seal }: HttpServer): Promise<void> {
  const timer = setTimeout(() => {
    seal();
    app.server.closeAllConnections();
  }, GRACE_MS);
  await app.close();
  clearTimeout(timer);
  seal();
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use; stop the other process or set another "port"';
    case 'EACCES':
      return 'permission denied; set a "port" of 1024 or more, or run with the right to bind lower ones';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address; set "host" to one of its own';
    default:
      return `${error instanceof Error ? error.message : String(error)}; set another "host" or "port"`;
  }
}

function url(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
