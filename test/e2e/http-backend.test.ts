import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { jsonConsole, startServer } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const TOKEN = 't0ps3cret';
const example = fileURLToPath(new URL('../../examples/http-backend.js', import.meta.url));

interface Line {
  readonly time: number;
  readonly type: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly value: number;
}

interface Post {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly lines: readonly Line[];
  readonly status: number;
}

/** Answers its first request with 503 and lines of `bad` with 400. */
async function sink() {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const text = gunzipSync(Buffer.concat(chunks)).toString();
      const lines = text.split('\n').map((line) => JSON.parse(line) as Line);
      const refused = lines.some(({ name }) => name === 'bad');
      const status = posts.length === 0 ? 503 : refused ? 400 : 204;
      posts.push({ method, url, headers, lines, status });
      response.writeHead(status).end(status === 400 ? `bad line, Bearer ${TOKEN}` : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts };
}

test('the example of an HTTP back-end has at most 25 lines of code', () => {
  const code = readFileSync(example, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*(?:\/\/|\/\*\*.*\*\/$)/.test(line));
  expect(code.length).toBeLessThanOrEqual(25);
  for (const line of code) expect(line.length).toBeLessThanOrEqual(120);
});

test('it posts every counter and gauge once, tries again what was not taken, and loses only what is refused', async () => {
  const { url, posts } = await sink();
  const server = await startServer({
    flushInterval: '100ms',
    retry: { min: '10ms', max: '50ms' },
    selfMetrics: true,
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [jsonConsole, { use: example, url: `${url}/metrics/in`, token: TOKEN }],
  });
  await sendStream(
    server.port('tcp'),
    'hits:3|c|#env:prod,web\n"quoted" \\ köln:5|c\nbad:1|c\ndepth:-7.5|g\nslow:3|ms\n__proto__:2|g\n',
  );
  const taken = () => posts.filter(({ status }) => status === 204).flatMap(({ lines }) => lines);
  await server.until('the loss', () => server.total('statsdrain.backend.lost_items', 'reason:rejected') > 0);
  await server.until('the others', () =>
    ['hits', '__proto__'].every((name) => taken().some((line) => line.name === name)),
  );
  expect(await server.stop()).toBe(0);

  for (const { method, url: path, headers } of posts) {
    expect([method, path, headers.authorization]).toEqual(['POST', '/metrics/in', `Bearer ${TOKEN}`]);
    expect([headers['content-type'], headers['content-encoding']]).toEqual(['application/x-ndjson', 'gzip']);
  }
  const again = posts.slice(1).filter(({ lines }) => JSON.stringify(lines) === JSON.stringify(posts[0]!.lines));
  expect(again).toHaveLength(1);
  const own = taken().filter(({ name }) => !name.startsWith('statsdrain.'));
  const of = (wanted: string) => own.filter(({ name }) => name === wanted);
  const time = expect.any(Number);
  expect(of('hits')).toEqual([{ time, type: 'counter', name: 'hits', tags: ['env:prod', 'web'], value: 3 }]);
  expect(of('"quoted" \\ köln')).toEqual([{ time, type: 'counter', name: '"quoted" \\ köln', tags: [], value: 5 }]);
  expect(of('depth')).toEqual([{ time, type: 'gauge', name: 'depth', tags: [], value: -7.5 }]);
  expect(of('__proto__')).toEqual([{ time, type: 'gauge', name: '__proto__', tags: [], value: 2 }]);
  expect(own).toHaveLength(4);
  expect(server.total('statsdrain.backend.lost_items', 'reason:rejected')).toBe(1);
  expect(server.stderr).toContain('1 lost, the first is \\"bad\\"');
  expect(server.stderr + server.stdout).not.toContain(TOKEN);
});
