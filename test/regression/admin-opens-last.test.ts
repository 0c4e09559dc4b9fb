import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { jsonConsole, launch, temporaryFolder } from '../helper/process.ts';

/** Whether somebody listens on a port of the loopback. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

it('whoever waits for the admin interface finds all front-ends open', async () => {
  const folder = temporaryFolder();
  const opened = join(folder, 'opened');
  const code = `import { writeFileSync } from 'node:fs';
    export default { kind: 'frontend', name: 'slow', create: () => ({ async stop() {}, async start() {
      await new Promise((resolve) => setTimeout(resolve, 700));
      writeFileSync(${JSON.stringify(opened)}, '');
      return [];
    } }) };`;
  writeFileSync(join(folder, 'slow.mjs'), code);
  const port = await freePort();
  const config = { frontends: [{ use: './slow.mjs' }], backends: [jsonConsole], admin: { port } };
  const server = launch(config, { folder });
  while (!(await listens(port))) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(existsSync(opened)).toBe(true);
  await server.until('the line "ready"', () => server.log.some(({ msg }) => msg === 'ready'));
  expect(await server.stop()).toBe(0);
});
