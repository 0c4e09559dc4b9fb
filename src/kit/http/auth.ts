import { createHash, timingSafeEqual } from 'node:crypto';
import { type AuthConfig, hasCredentials } from './auth-config.ts';

export interface Gate {
  /** Who sends, as a short stable name without a secret, or undefined when the header holds no known credential. */
  admit(authorization: string | undefined): string | undefined;
  /** Values of `WWW-Authenticate`. */
  readonly challenges: readonly string[];
}

/**
 * Compares SHA-256 digests in constant time and tries every credential, so that the time of an answer tells nothing
 * of a secret. Without credentials everyone is `anonymous`.
 */
export function createGate(auth: AuthConfig): Gate {
  if (!hasCredentials(auth)) return { admit: () => 'anonymous', challenges: [] };

  const users = auth.users.map(({ user, password }) => sha256(`${user}:${password}`));
  const tokens = auth.tokens.map(sha256);
  const challenges = [
    ...(users.length > 0 ? ['Basic realm="statsdrain", charset="UTF-8"'] : []),
    ...(tokens.length > 0 ? ['Bearer realm="statsdrain"'] : []),
  ];
  return {
    challenges,
    admit(authorization = '') {
      const [, scheme = '', credential = ''] = /^(\w+) +(\S+) *$/.exec(authorization) ?? [];
      switch (scheme.toLowerCase()) {
        case 'basic':
          return match('user', users, sha256(Buffer.from(credential, 'base64')));
        case 'bearer':
          return match('token', tokens, sha256(credential));
        default:
          return undefined;
      }
    },
  };
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
