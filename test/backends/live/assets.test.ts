import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAssets } from '../../../backends/live/assets.ts';

let folder: string;
let close: () => void = () => undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
});

afterEach(() => {
  close();
  rmSync(folder, { recursive: true });
});

async function serve(from: string): Promise<string> {
  const assets = readAssets(from);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!assets.answer(request.url ?? '', request, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('assets', () => {
  it('are the files of the folder, each with its type, as they were when they were read', async () => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html>');
    writeFileSync(join(folder, 'app.js'), 'let a;');
    writeFileSync(join(folder, 'style.css'), 'a {}');
    writeFileSync(join(folder, 'secret.key'), 'no');
    mkdirSync(join(folder, 'inner.js'));
    const url = await serve(folder);
    writeFileSync(join(folder, 'app.js'), 'changed');
    const found = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, response.headers.get('content-type'), await response.text()];
    };
    expect(await found('/')).toEqual([200, 'text/html; charset=utf-8', '<!doctype html>']);
    expect(await found('/assets/app.js')).toEqual([200, 'text/javascript; charset=utf-8', 'let a;']);
    expect(await found('/assets/style.css')).toEqual([200, 'text/css; charset=utf-8', 'a {}']);
    for (const path of [
      '/assets/secret.key',
      '/assets/inner.js',
      '/assets/',
      '/assets/index.html',
      '/assets/../app.js/',
    ])
      expect((await found(path))[0], path).not.toBe(200);
    expect((await found('/other'))[0]).toBe(418);
  });

  it('are not sent again while they are the same', async () => {
    writeFileSync(join(folder, 'index.html'), 'page');
    const url = await serve(folder);
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await fetch(url, { headers: { 'if-none-match': `"other", ${etag}` } });
    expect(again.status).toBe(304);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '4', '']);
  });

  it.each(['missing', ''])('say how to make them where there is no page (folder %j)', async (name) => {
    const url = await serve(name === '' ? folder : join(folder, name));
    const response = await fetch(`${url}/`);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });
});
