import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

const given = new WeakMap<IncomingMessage, string>();

/**
 * Routes read bodies themselves, whatever their type: fastify would answer 415 to one that it cannot parse, which makes Logplex drop
 * the lines.
 */
export function takeAnyType(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const type = raw.headers['content-type'];
    if (type !== undefined) {
      given.set(raw, type);
      delete raw.headers['content-type'];
    }
    done();
  });
}

/** In lower case, without parameters; empty where there is none. */
export function mediaTypeOf(request: IncomingMessage): string {
  const type = request.headers['content-type'] ?? given.get(request) ?? '';
  const end = type.indexOf(';');
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}
