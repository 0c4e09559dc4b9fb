import { type ClientRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** PEM of the only certificate that is trusted over HTTPS. */
  readonly ca?: string;
}

/** A request whose body is written by the test, on a connection of its own. */
export function begin(url: URL | string, { method = 'POST', headers = {}, ca }: Sending = {}) {
  const open = new URL(url).protocol === 'https:' ? secureRequest : request;
  const outgoing: ClientRequest = open(url, { method, headers, agent: false, ...(ca === undefined ? {} : { ca }) });
  const answer = new Promise<Answer>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: body });
      }, reject);
    });
  });
  return { outgoing, answer };
}

/** Sends `body` in one piece. Without one nothing is declared either. */
export function send(url: URL | string, body?: Buffer | string, sending: Sending = {}): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const { outgoing, answer } = begin(url, { ...sending, headers: { ...length, ...sending.headers } });
  outgoing.end(body);
  return answer;
}
