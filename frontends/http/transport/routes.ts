import type { IncomingMessage } from 'node:http';
import { raw } from '../senders/raw.ts';
import type { Post, PostRoute, Sender } from '../senders/sender.ts';
import { mediaTypeOf } from './media-type.ts';

type Asked = Pick<Post, 'headers' | 'mediaType'>;

/** Whose a body is, and as what it is read. */
export type Chosen = readonly [Sender, PostRoute];
export type Choose = (post: Asked, body: Buffer) => Chosen;

/** What is posted to one path. */
export interface Route {
  /** Whose request it is, where that is known before its body is. */
  own(request: IncomingMessage): Sender | undefined;
  choose(own: Sender | undefined): Choose;
}

/** By method, and by path as it is written. `claimants` are asked in their order for what comes to `POST /logs`. */
export function routesOf(
  senders: readonly Sender[],
  claimants: readonly Sender[],
): ReadonlyMap<string, ReadonlyMap<string, Route>> {
  const post = new Map<string, Route>([['/logs', claimed(claimants)]]);
  const put = new Map<string, Route>();
  for (const sender of senders) {
    for (const one of sender.posts) {
      const chosen: Choose = () => [sender, one];
      const route: Route = { own: () => sender, choose: () => chosen };
      const methods = one.methods ?? ['POST'];
      if (methods.includes('POST')) post.set(one.path, route);
      if (methods.includes('PUT')) put.set(one.path, route);
    }
  }
  return new Map([
    ['POST', post],
    ['PUT', put],
  ]);
}

function claimed(senders: readonly Sender[]): Route {
  const find = (post: Asked, body: Buffer) => senders.find(({ claims }) => claims?.(post, body) === true);
  const byBody: Choose = (post, body) => chosen(find(post, body) ?? raw);
  return {
    own: (request) => find({ headers: request.headers, mediaType: mediaTypeOf(request) }, NOTHING),
    choose: (own) => (own === undefined ? byBody : () => chosen(own)),
  };
}

const NOTHING = Buffer.alloc(0);

function chosen(sender: Sender): Chosen {
  return [sender, sender.posts[0]];
}

/** By path, in lower case. */
export function ownersOf(senders: readonly Sender[]): ReadonlyMap<string, Sender> {
  const owners = new Map<string, Sender>();
  for (const sender of senders) {
    for (const { path } of [...sender.posts, ...(sender.gets ?? [])]) owners.set(path.toLowerCase(), sender);
  }
  return owners;
}

/** What each path takes. */
export function methodsOf(senders: readonly Sender[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, readonly string[]>([
    ['/logs', ['POST']],
    ['/drains', ['GET']],
    ['/drains/capture', ['GET']],
  ]);
  for (const { posts, gets = [] } of senders) {
    for (const route of posts) methods.set(route.path.toLowerCase(), route.methods ?? ['POST']);
    for (const { path } of gets) methods.set(path.toLowerCase(), [...(methods.get(path.toLowerCase()) ?? []), 'GET']);
  }
  return methods;
}
