import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';
import { baseUrl, baseUrlRule } from './base-url.ts';
import { type ClientTlsFiles, clientTlsSetting } from './client-tls.ts';
import { COMPRESSION_LEVEL, type Compression, hasZstd } from './compress.ts';
import { chooseProxy, type ProxySetting, parseProxy } from './proxy-choice.ts';

/** The keys that a back-end that posts to any server has in common with others. Spread {@link httpSettings} into a schema. */
export interface HttpSettings {
  readonly url: string;
  readonly proxy?: ProxySetting;
  readonly compression: Compression;
  /** 1 (fast) to 9 (small). */
  readonly compressionLevel: number;
  readonly tls?: ClientTlsFiles | undefined;
}

/** `kit` is what `config` of a plugin is given. */
export function httpSettings(kit: ConfigKit) {
  return {
    url: urlSetting(kit).describe('Base URL of the server.'),
    proxy: proxySetting(kit),
    tls: clientTlsSetting(kit),
    compression: compressionSetting(kit),
    compressionLevel: compressionLevelSetting(kit),
  };
}

/** The base URL of a server. */
export function urlSetting({ z }: ConfigKit): z.ZodType<string> {
  return z.string().refine((text) => baseUrl(text) !== undefined, baseUrlRule);
}

/** The key `proxy`. Its value may hold a password, and is quoted nowhere. */
export function proxySetting(kit: ConfigKit): z.ZodType<ProxySetting> {
  const { z } = kit;
  const rule = 'must be the URL of an HTTP proxy, such as "http://user:password@proxy.example:3128", or false for none';
  const url = kit.secret().refine((text) => parseProxy(text) !== undefined, rule);
  return z
    .union([url, z.literal(''), z.literal(false)], rule)
    .optional()
    .describe(
      'Proxy to send through: "http://user:password@host:port", or false for none. Default: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.',
    );
}

/** A secret that goes into a header as it is, such as a token. `what` names it in messages. */
export function headerSecret(kit: ConfigKit, what: string): z.ZodType<string> {
  return kit
    .secret()
    .refine((text) => /^[\x21-\x7e]+$/.test(text), `has blanks or other characters that ${what} never has`);
}

export function compressionSetting({ z }: ConfigKit): z.ZodType<Compression> {
  return z
    .enum(['gzip', 'deflate', 'zstd', 'none'])
    .refine((compression) => compression !== 'zstd' || hasZstd, '"zstd" needs Node.js 22.15 or later; choose "gzip"')
    .default('gzip')
    .describe('Content encoding of request bodies; "zstd" with Node.js 22.15 or later, where the server takes it.');
}

export function compressionLevelSetting({ z }: ConfigKit): z.ZodType<number> {
  return z
    .int()
    .min(1)
    .max(9)
    .default(COMPRESSION_LEVEL)
    .describe('Effort of the compression, from 1 (fast) to 9 (small).');
}

/** Where requests go and through which proxy, as `describe` of a plugin can say it: no secret is in it. */
export function destination({ url, proxy }: Pick<HttpSettings, 'url' | 'proxy'>, proxyPrefix?: string): string {
  const base = baseUrl(url);
  if (base === undefined) return 'an unusable URL';
  const choice = chooseProxy(new URL(base), proxy, process.env, proxyPrefix);
  switch (choice.kind) {
    case 'direct':
      return base;
    case 'proxy':
      return `${base} through the proxy ${choice.proxy.origin}`;
    case 'unusable':
      return `${base} through no proxy yet: ${choice.reason}`;
    default:
      return choice satisfies never;
  }
}
