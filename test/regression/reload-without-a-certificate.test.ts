import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { certificateFor } from '../helper/certificate.ts';
import { jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const example = fileURLToPath(new URL('../../examples/http-backend.js', import.meta.url));

test('what waits for a server with a new certificate outlasts a reload at which the file of certificates is gone', async () => {
  const [known, renewed] = [certificateFor('localhost'), certificateFor('localhost')];
  const names: string[] = [];
  const sink = createServer(renewed, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      for (const line of gunzipSync(Buffer.concat(chunks)).toString().split('\n')) {
        names.push((JSON.parse(line) as { name: string }).name);
      }
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    sink.closeAllConnections();
    sink.close();
  });
  const folder = temporaryFolder();
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, known.cert);
  const url = `https://localhost:${(sink.address() as AddressInfo).port}`;
  const config = (token: string) => ({
    flushInterval: '200ms',
    retry: { min: '20ms', max: '200ms' },
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [jsonConsole, { use: example, url, token, tls: { ca: './ca.pem' } }],
  });
  const server = await startServer(config('one'), { folder });
  await sendStream(server.port('tcp'), 'waiting:1|c\n');
  await server.until('the window of the line', () => server.total('waiting') === 1);
  await server.until('a refusal', () => server.log.some(({ msg }) => msg.includes('DEPTH_ZERO_SELF_SIGNED_CERT')));

  rmSync(ca);
  server.configure(config('two'));
  server.signal('SIGHUP');
  await server.until('the end of the back-end', () => server.log.some(({ msg }) => msg.includes('cannot go on')));
  expect(server.log.find(({ msg }) => msg.includes('cannot go on'))!.msg).toMatch(
    /ca\.pem": no such file; put it there/,
  );
  await server.until('the reload', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));

  writeFileSync(ca, renewed.cert);
  server.signal('SIGHUP');
  await server.until(
    'the next reload',
    () => server.log.filter(({ msg }) => msg === 'configuration reloaded').length > 1,
  );
  await expect.poll(() => names.filter((name) => name === 'waiting').length, { timeout: 10_000 }).toBe(1);
  expect(await server.stop()).toBe(0);
  expect(names.filter((name) => name === 'waiting')).toHaveLength(1);
  expect(server.log.some(({ msg }) => msg.startsWith('stopped; windows were not delivered'))).toBe(false);
});
