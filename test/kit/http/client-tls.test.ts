import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { kit } from '../../../src/config/kit.ts';
import { clientTlsSetting, readClientTls } from '../../../src/kit/http/client-tls.ts';
import { poster } from '../../../src/kit/http/post.ts';
import { certificateFor } from '../../helper/certificate.ts';

const own = certificateFor('localhost');
const client = certificateFor('statsdrain');
const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function file(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const ca = file('ca.pem', own.cert);
const cert = file('cert.pem', client.cert);
const key = file('key.pem', client.key);
const otherKey = file('other-key.pem', own.key);

const inTime = () => AbortSignal.timeout(20_000);
const request = { path: '/write', contentType: 'text/plain', body: Buffer.from('x') };

/** Tells whose certificate it was shown. */
async function server() {
  const made = createServer(
    { ...own, ca: client.cert, requestCert: true, rejectUnauthorized: false },
    (asked, response) => {
      const { authorized } = asked.socket as TLSSocket;
      asked.resume().on('end', () => response.writeHead(authorized ? 204 : 403).end());
    },
  );
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    made.closeAllConnections();
    made.close();
  });
  return `https://localhost:${(made.address() as AddressInfo).port}`;
}

async function post(url: string, tls: object) {
  const made = poster({ url, tls });
  onTestFinished(made.close);
  return made.post(request, inTime());
}

describe('certificates for posting', () => {
  it('the server is known by a file, and knows the client by its own', async () => {
    const url = await server();
    expect(await post(url, {})).toMatchObject({ kind: 'retry', text: expect.stringContaining('SELF_SIGNED') });
    expect(await post(url, { ca })).toMatchObject({ kind: 'refused', text: expect.stringContaining('403') });
    expect(await post(url, { ca, cert, key })).toMatchObject({ kind: 'accepted' });
  });

  it.each([
    ['a file that is not there', { ca: '/none/ca.pem' }, /^cannot read "\/none\/ca\.pem": no such file; .*"tls\.ca"$/],
    ['a file of something else', { ca: key }, /holds no certificate in PEM form .*; correct "tls\.ca"$/],
    ['a certificate as the key', { cert, key: cert }, /holds no private key in PEM form .*; correct "tls\.key"$/],
    ['files that do not belong together', { cert, key: otherKey }, /cannot be used .*must belong together/],
  ])('%s is told, and no key', async (_, files, message) => {
    expect(() => readClientTls(files)).toThrow(message);
    const made = poster({ url: 'https://localhost:1', tls: files });
    await expect(made.open()).rejects.toThrow(message);
    expect((await made.post(request, inTime())).text.replace(/^POST https:\/\/localhost:1\/write: /, '')).toMatch(
      message,
    );
    await made.close();
  });

  it('a certificate needs its key', () => {
    const schema = clientTlsSetting(kit);
    expect(schema.safeParse({ cert }).error?.issues.map((issue) => issue.message)).toEqual([
      '"cert" and "key" go together; give both or none',
    ]);
    expect(schema.safeParse({ ca }).success).toBe(true);
    expect(schema.parse(undefined)).toBeUndefined();
  });
});
