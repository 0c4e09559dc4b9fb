import type { IncomingMessage } from 'node:http';
import { masker } from '../../../src/kit/http/mask.ts';

/** A header, or a parameter of a query, that is called so may let someone in. */
const SECRET = 'auth|token|key|secret|cookie|signature|password|credential';
const SECRET_NAME = new RegExp(SECRET, 'i');
const SECRET_PARAMETER = new RegExp(`([?&][^=&]*(?:${SECRET})[^=&]*=)[^&]*`, 'gi');
/** Of Logplex: it tells drains apart, and opens nothing. */
const PLAIN: ReadonlySet<string> = new Set(['logplex-drain-token']);

export interface RedactedHead {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case; of several with one name all values. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The head of a request without what lets its sender in: `***` is in its place. `secrets` are those of the configuration. */
export function redactor(
  secrets: readonly string[],
): (request: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>) => RedactedHead {
  const mask = masker(secrets);
  return ({ method = '', url = '', rawHeaders }) => {
    const headers = new Map<string, string>();
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const name = rawHeaders[index]!.toLowerCase();
      const value = SECRET_NAME.test(name) && !PLAIN.has(name) ? '***' : mask(rawHeaders[index + 1]!);
      const before = headers.get(name);
      headers.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    // A proxy is asked for whole URLs, which may have a user part.
    const path = url.replace(/^[a-z]+:\/\/[^/?]*/i, '').replace(SECRET_PARAMETER, '$1***');
    return { method, path: mask(path), headers: Object.fromEntries(headers) };
  };
}
