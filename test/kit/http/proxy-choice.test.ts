import { describe, expect, it } from 'vitest';
import { chooseProxy, type ProxySetting, parseProxy } from '../../../src/kit/http/proxy-choice.ts';

/** The origin of the chosen proxy, how it cannot be used, or undefined. */
function choice(url: string, setting: ProxySetting, env: NodeJS.ProcessEnv): string | undefined {
  const chosen = chooseProxy(new URL(url), setting, env);
  switch (chosen.kind) {
    case 'direct':
      return undefined;
    case 'proxy':
      return chosen.proxy.origin;
    case 'unusable':
      return chosen.reason;
    default:
      return chosen satisfies never;
  }
}

const secure = 'https://api.example.com';
const plain = 'http://db.example.com:8086';
const a = 'http://a.test:3128';
const b = 'http://b.test:3128';
const both = { https_proxy: a, http_proxy: b };

describe('the environment', () => {
  it.each<[string, NodeJS.ProcessEnv, string | undefined]>([
    [secure, {}, undefined],
    [secure, both, a],
    [plain, both, b],
    [secure, { HTTPS_PROXY: a, HTTP_PROXY: b }, a],
    [plain, { HTTPS_PROXY: a, HTTP_PROXY: b }, b],
    [secure, { HTTP_PROXY: b }, undefined],
    [plain, { HTTPS_PROXY: a }, undefined],
    [secure, { https_proxy: a, HTTPS_PROXY: b }, a],
    [secure, { https_proxy: '', HTTPS_PROXY: b }, undefined],
    [secure, { HTTPS_PROXY: ' ' }, undefined],
    [secure, { HTTPS_PROXY: 'a.test:3128' }, a],
    [secure, { HTTPS_PROXY: 'user:word@a.test:3128' }, a],
    [secure, { HTTPS_PROXY: 'https://a.test/' }, 'https://a.test'],
    [secure, { ...both, no_proxy: 'example.com' }, undefined],
    [secure, { ...both, NO_PROXY: 'example.com' }, undefined],
    [secure, { ...both, no_proxy: '', NO_PROXY: 'example.com' }, a],
    [secure, { ...both, NO_PROXY: 'other.test' }, a],
    ['http://10.1.2.3', { ...both, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['http://127.0.0.1:8086', both, undefined],
    ['https://localhost', both, undefined],
    ['http://[::1]:8086', both, undefined],
  ])('%s with %j: %s', (url, env, want) => {
    expect(choice(url, undefined, env)).toBe(want);
  });

  it.each<[string, NodeJS.ProcessEnv, string | undefined]>([
    [secure, { ...both, X_HTTPS: 'http://c.test:1' }, 'http://c.test:1'],
    [plain, { ...both, X_HTTP: 'c.test:1' }, 'http://c.test:1'],
    [plain, { ...both, X_HTTPS: 'http://c.test:1' }, b],
    [secure, { ...both, X_HTTPS: '' }, undefined],
    [secure, { X_HTTPS: a, X_NO_PROXY: 'other.test example.com' }, undefined],
    [secure, { X_HTTPS: a, X_NO_PROXY: '', NO_PROXY: 'example.com' }, a],
    [secure, { X_HTTPS: 'socks5://c.test' }, 'the environment variable X_HTTPS is not the URL of an HTTP proxy'],
  ])('D25 %s with %j, where variables with X_ come first: %s', (url, env, want) => {
    const chosen = chooseProxy(new URL(url), undefined, env, 'X_');
    if (chosen.kind === 'unusable') expect(chosen.reason).toContain(want);
    else expect(chosen.kind === 'proxy' ? chosen.proxy.origin : undefined).toBe(want);
    expect(choice(url, b, env)).toBe(b);
  });

  it.each(['socks5://user:word@a.test', 'http://', 'http://a.test/path', '://'])(
    '%s is told as the name of the variable, and how to mend it',
    (given) => {
      expect(choice(secure, undefined, { HTTPS_PROXY: given })).toBe(
        'the environment variable HTTPS_PROXY is not the URL of an HTTP proxy; write "http://host:port" or "https://host:port", or set "proxy" of this back-end to false',
      );
      expect(choice(plain, undefined, { HTTPS_PROXY: given })).toBeUndefined();
    },
  );
});

describe('the setting of a back-end', () => {
  it.each<[string, ProxySetting, string | undefined]>([
    [secure, b, b],
    ['http://127.0.0.1:8086', b, b],
    [secure, '', undefined],
    [secure, false, undefined],
  ])('is all that counts: %s with %j: %s', (url, setting, want) => {
    expect(choice(url, setting, { ...both, NO_PROXY: '*' })).toBe(want);
  });
});

describe('the URL of a proxy', () => {
  it.each([
    ['http://a.test:3128', { origin: 'http://a.test:3128', authorization: undefined, secrets: [] }],
    ['https://A.test', { origin: 'https://a.test', authorization: undefined }],
    ['http://[fd00::1]:3128/', { origin: 'http://[fd00::1]:3128' }],
    ['http://user:word@a.test:3128', { origin: 'http://a.test:3128', authorization: 'Basic dXNlcjp3b3Jk' }],
    ['http://user@a.test', { origin: 'http://a.test', authorization: 'Basic dXNlcjo=' }],
    ['http://us%40er:w%C3%B6rd@a.test', { authorization: 'Basic dXNAZXI6d8O2cmQ=' }],
  ])('%s', (text, want) => {
    expect(parseProxy(text)).toMatchObject(want);
  });

  it('names what no text may show', () => {
    const { secrets = [] } = parseProxy('http://us%40er:w%C3%B6rd@a.test') ?? {};
    expect([...secrets].sort()).toEqual(['dXNAZXI6d8O2cmQ=', 'us%40er', 'us@er', 'w%C3%B6rd', 'wörd'].sort());
  });

  it.each([
    '',
    'a.test:3128',
    'ftp://a.test',
    'http://a.test/x',
    'http://a.test/?x',
    'http://a.test#x',
    'http://u:%zz@a',
  ])('%j is none', (text) => {
    expect(parseProxy(text)).toBeUndefined();
  });
});
