import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TappedLine } from '../../src/plugin.ts';

/** What the back-end of {@link writeTappingBackend} gives for each call of `lines`, and at the end. */
export interface TapAnswer {
  readonly lines?: readonly TappedLine[];
  readonly skipped?: number;
  readonly end?: string;
  readonly error?: string;
}

/** A back-end that serves `GET /tap?name=&frontend=&limit=` as lines of JSON; it ends a tap when its client goes. */
const code = `
import { createServer } from 'node:http';
export default {
  kind: 'backend',
  name: 'tapping',
  create(config, { server }) {
    const http = createServer((request, response) => {
      const query = new URL(request.url, 'http://localhost').searchParams;
      const given = new AbortController();
      response.on('close', () => given.abort());
      const tell = (answer) => response.write(JSON.stringify(answer) + '\\n');
      response.flushHeaders();
      server.tap({
        name: query.get('name') ?? '',
        frontend: query.get('frontend') ?? '',
        limit: Number(query.get('limit') ?? 100),
        signal: given.signal,
      }, (lines, { skipped }) => tell({ lines, skipped })).then(
        (end) => tell({ end }),
        (error) => tell({ error: error.message }),
      ).then(() => response.end());
    });
    return {
      send: async () => undefined,
      start: () => new Promise((resolve) => http.listen(0, '127.0.0.1', () => resolve(['http://127.0.0.1:' + http.address().port]))),
      stop: async () => {
        http.closeAllConnections();
        http.close();
      },
    };
  },
};
`;

/** Writes it to a folder; gives the block of the configuration that runs it. */
export function writeTappingBackend(folder: string): { readonly use: string } {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tapping.js'), code);
  return { use: './tapping.js' };
}

/** A tap of a running server. */
export interface OpenTap {
  readonly answers: readonly TapAnswer[];
  readonly lines: readonly TappedLine[];
  /** Waits until a condition holds; rejects after 10 s. */
  until(condition: () => boolean): Promise<void>;
  close(): void;
}

export async function openTap(port: number, query = ''): Promise<OpenTap> {
  const given = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/tap?${query}`, { signal: given.signal });
  const answers: TapAnswer[] = [];
  let look: () => void = () => undefined;
  async function read(): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop()!;
      answers.push(...parts.map((part) => JSON.parse(part) as TapAnswer));
      look();
    }
  }
  read().catch(() => undefined);
  return {
    answers,
    get lines() {
      return answers.flatMap(({ lines = [] }) => lines);
    },
    until: (condition) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not so after 10 s: ${JSON.stringify(answers)}`)), 10_000);
        look = () => {
          if (!condition()) return;
          clearTimeout(timer);
          resolve();
        };
        look();
      }),
    close: () => given.abort(),
  };
}
