import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createGate } from '../../../src/kit/http/auth.ts';
import type { AuthConfig } from '../../../src/kit/http/auth-config.ts';

const users = [
  { user: 'drain', password: 'old:secret' },
  { user: 'drain', password: 'new-sécret' },
];
const tokens = ['token-1', 'token-2'];
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** Who is let in, or the refusal. */
function ask(auth: AuthConfig, authorization: string | undefined) {
  const refused: IncomingMessage[] = [];
  const request = { headers: authorization === undefined ? {} : { authorization } } as IncomingMessage;
  try {
    return { sender: createGate(auth, (one) => refused.push(one)).admit(request).name, refused: refused.length };
  } catch (error) {
    return { error, refused: refused.length };
  }
}

describe('a gate', () => {
  it.each([
    [basic('drain:old:secret'), 'user 0'],
    [basic('drain:new-sécret'), 'user 1'],
    [basic('drain:old:secret').replace('Basic', 'bASIC '), 'user 0'],
    ['Bearer token-1', 'token 0'],
    ['bearer  token-2 ', 'token 1'],
  ])('lets "%s" in as %s', (authorization, sender) => {
    expect(ask({ users, tokens }, authorization)).toEqual({ sender, refused: 0 });
  });

  it.each([undefined, '', 'Basic', basic('drain:old'), 'Bearer old:secret', basic('token-1'), '__proto__ token-1'])(
    'refuses "%s"',
    (authorization) => {
      expect(ask({ users, tokens }, authorization)).toMatchObject({ error: { status: 401 }, refused: 1 });
    },
  );

  it.each<[auth: Partial<AuthConfig>, challenges: readonly string[]]>([
    [{ users }, ['Basic realm="statsdrain", charset="UTF-8"']],
    [{ tokens }, ['Bearer realm="statsdrain"']],
    [{ users, tokens }, ['Basic realm="statsdrain", charset="UTF-8"', 'Bearer realm="statsdrain"']],
  ])('says which credentials it takes: %#', (auth, challenges) => {
    const { error } = ask({ users: [], tokens: [], ...auth }, undefined);
    expect(error).toMatchObject({ headers: { 'www-authenticate': challenges } });
  });

  it('lets everyone in where nobody is named', () => {
    expect(ask({ users: [], tokens: [] }, 'Bearer x')).toEqual({ sender: 'anonymous', refused: 0 });
  });
});
