import { isIPv6 } from 'node:net';
import type { Contact } from '../../plugin.ts';
import { urlOf } from '../listener.ts';
import { type AuthConfig, tokenText } from './auth-config.ts';
import { type ServerConfig, schemeOf } from './server.ts';

/** How a server of this configuration is asked from this machine, see {@link Contact}. */
export function contactOf(config: ServerConfig & { readonly auth: AuthConfig }): Contact {
  const { host, port, tls, auth } = config;
  return {
    url: urlOf(schemeOf(config), { host: reachable(host), port }),
    certificate: tls?.cert,
    clients: [
      ...auth.users.map(({ user, password, prefixes }) => ({
        name: user,
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        isLimited: prefixes !== undefined,
      })),
      ...auth.tokens.map((token, index) => ({
        name: `token ${index + 1}`,
        authorization: `Bearer ${tokenText(token)}`,
        isLimited: typeof token !== 'string',
      })),
    ]
      // Those who may write anything may also see it.
      .sort((a, b) => Number(a.isLimited) - Number(b.isLimited))
      .map(({ name, authorization }) => ({ name, authorization })),
  };
}

/** An address that stands for all of a machine is none to connect to. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return isIPv6(host) && /^[0:]+$/.test(host) ? '::1' : host;
}
