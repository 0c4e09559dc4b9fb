import type { FastifyInstance } from 'fastify';

/** One kind of client that posts here: its routes, where its credential stands, and what it is answered, refusals included. */
export interface Sender {
  /** Lower-case media types that its routes tell apart; to all other routes the type of a body means nothing. */
  readonly mediaTypes: readonly string[];
  /** `scope` is its own: hooks and handlers of errors that it sets are those of its routes alone. Bodies are left unread. */
  register(scope: FastifyInstance): void;
}
