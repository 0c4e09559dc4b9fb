import zlib from 'node:zlib';
import { preferencesOf } from './preferences.ts';

/** A value of `Content-Encoding`; of `identity` none is sent. */
export type Coding = 'gzip' | 'zstd' | 'identity';

type Params = { readonly params: Readonly<Record<number, number>> };

/** What Node.js has since 22.15. */
export interface Zstd {
  zstdCompress(bytes: Uint8Array, options: Params, done: (error: Error | null, coded: Buffer) => void): void;
  zstdCompressSync(bytes: Uint8Array, options: Params): Buffer;
}

const { zstdCompress, zstdCompressSync } = zlib as typeof zlib & Partial<Zstd>;

/** Undefined where Node.js has none. */
export const zstd: Zstd | undefined =
  zstdCompress === undefined || zstdCompressSync === undefined ? undefined : { zstdCompress, zstdCompressSync };

/** Of two that a client likes as much the first is taken: most pages are held as what gzip is made of. */
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
