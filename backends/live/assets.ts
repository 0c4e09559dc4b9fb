import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { answerText } from '../../src/kit/http/answer.ts';
import { packageRoot } from '../../src/kit/package.ts';

/** Where `npm run build` puts what browsers load. */
const FOLDER = ['dist', 'backends', 'live', 'public'];
const INDEX = 'index.html';
/** Of the folder. Others are not served, whatever lies there. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

export interface Assets {
  /** Answers `GET` and `HEAD` of `/` and `/assets/…`; false where the path is none of these. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean;
}

/** Reads all files of the folder into memory. Without the folder, or its page, every answer says how to make them. */
export function readAssets(folder = join(packageRoot(), ...FOLDER)): Assets {
  const assets = new Map<string, Asset>();
  for (const name of filesOf(folder)) {
    const type = TYPES.get(extname(name));
    if (type === undefined) continue;
    const body = readFileSync(join(folder, name));
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    assets.set(name === INDEX ? '/' : `/assets/${name}`, { type, body, etag });
  }
  return {
    answer(path, request, response) {
      if (path !== '/' && !path.startsWith('/assets/')) return false;
      const asset = assets.get(path);
      if (asset !== undefined) answerAsset(asset, request, response);
      else if (!assets.has('/'))
        answerText(response, 503, 'The page is not built; run "npm run build". The API is at /api/status.');
      else answerText(response, 404, 'Not found. The page is at /');
      return true;
    },
  };
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function answerAsset({ type, body, etag }: Asset, request: IncomingMessage, response: ServerResponse): void {
  // Asked again each time, and not sent again while it is the same: another version of the server has other files.
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', etag);
  if ((request.headers['if-none-match'] ?? '').split(/\s*,\s*/).includes(etag)) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
