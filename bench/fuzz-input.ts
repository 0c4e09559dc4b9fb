import { deflateSync, gzipSync } from 'node:zlib';

/** Input that depends on nothing but a seed. */
export interface Fuzzer {
  below(limit: number): number;
  /** Bytes of one datagram, or of what a frame holds. */
  packet(): Buffer;
  body(): { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly bytes: Buffer };
}

const GOOD = [
  'page.views:1|c',
  'page.views:1|c|@0.1|#env:prod,region:eu',
  'depth:7|g',
  'depth:-2|g',
  'query:12.5|ms',
  'size:1:2:3|h|#a:b',
  'latency:3.2|d|@0.5',
  'users:alice|s',
  'a:1|c:2|c',
  'a;env=prod:1|c',
  '_e{5,4}:title|text|#a:b',
  '_sc|db|0|m:no answer',
  'late:1|c|T1657100430',
  'id:1|c|c:ci-abc|e:x',
] as const;
const LOG_LINES = ['at=info count#a=2 source=eu', 'measure#db=12.5ms sample#mem=1.5MB', 'plain text'] as const;
const SIGNS = [
  ':',
  '|',
  '#',
  '@',
  ',',
  ';',
  '=',
  '{',
  '}',
  '-',
  '+',
  '.',
  'e',
  '\n',
  '\r',
  '\0',
  'é',
  '__proto__',
  '1e999',
  'NaN',
];

/** Mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function createFuzzer(seed: number): Fuzzer {
  const random = randomOf(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(some: readonly T[]): T => some[below(some.length)]!;
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));

  function mutated(line: string): string {
    let text = line;
    for (let times = below(4); times > 0; times--) {
      const at = below(text.length + 1);
      const cut = below(3);
      text = text.slice(0, at) + (below(2) === 0 ? oneOf(SIGNS) : '') + text.slice(at + cut);
    }
    return text;
  }

  function packet(): Buffer {
    const kind = below(100);
    if (kind < 10) return noise(below(200));
    if (kind === 10) return Buffer.alloc(below(20_000), oneOf(['a', 'a:', '|', ',x', '\n', ':1|c\n']));
    const lines = Array.from({ length: 1 + below(5) }, () => (below(3) === 0 ? oneOf(GOOD) : mutated(oneOf(GOOD))));
    return Buffer.from(lines.join('\n'));
  }

  const frame = () => {
    const text = `<${below(200)}>1 2026-01-01T00:00:00+00:00 host app web.${below(9)} - ${mutated(oneOf(LOG_LINES))}\n`;
    return `${Buffer.byteLength(text) + (below(20) === 0 ? below(9) - 4 : 0)} ${text}`;
  };

  function payload(): { path: string; headers: Record<string, string>; bytes: Buffer } {
    const count = 1 + below(20);
    switch (below(3)) {
      case 0:
        return { path: '/statsd', headers: {}, bytes: packet() };
      case 1:
        return {
          path: '/logs',
          headers: { 'content-type': 'application/logplex-1', 'logplex-msg-count': String(count) },
          bytes: Buffer.from(Array.from({ length: count }, frame).join('')),
        };
      default:
        return { path: '/logs', headers: {}, bytes: Buffer.from(mutated(oneOf(LOG_LINES))) };
    }
  }

  return {
    below,
    packet,
    body() {
      const { path, headers, bytes } = payload();
      switch (below(10)) {
        case 0:
          return { path, headers: { ...headers, 'content-encoding': 'gzip' }, bytes: gzipSync(bytes) };
        case 1:
          return { path, headers: { ...headers, 'content-encoding': 'deflate' }, bytes: deflateSync(bytes) };
        case 2: {
          const packed = gzipSync(bytes);
          packed[below(packed.length)]! ^= 1 + below(255);
          return {
            path,
            headers: { ...headers, 'content-encoding': 'gzip' },
            bytes: packed.subarray(0, 1 + below(packed.length)),
          };
        }
        case 3:
          return {
            path,
            headers: { ...headers, 'content-encoding': oneOf(['br', 'gzip, gzip', '__proto__', 'gzip']) },
            bytes,
          };
        case 4:
          return below(50) > 0
            ? { path, headers, bytes }
            : {
                path,
                headers: { ...headers, 'content-encoding': 'gzip' },
                bytes: gzipSync(Buffer.alloc(16 * 2 ** 20)),
              };
        default:
          return { path, headers, bytes };
      }
    },
  };
}
