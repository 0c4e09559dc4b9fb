import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';

/** Writes the packages whose CommonJS modules its thread has loaded: fastify and prom-client are such. */
const report = `
  import { writeFileSync } from 'node:fs';
  import { createRequire } from 'node:module';
  const loaded = () => {
    const files = Object.keys(createRequire(import.meta.url).cache);
    return [...new Set(files.map((file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1] ?? file))];
  };
  const write = (path) => writeFileSync(path, JSON.stringify(loaded()));`;

const plugins = {
  'frontend.mjs': `${report}
    const create = ({ path }) => ({ async start() { write(path); return []; }, async stop() {} });
    export default { kind: 'frontend', name: 'report', create };`,
  'backend.mjs': `${report}
    const create = ({ path }) => ({ async send() { write(path); } });
    export default { kind: 'backend', name: 'report', create };`,
};

/** The packages that each thread has loaded once a window was sent. */
async function loadedBy(frontends: readonly object[], backends: readonly object[]) {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries(plugins)) writeFileSync(join(folder, file), text);
  const paths = { main: join(folder, 'main.json'), dispatch: join(folder, 'dispatch.json') };
  const server = await startServer(
    {
      flushInterval: '200ms',
      frontends: [...frontends, { use: './frontend.mjs', path: paths.main }],
      backends: [...backends, jsonConsole, { use: './backend.mjs', path: paths.dispatch }],
    },
    { folder },
  );
  await server.until('two windows', () => server.windows.length >= 2);
  expect(await server.stop()).toBe(0);
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as string[];
  return { main: read(paths.main), dispatch: read(paths.dispatch) };
}

test('UDP and console load neither fastify nor prom-client, in no thread', async () => {
  const { main, dispatch } = await loadedBy([{ type: 'udp', port: 0 }], []);
  for (const name of ['fastify', 'prom-client']) {
    expect(main).not.toContain(name);
    expect(dispatch).not.toContain(name);
  }
});

test('the drain loads fastify and the page prom-client, each in its own thread only', async () => {
  const { main, dispatch } = await loadedBy([{ type: 'http', port: 0 }], [{ type: 'prometheus', port: 0 }]);
  expect([main.includes('fastify'), main.includes('prom-client')]).toEqual([true, false]);
  expect([dispatch.includes('fastify'), dispatch.includes('prom-client')]).toEqual([false, true]);
});
