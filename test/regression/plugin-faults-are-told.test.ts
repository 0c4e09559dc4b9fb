import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { jsonConsole, launch, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const frontends = [{ type: 'tcp', port: 0 }];

function folderWithPlugin(code: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mine.mjs'), code);
  return folder;
}

it.each([
  ['backend', 'send', {}],
  ['backend', 'send', { send: 1 }],
  ['backend', 'encode', { lanes: ['a'], deliver: 1 }],
  ['frontend', 'start', { stop: 'function' }],
] as const)('a %s without a function "%s" is refused at the start', async (kind, missing, made) => {
  const folder = folderWithPlugin(
    `export default { kind: '${kind}', name: 'mine', create: () => (${JSON.stringify(made)}) };`,
  );
  const mine = { use: './mine.mjs' };
  const blocks = kind === 'backend' ? { frontends, backends: [mine] } : { frontends: [mine], backends: [jsonConsole] };
  const server = launch({ flushInterval: '24h', ...blocks }, { folder });
  expect(await server.ended).toBe(69);
  expect(server.log.at(-1)?.msg).toMatch(
    new RegExp(`"mine": "create" of the plugin "mine" gave no .*-end: it has no function "${missing}"$`),
  );
});

it.each([
  ['a mistake', 'undefined.x', /TypeError: .* \(\S+\/mine\.mjs:2:\d+\)/],
  ['an error of its own', "(() => { throw new Error('boom'); })()", /boom \(\S+\/mine\.mjs:2:\d+\)/],
])('what a back-end throws is logged with file and line: %s', async (_, code, said) => {
  const folder = folderWithPlugin(`export default { kind: 'backend', name: 'mine', create: () => ({ async send() {
    ${code};
  } }) };`);
  const config = { flushInterval: '100ms', frontends, backends: [{ use: './mine.mjs' }] };
  const server = await startServer(config, { folder });
  await server.until('a warning', () => server.log.some(({ backend, msg }) => backend === 'mine' && said.test(msg)));
  await server.stop();
});

it('a Datadog key that is refused names "apiKey" and "site", and the end names who lost how much since the start', async () => {
  const intake = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(403).end('{"errors":["Forbidden"]}'));
  });
  const port = await new Promise<number>((resolve) => {
    intake.listen(0, '127.0.0.1', () => resolve((intake.address() as AddressInfo).port));
  });
  onTestFinished(() => void intake.close());
  const datadog = { type: 'datadog', apiKey: 'hunter2', url: `http://127.0.0.1:${port}` };
  const config = { flushInterval: '100ms', frontends, backends: [jsonConsole, datadog] };
  const server = await startServer(config);
  await sendStream(server.port('tcp'), 'a:1|c\n');
  await server.until('a refusal', () =>
    server.log.some(({ msg }) => msg.includes('"apiKey" is no API key of the server of "url"')),
  );
  await server.until('more windows', () => server.windows.length > 5);
  await server.stop();
  const last = server.log.at(-1);
  expect(last?.msg).toBe('stopped; windows were not delivered since the start');
  const [, lost] = /^datadog: (\d+)$/.exec(last?.backends?.join() ?? '') ?? [];
  expect(Number(lost)).toBeGreaterThan(3);
  expect(server.stderr).not.toContain('hunter2');
});

it('a back-end that a reload removed is counted too', async () => {
  const gone = createTcpServer();
  const port = await new Promise<number>((resolve) => {
    gone.listen(0, '127.0.0.1', () => resolve((gone.address() as AddressInfo).port));
  });
  gone.close();
  const config = { flushInterval: '100ms', shutdownTimeout: '200ms', frontends };
  const server = await startServer({ ...config, backends: [jsonConsole, { type: 'graphite', port }] });
  await server.until('windows', () => server.windows.length > 2);
  server.configure({ ...config, backends: [jsonConsole] });
  server.signal('SIGHUP');
  await server.until('the reload', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));
  await server.stop();
  expect(server.log.at(-1)?.backends?.join()).toMatch(/^graphite: \d+$/);
});
