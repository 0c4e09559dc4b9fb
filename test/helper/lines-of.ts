import type { Readable } from 'node:stream';

/** Calls `take` with each line of a stream, the tail too, and `after` once for each chunk. */
export function linesOf(stream: Readable, take: (line: string) => void, after: () => void): void {
  let tail = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (tail + chunk).split('\n');
    tail = lines.pop() ?? '';
    for (const line of lines) take(line);
    after();
  });
  stream.on('end', () => {
    if (tail !== '') take(tail);
    tail = '';
    after();
  });
}
