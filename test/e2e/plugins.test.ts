import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonConsole, runCommand, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

/** A folder with both examples as files beside the configuration. */
function byPath(): { folder: string; frontend: string; backend: string } {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  copyFileSync(example('my-frontend.js'), join(folder, 'my-frontend.js'));
  copyFileSync(example('my-backend.js'), join(folder, 'my-backend.js'));
  return { folder, frontend: './my-frontend.js', backend: './my-backend.js' };
}

/** A folder with both examples as installed packages, one of them with a scope. */
function byPackage(): { folder: string; frontend: string; backend: string } {
  const folder = temporaryFolder();
  for (const [name, file] of [
    ['statsdrain-load', 'my-frontend.js'],
    ['@acme/statsdrain-counters', 'my-backend.js'],
  ] as const) {
    const home = join(folder, 'node_modules', name);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
    copyFileSync(example(file), join(home, 'index.js'));
  }
  return { folder, frontend: 'statsdrain-load', backend: '@acme/statsdrain-counters' };
}

test.for([
  ['path', byPath],
  ['package name', byPackage],
] as const)('the examples run as a front-end and a back-end by %s', async ([, install]) => {
  const { folder, frontend, backend } = install();
  const config = {
    flushInterval: '200ms',
    frontends: [
      { use: frontend, every: '50ms' },
      { type: 'tcp', port: 0 },
    ],
    backends: [jsonConsole, { use: backend, path: 'counters.txt' }],
  };
  const server = await startServer(config, { folder });
  const ready = server.log.find(({ msg }) => msg === 'ready');
  expect(ready?.frontends?.map((line) => line.split(' ')[0])).toEqual(['load', 'tcp']);
  expect(ready?.backends).toEqual(['console', 'counters-file']);

  await sendStream(server.port('tcp'), 'hits:3|c|#page:home');
  await server.until('the counter', () => server.total('hits') === 3);
  await server.until('a sample', () => server.total('statsdrain.lines.aggregated', 'frontend:load') >= 3);
  expect(await server.stop()).toBe(0);
  const loads = server.entries.filter(({ name }) => name === 'host.load');
  expect(new Set(loads.map(({ tags }) => tags?.[0]))).toEqual(new Set(['minutes:1', 'minutes:5', 'minutes:15']));
  expect(loads.every(({ type, value = -1 }) => type === 'gauge' && value >= 0)).toBe(true);
  const rows = readFileSync(join(folder, 'counters.txt'), 'utf8').split('\n');
  expect(rows.filter((row) => /^\S+Z hits page:home 3$/.test(row))).toHaveLength(1);
});

test('the schema of a plugin judges its keys, before anything starts', async () => {
  const { folder, frontend, backend } = byPath();
  const config = { frontends: [{ use: frontend, evry: 1 }], backends: [{ use: backend }] };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const { code, stderr } = await runCommand(['config.json'], folder);
  expect(code).toBe(78);
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/frontends\[0\]\.evry.*"every"/);
  expect(lines[1]).toContain('backends[0].path');
});

test('a plugin that is not there is one line with the place to install it', async () => {
  const folder = temporaryFolder();
  const config = {
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [{ use: 'statsdrain-none' }, { use: './none.js' }],
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const { code, stderr } = await runCommand(['check', 'config.json'], folder);
  expect(code).toBe(78);
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/backends\[0\]\.use.*npm install statsdrain-none/);
  expect(lines[1]).toMatch(/backends\[1\]\.use.*none\.js/);
});
