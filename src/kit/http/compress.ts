import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';

const gzipped = promisify(gzip);
const deflated = promisify(deflate);

/** How a body is compressed on its way. */
export type Compression = 'gzip' | 'deflate' | 'none';

export interface Compressor {
  /** The value of `Content-Encoding`. */
  readonly encoding: string;
  compress(raw: Uint8Array): Promise<Uint8Array>;
}

/** `level`: 1 (fast) to 9 (small). Undefined for bodies that go as they are. */
export function compressor(compression: Compression, level: number): Compressor | undefined {
  switch (compression) {
    case 'gzip':
      return { encoding: 'gzip', compress: (raw) => gzipped(raw, { level }) };
    case 'deflate':
      return { encoding: 'deflate', compress: (raw) => deflated(raw, { level }) };
    case 'none':
      return undefined;
    default:
      return compression satisfies never;
  }
}
