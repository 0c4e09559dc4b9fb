import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Frontend, FrontendContext, Intake } from '../../plugin.ts';
import { singleListener } from '../listener.ts';
import { answerText } from './answer.ts';
import { type Answer, bodyServer } from './body-server.ts';
import type { BodyServerConfig } from './body-server-config.ts';

/** What is answered to a body that was taken. */
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A body that was posted, unpacked. */
export interface Posted {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** A short stable name of who was admitted. */
  readonly sender: string;
}

/** Hands a body to the intake. Throws a refusal where it is no good, and then has handed over nothing. Default answer: 204. */
type Take = (posted: Posted) => Reply | undefined;

export interface HttpFrontendOptions {
  /** Begins the names of its own metrics, as in {@link bodyServer}. */
  readonly prefix: string;
  /** By path. */
  readonly routes: Readonly<Record<string, Take>>;
}

/** A front-end whose clients post bodies, without a framework: credentials, limits, TLS and the probes are those of its configuration. */
export function httpFrontend(
  config: BodyServerConfig,
  intake: Intake,
  context: FrontendContext,
  options: HttpFrontendOptions,
): Frontend {
  const routes = new Map(Object.entries(options.routes));
  return singleListener(async () => {
    const server = bodyServer({
      config,
      intake,
      context,
      prefix: options.prefix,
      paths: new Map([...routes.keys()].map((path) => [path.toLowerCase(), ['POST']])),
    });

    async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const { method = '', url = '', headers } = request;
      const [path = '', query] = url.split('?', 2);
      const take = method === 'POST' ? routes.get(path) : undefined;
      if (take === undefined) return say(response, server.unrouted(request));
      const reply = await server.take(request, (body, client) =>
        take({ body, headers, query: new URLSearchParams(query), sender: client.name }),
      );
      const { status = 204, headers: fields = {}, body } = reply ?? {};
      response.writeHead(status, fields).end(body);
    }

    server.listenWith((request, response) => {
      answer(request, response).catch((error: unknown) => {
        const given = server.answerTo(error, request);
        if (response.headersSent) response.destroy();
        else say(response, given);
      });
    });
    return server.open();
  });
}

function say(response: ServerResponse, { status, sentence, headers }: Answer): void {
  answerText(response, status, sentence, headers);
}
