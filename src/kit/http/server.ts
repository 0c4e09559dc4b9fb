import { createServer, type RequestListener, type Server } from 'node:http';
import type { ServerLimits } from './limits.ts';

const MAX_HEADER_BYTES = 8192;
/** How often timeouts are looked for, at least. */
const CHECK_INTERVAL_MS = 5000;

/** A server that does not listen yet. */
export function limitedServer(limits: ServerLimits, handler: RequestListener): Server {
  const headersTimeout = Math.min(limits.headersTimeout, limits.requestTimeout);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout,
      requestTimeout: limits.requestTimeout,
      keepAliveTimeout: limits.keepAliveTimeout,
      connectionsCheckingInterval: Math.max(1, Math.min(CHECK_INTERVAL_MS, headersTimeout / 2)),
    },
    handler,
  );
  server.maxConnections = limits.maxConnections;
  return server;
}
