import type { FastifyInstance, FastifyRequest } from 'fastify';

const given = new WeakMap<object, string>();

/**
 * Routes read bodies themselves, whatever their type: fastify would answer 415 to one that it cannot parse, which makes Logplex drop
 * the lines.
 */
export function takeAnyType(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw;
    const type = headers['content-type'];
    if (type !== undefined) {
      given.set(request, type);
      delete headers['content-type'];
    }
    done();
  });
}

/** In lower case, without parameters; empty where there is none. */
export function mediaTypeOf(request: FastifyRequest): string {
  const type = given.get(request);
  if (type === undefined) return '';
  const end = type.indexOf(';');
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}
