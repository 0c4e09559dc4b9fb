import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';
import { canTrace, failing } from '../helper/strace.ts';

const common = { flushInterval: '200ms', backends: [jsonConsole] };
const http = { type: 'http', port: 0 };

/** Sends until the sum of `name` grows: what is sent while a socket is closed is lost, as with every datagram. */
async function arrives(server: Server, name: string, send: () => Promise<unknown>): Promise<void> {
  const before = server.total(name);
  const timer = setInterval(() => void send().catch(() => undefined), 50);
  try {
    await server.until(`${name} to arrive`, () => server.total(name) > before);
  } finally {
    clearInterval(timer);
  }
}

async function readiness(server: Server): Promise<number> {
  return (await fetch(`http://127.0.0.1:${server.port('http')}/readyz`)).status;
}

const says = (server: Server, text: string) => server.log.some(({ msg }) => msg.includes(text));

describe.runIf(canTrace)('a receive thread', () => {
  it.each(['ENOMEM', 'ENOBUFS', 'ENETDOWN'])('goes on after %s', async (code) => {
    const config = { ...common, frontends: [{ type: 'udp', port: 0 }] };
    const server = await startServer(config, { under: failing(`recvmmsg:error=${code}:when=3..6`) });
    await server.until('the errors', () => server.total('statsdrain.socket.errors', 'frontend:udp') === 4);
    await arrives(server, 'after', () => sendUdp(server.port('udp'), 'after:1|c'));
    expect(server.log.filter(({ msg }) => msg === `cannot receive: recvmmsg ${code}; trying again`)).toHaveLength(1);
    expect(server.total('statsdrain.frontend.failures')).toBe(0);
    expect(await server.stop()).toBe(0);
  });

  it.each([
    ['udp', { type: 'udp' }],
    ['unix', { type: 'unix', mode: 'datagram', path: 'dsd.sock' }],
  ])('whose socket is broken for good is opened again, and readiness is red meanwhile (%s)', async (name, block) => {
    const folder = temporaryFolder();
    const port = name === 'udp' ? { port: 0 } : {};
    const frontends = [{ ...block, ...port }, http];
    // Each thread fails at its third look, so that it has to be opened again more than once.
    const server = await startServer(
      { ...common, frontends },
      { folder, under: failing('recvmmsg:error=EBADF:when=3') },
    );
    await server.until('the failure', () => says(server, 'can no longer receive: recvmmsg EBADF; it is opened again'));
    await server.until('the new socket', () => says(server, 'receives again'));
    const address = server.log.findLast(({ msg }) => msg === 'receives again') as unknown as { addresses: string[] };
    const send =
      name === 'udp'
        ? () => sendUdp(Number(new URL(address.addresses[0]!).port), 'after:1|c')
        : async () => sendUnixDatagrams(join(folder, 'dsd.sock'), [Buffer.from('after:1|c')]);
    await arrives(server, 'after', send);
    expect(server.total('statsdrain.frontend.failures', `frontend:${name}`)).toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
  });
});

it.runIf(canTrace)('a listener whose accept fails goes on', async () => {
  const frontends = [{ type: 'tcp', port: 0 }, http];
  const server = await startServer({ ...common, frontends }, { under: failing('accept4:error=EMFILE:when=1..2') });
  await arrives(server, 'after', () => sendStream(server.port('tcp'), 'after:1|c\n'));
  expect(await readiness(server)).toBe(200);
  expect(await server.stop()).toBe(0);
});

it.each(['stream', 'datagram'])('a Unix socket file that somebody removes is made again (%s)', async (mode) => {
  const folder = temporaryFolder();
  const path = join(folder, 'statsd.sock');
  const server = await startServer({ ...common, frontends: [{ type: 'unix', mode, path: 'statsd.sock' }] }, { folder });
  rmSync(path);
  await server.until('the failure', () => says(server, `somebody removed the socket file "${path}"`));
  await server.until('the new file', () => says(server, 'receives again'));
  const line = Buffer.from('after:1|c\n');
  await arrives(server, 'after', async () =>
    mode === 'stream' ? sendStream(path, 'after:1|c\n') : sendUnixDatagrams(path, [line]),
  );
  expect(await server.stop()).toBe(0);
});

it('a front-end whose address is taken meanwhile is opened when it is free again, and readiness tells', async () => {
  const folder = temporaryFolder();
  const plugin = `
    import { existsSync } from 'node:fs';
    export default { kind: 'frontend', name: 'fickle', create: ({ gate }, intake, context) => {
      let timer;
      return {
        async start() {
          if (existsSync(gate)) throw new Error('the gate is closed');
          timer = setInterval(() => {
            if (existsSync(gate)) context.failed(new Error('the gate was closed'));
            else intake.lines(Buffer.from('open:1|c'));
          }, 20);
          return [];
        },
        async stop() { clearInterval(timer); },
      };
    } };`;
  writeFileSync(join(folder, 'fickle.mjs'), plugin);
  const gate = join(folder, 'gate');
  const server = await startServer({ ...common, frontends: [{ use: './fickle.mjs', gate }, http] }, { folder });
  expect(await readiness(server)).toBe(200);
  writeFileSync(gate, '');
  await server.until('the failure', () => says(server, 'can no longer receive: the gate was closed'));
  await server.until('a vain attempt', () => says(server, 'cannot be opened again yet'));
  expect(await readiness(server)).toBe(503);
  rmSync(gate);
  await server.until('the end of it', () => says(server, 'receives again'));
  expect(await readiness(server)).toBe(200);
  const before = server.total('open');
  await server.until('lines', () => server.total('open') > before);
  expect(await server.stop()).toBe(0);
});
