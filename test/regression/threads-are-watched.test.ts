import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonConsole, launch, type Server, startServer, temporaryFolder } from '../helper/process.ts';

const frontends = [{ type: 'udp', port: 0 }];
const says = (server: Server, text: string) => server.log.some(({ msg }) => msg.includes(text));

function folderWith(send: string, extra = ''): string {
  const folder = temporaryFolder();
  const code = `export default { kind: 'backend', name: 'odd', create: () => ({ async send() { ${send} } ${extra} }) };`;
  writeFileSync(join(folder, 'odd.mjs'), code);
  return folder;
}

describe('the dispatch thread', () => {
  it.each([
    ['is ended by a plug-in', 'setTimeout(() => process.exit(0), 500);', 'ended with code 0'],
    ['dies of an error that nobody catches', "setTimeout(() => { throw new Error('odd'); }, 500);", 'odd'],
    ['hangs', 'setTimeout(() => { for (;;); }, 500);', 'has not answered for'],
  ])(
    'that %s ends the process with 1',
    async (_, send, reason) => {
      const backends = [jsonConsole, { use: './odd.mjs' }];
      const server = launch({ flushInterval: '200ms', frontends, backends }, { folder: folderWith(send) });
      expect(await server.ended).toBe(1);
      expect(says(server, 'the dispatch thread failed')).toBe(true);
      expect(says(server, reason)).toBe(true);
    },
    60_000,
  );
});

it('a dispatch thread that hangs while the server starts ends the process with 1', async () => {
  const folder = temporaryFolder();
  const code = `export default { kind: 'backend', name: 'odd', create: () => ({ async start() { for (;;); }, async send() {} }) };`;
  writeFileSync(join(folder, 'odd.mjs'), code);
  const server = launch({ flushInterval: '200ms', frontends, backends: [{ use: './odd.mjs' }] }, { folder });
  expect(await server.ended).toBe(1);
  expect(says(server, 'has not answered for')).toBe(true);
}, 60_000);

describe('SIGTERM', () => {
  it.each([
    ['a back-end that hangs in an endless loop', 'setTimeout(() => { for (;;); }, 500);', ''],
    ['a back-end that never stops', '', ', stop: () => new Promise(() => {})'],
  ])('ends the process with %s', async (_, send, extra) => {
    const config = { flushInterval: '200ms', shutdownTimeout: '0ms', frontends, backends: [{ use: './odd.mjs' }] };
    const server = await startServer(config, { folder: folderWith(send, extra) });
    if (send !== '') await new Promise((resolve) => setTimeout(resolve, 1500));
    const started = performance.now();
    const code = await server.stop();
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(code).toBe(send === '' ? 0 : 1);
  });

  it('ends the process with a front-end that never stops, and sends the last window', async () => {
    const folder = temporaryFolder();
    const code = `export default { kind: 'frontend', name: 'odd', create: (_, intake) => ({
      start: async () => { intake.lines(Buffer.from('last:1|c')); return []; }, stop: () => new Promise(() => {}) }) };`;
    writeFileSync(join(folder, 'odd.mjs'), code);
    const config = { flushInterval: '60s', frontends: [{ use: './odd.mjs' }], backends: [jsonConsole] };
    const server = await startServer(config, { folder });
    expect(await server.stop()).toBe(0);
    expect(server.total('last')).toBe(1);
    expect(says(server, 'did not stop cleanly')).toBe(true);
  });
});

it('a main thread that hangs is noticed', async () => {
  const folder = temporaryFolder();
  const code = `export default { kind: 'frontend', name: 'odd', create: () => ({
    start: async () => { setTimeout(() => { for (;;); }, 500); return []; }, stop: async () => {} }) };`;
  writeFileSync(join(folder, 'odd.mjs'), code);
  const config = { flushInterval: '200ms', frontends: [{ use: './odd.mjs' }], backends: [jsonConsole] };
  const server = await startServer(config, { folder });
  expect(await server.ended).toBe('SIGKILL');
  expect(says(server, 'the main thread has done nothing')).toBe(true);
}, 60_000);
