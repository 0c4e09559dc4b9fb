import { expect, it } from 'vitest';
import { jsonConsole, launch } from '../helper/process.ts';

it('a SIGHUP that comes while the server starts is not lost', async () => {
  const server = launch({ frontends: [{ type: 'udp', port: 0 }], backends: [jsonConsole] });
  await server.until('a line of the start', () => server.log.length > 1);
  server.signal('SIGHUP');
  await server.until('the reload', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));
  expect(await server.stop()).toBe(0);
});
