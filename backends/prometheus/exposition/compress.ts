import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { preferencesOf } from './preferences.ts';

/** A value of `Content-Encoding`; of `identity` none is sent. */
export type Coding = 'gzip' | 'zstd' | 'identity';

/** What Node.js has since 22.15. */
interface Zstd {
  createZstdCompress(options: { readonly params: Readonly<Record<number, number>> }): Transform;
}
const { createZstdCompress } = zlib as typeof zlib & Partial<Zstd>;

/** `ZSTD_c_compressionLevel` of zstd.h. */
const FAST = { params: { 100: 1 } };

/** Undefined where Node.js has none. */
export const zstd: (() => Transform) | undefined =
  createZstdCompress === undefined ? undefined : () => createZstdCompress(FAST);

/** Of two that a client likes as much the first is taken: it is made of a page as it is held. */
const compressed: readonly Coding[] = zstd === undefined ? ['gzip'] : ['gzip', 'zstd'];

/** The best of what a client takes; a page that it does not take in any other way is sent as it is. */
export function negotiateCoding(acceptEncoding: string | undefined): Coding {
  const weights = new Map<string, number>();
  for (const { value, q } of preferencesOf(acceptEncoding ?? '')) weights.set(value.replace(/^x-gzip$/, 'gzip'), q);
  let best: Coding = 'identity';
  // Who does not name it takes it, but rather takes what he names.
  let weight = weights.get('identity') ?? 0;
  for (const coding of compressed) {
    const q = weights.get(coding) ?? weights.get('*') ?? 0;
    if (q > weight || (q === weight && q > 0 && best === 'identity')) {
      best = coding;
      weight = q;
    }
  }
  return best;
}
