import { afterEach, describe, expect, it, vi } from 'vitest';
import { kit } from '../../../src/config/kit.ts';
import { destination, headerSecret, httpSettings } from '../../../src/kit/http/client-settings.ts';

const schema = kit.z.strictObject(httpSettings(kit));
const url = 'http://127.0.0.1:8086';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the keys that posting back-ends share', () => {
  it('have defaults but for the URL', () => {
    expect(schema.parse({ url })).toEqual({ url, compression: 'gzip', compressionLevel: 3 });
    expect(schema.safeParse({}).success).toBe(false);
  });

  it.each([
    'http://proxy.example:3128',
    'https://proxy.example',
    'http://user:word@proxy.example:3128',
    'http://user@[fd00::1]:3128/',
    '',
    false,
  ])('proxy may be %j', (proxy) => {
    expect(schema.parse({ url, proxy })).toMatchObject({ proxy });
  });

  it.each([
    true,
    null,
    3128,
    'proxy.example:3128',
    'socks5://proxy.example',
    'http://proxy.example/x',
    'http://u:%zz@p',
  ])('proxy may not be %j', (proxy) => {
    const { error } = schema.safeParse({ url, proxy });
    expect(error?.issues.map(({ message }) => message)).toEqual([
      'must be the URL of an HTTP proxy, such as "http://user:password@proxy.example:3128", or false for none',
    ]);
  });
});

it.each(['k3y', '!~'])('%j may be a token', (token) => {
  expect(headerSecret(kit, 'a token').safeParse(token).success).toBe(true);
});

it.each(['', 'a b', 'a\n', 'schlüssel'])('%j may be no token', (token) => {
  expect(headerSecret(kit, 'a token').safeParse(token).success).toBe(false);
});

describe('the destination', () => {
  it.each([
    ['http://10.0.0.1:8086/x/', undefined, 'http://10.0.0.1:8086/x'],
    [
      'https://api.test',
      'http://user:word@proxy.test:3128',
      'https://api.test through the proxy http://proxy.test:3128',
    ],
    ['https://api.test', false, 'https://api.test'],
  ] as const)('%s with %j is %s', (given, proxy, text) => {
    expect(destination({ url: given, proxy })).toBe(text);
  });

  it('tells of the environment, without what it holds where that is no proxy', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://user:word@proxy.test');
    expect(destination({ url: 'https://api.test' })).toBe('https://api.test through the proxy http://proxy.test');
    vi.stubEnv('HTTPS_PROXY', 'socks5://user:word@proxy.test');
    expect(destination({ url: 'https://api.test' })).toMatch(
      /^https:\/\/api.test through no proxy yet: the environment variable HTTPS_PROXY is not [^@]*$/,
    );
  });
});
