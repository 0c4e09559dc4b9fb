import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../plugin.ts';
import { seldom } from '../seldom.ts';
import { type AuthConfig, hasCredentials } from './auth-config.ts';
import { refusal } from './refusal.ts';

/** Who sends, as the credential says. */
export interface Client {
  /** Short and stable, without a secret. */
  readonly name: string;
  /** The app that the credential stands for. */
  readonly app?: string | undefined;
  /** How the names begin that it may write. Absent: any. */
  readonly prefixes?: readonly string[] | undefined;
}

export interface Gate {
  /**
   * `token`: what stands for a token elsewhere than in `Authorization`, which is not looked at then. Throws a refusal (401) of one
   * without a known credential.
   */
  admit(request: IncomingMessage, token?: string): Client;
}

const ANONYMOUS: Client = { name: 'anonymous' };

/**
 * Compares SHA-256 digests in constant time and tries every credential, so that the time of an answer tells nothing
 * of a secret. Without credentials everyone is `anonymous`. `refused` is told of each request that is not admitted.
 */
export function createGate(auth: AuthConfig, refused: (request: IncomingMessage) => void): Gate {
  if (!hasCredentials(auth)) return { admit: () => ANONYMOUS };

  const users = auth.users.map(({ user, password }) => sha256(`${user}:${password}`));
  const tokens = auth.tokens.map(sha256);
  const challenges = [
    ...(users.length > 0 ? ['Basic realm="statsdrain", charset="UTF-8"'] : []),
    ...(tokens.length > 0 ? ['Bearer realm="statsdrain"'] : []),
  ];

  function senderOf(authorization: string): string | undefined {
    const [, scheme = '', credential = ''] = /^(\w+) +(\S+) *$/.exec(authorization) ?? [];
    switch (scheme.toLowerCase()) {
      case 'basic':
        return match('user', users, sha256(Buffer.from(credential, 'base64')));
      case 'bearer':
        return match('token', tokens, sha256(credential));
      default:
        return undefined;
    }
  }

  return {
    admit(request, token) {
      const sender =
        token === undefined ? senderOf(request.headers.authorization ?? '') : match('token', tokens, sha256(token));
      if (sender !== undefined) return { name: sender };
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

function match(kind: string, known: readonly Buffer[], given: Buffer): string | undefined {
  let found: string | undefined;
  for (const [index, digest] of known.entries()) {
    if (timingSafeEqual(digest, given)) found = `${kind} ${index}`;
  }
  return found;
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
