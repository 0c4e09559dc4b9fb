import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../plugin.ts';
import { seldom } from '../seldom.ts';
import { type AuthConfig, type ClientRights, hasCredentials, tokenText } from './auth-config.ts';
import { refusal } from './refusal.ts';

/** Who sends, as the credential says. */
export interface Client extends ClientRights {
  /** Short and stable, without a secret and whatever else is configured: `user drain`, `token 3f9a2c11`, `anonymous`. */
  readonly name: string;
}

export interface Gate {
  /**
   * `token`: what stands for a token where no gate looks; other places are not looked at then. Throws a refusal (401) of one
   * without a known credential.
   */
  admit(request: IncomingMessage, token?: string): Client;
}

/** The name of everybody where nobody is named. */
export const ANONYMOUS = 'anonymous';

interface Known {
  readonly digest: Buffer;
  readonly client: Client;
}

/** Hexadecimal digits of the digest of a token by which it is called. */
const NAMED_DIGITS = 8;

/**
 * Compares SHA-256 digests in constant time and tries every credential, so that the time of an answer tells nothing
 * of a secret. Without credentials everyone is `anonymous`. `refused` is told of each request that is not admitted.
 */
export function createGate(auth: AuthConfig, refused: (request: IncomingMessage) => void): Gate {
  if (!hasCredentials(auth)) return { admit: () => ({ name: ANONYMOUS }) };

  const users = auth.users.map(({ user, password, app, prefixes }): Known => {
    return { digest: sha256(`${user}:${password}`), client: { name: `user ${user}`, app, prefixes } };
  });
  const tokens = auth.tokens.map((token): Known => {
    const digest = sha256(tokenText(token));
    const { app, prefixes } = typeof token === 'string' ? {} : (token as ClientRights);
    return { digest, client: { name: `token ${digest.toString('hex').slice(0, NAMED_DIGITS)}`, app, prefixes } };
  });
  const challenges = [
    ...(users.length > 0 ? ['Basic realm="statsdrain", charset="UTF-8"'] : []),
    ...(tokens.length > 0 ? ['Bearer realm="statsdrain"'] : []),
  ];

  /** `user:password`, or a token in the place of one of them with nothing in the other's: a URL has no other place for it. */
  function ofUser(credential: Buffer): Client | undefined {
    const given = match(users, sha256(credential));
    const text = credential.toString('utf8');
    const colon = text.indexOf(':');
    const single = colon < 0 ? text : colon === 0 ? text.slice(1) : colon === text.length - 1 ? text.slice(0, -1) : '';
    return single === '' ? given : (given ?? match(tokens, sha256(single)));
  }

  function clientOf({ authorization, 'x-api-key': apiKey }: IncomingMessage['headers']): Client | undefined {
    if (authorization === undefined) return typeof apiKey === 'string' ? match(tokens, sha256(apiKey)) : undefined;
    const [, scheme = '', credential = ''] = /^(\w+) +(\S+) *$/.exec(authorization) ?? [];
    switch (scheme.toLowerCase()) {
      case 'basic':
        return ofUser(Buffer.from(credential, 'base64'));
      case 'bearer':
      case 'token':
        return match(tokens, sha256(credential));
      default:
        return undefined;
    }
  }

  return {
    admit(request, token) {
      const client = token === undefined ? clientOf(request.headers) : match(tokens, sha256(token));
      if (client !== undefined) return client;
      refused(request);
      throw refusal(401, 'This needs a user and a password (Basic) or a token (Bearer) that the configuration names.', {
        'www-authenticate': challenges,
      });
    },
  };
}

/** A gate that logs `sentence` with the address of whom it refused, at once and then once a minute. `refused` is told of each. */
export function tellingGate(auth: AuthConfig, log: Logger, sentence: string, refused: () => void): Gate {
  const tell = seldom((times, remote: string) => log.warn(sentence, { remote, times }));
  return createGate(auth, (request) => {
    refused();
    tell(request.socket.remoteAddress ?? 'unknown');
  });
}

function match(known: readonly Known[], given: Buffer): Client | undefined {
  let found: Client | undefined;
  for (const { digest, client } of known) if (timingSafeEqual(digest, given)) found = client;
  return found;
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
