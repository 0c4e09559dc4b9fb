import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { refusal } from '../../src/kit/http/refusal.ts';

export interface GuardOptions {
  /** Names that `Host` may give, in small letters, besides addresses and `localhost`. */
  readonly hosts: readonly string[];
  /** Every request needs a credential, and a browser keeps those of each origin apart: any `Host` will do. */
  readonly hasCredentials: boolean;
}

/** Throws a refusal (403) of what a page of another origin has sent, or a browser that was told a false address. */
export type OriginGuard = (request: IncomingMessage, isPage: boolean) => void;

/**
 * Keeps pages of other origins away. A browser says where a request comes from in `Sec-Fetch-Site` and `Origin`; `Host` has to be an address,
 * `localhost` or a known name, because a foreign name that was made to point here (DNS rebinding) would make a foreign page one of our origin.
 * `isPage`: what is asked for is the same for everybody, so that a link from elsewhere may lead to it.
 */
export function originGuard({ hosts, hasCredentials }: GuardOptions): OriginGuard {
  const known = new Set(['localhost', ...hosts]);

  function isKnown(host: string): boolean {
    const name = hostnameOf(host);
    return isIP(name) !== 0 || known.has(name) || name.endsWith('.localhost');
  }

  return ({ headers }, isPage) => {
    const host = (headers.host ?? '').toLowerCase();
    if (!hasCredentials && !isKnown(host)) {
      throw refusal(
        403,
        `The host ${JSON.stringify(host)} is not known here; add its name to "hosts" of the back-end "live".`,
      );
    }
    const { origin } = headers;
    if (origin !== undefined && hostOf(origin) !== host) {
      throw refusal(403, `Pages of the origin ${JSON.stringify(origin)} are not let in.`);
    }
    const site = headers['sec-fetch-site'];
    const isLink = isPage && headers['sec-fetch-mode'] === 'navigate';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink) {
      throw refusal(403, 'Pages of other origins are not let in.');
    }
  };
}

/** Without the port and the brackets; empty where it is none. */
function hostnameOf(host: string): string {
  const [, v6, name] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::\d+)?$/.exec(host) ?? [];
  return v6 ?? name ?? '';
}

/** Of an origin: its host and port as `Host` has them, without the default port; empty for `null` and what is none. */
function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}
