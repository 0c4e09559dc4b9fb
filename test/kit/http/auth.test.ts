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
    [basic('drain:old:secret'), 'user drain'],
    [basic('drain:new-sécret'), 'user drain'],
    [basic('drain:old:secret').replace('Basic', 'bASIC '), 'user drain'],
    ['Bearer token-1', 'token 3f08aace'],
    ['Token token-1', 'token 3f08aace'],
    [basic('token-1'), 'token 3f08aace'],
    [basic('token-1:'), 'token 3f08aace'],
    [basic(':token-1'), 'token 3f08aace'],
    ['bearer  token-2 ', 'token 0f6bffa9'],
  ])('lets "%s" in as %s', (authorization, sender) => {
    expect(ask({ users, tokens }, authorization)).toEqual({ sender, refused: 0 });
  });

  it.each([
    undefined,
    '',
    'Basic',
    basic('drain:old'),
    'Bearer old:secret',
    basic('token-1:x'),
    basic(':'),
    basic(''),
    '__proto__ token-1',
  ])('refuses "%s"', (authorization) => {
    expect(ask({ users, tokens }, authorization)).toMatchObject({ error: { status: 401 }, refused: 1 });
  });

  it.each<[auth: Partial<AuthConfig>, challenges: readonly string[]]>([
    [{ users }, ['Basic realm="statsdrain", charset="UTF-8"']],
    [{ tokens }, ['Bearer realm="statsdrain"']],
    [{ users, tokens }, ['Basic realm="statsdrain", charset="UTF-8"', 'Bearer realm="statsdrain"']],
  ])('says which credentials it takes: %#', (auth, challenges) => {
    const { error } = ask({ users: [], tokens: [], ...auth }, undefined);
    expect(error).toMatchObject({ headers: { 'www-authenticate': challenges } });
  });

  it('takes a token in "X-Api-Key", and nothing there where there is an "Authorization"', () => {
    const admit = (headers: Record<string, string>) =>
      createGate({ users, tokens }, () => undefined).admit({ headers } as unknown as IncomingMessage);
    expect(admit({ 'x-api-key': 'token-1' }).name).toBe('token 3f08aace');
    expect(() => admit({ 'x-api-key': 'token-3' })).toThrow('This needs');
    expect(() => admit({ 'x-api-key': 'token-1', authorization: 'Bearer token-3' })).toThrow('This needs');
  });

  it('gives what a credential stands for, by the same name wherever it stands in the list', () => {
    const tokenOfShop = { token: 'token-1', app: 'shop', prefixes: ['cart.'] };
    const request = { headers: { authorization: 'Bearer token-1' } } as IncomingMessage;
    for (const list of [
      [tokenOfShop, 'token-2'],
      ['token-2', tokenOfShop],
    ]) {
      const client = createGate({ users: [], tokens: list }, () => undefined).admit(request);
      expect(client).toEqual({ name: 'token 3f08aace', app: 'shop', prefixes: ['cart.'] });
    }
  });

  it('lets everyone in where nobody is named', () => {
    expect(ask({ users: [], tokens: [] }, 'Bearer x')).toEqual({ sender: 'anonymous', refused: 0 });
  });
});
