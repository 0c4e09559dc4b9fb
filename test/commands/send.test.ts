import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import type { Io } from '../../src/commands/io.ts';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';
import { jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';

async function run(args: readonly string[], io: Partial<Io> = {}) {
  const { code, out, err } = await runCommand(['send', ...args], io);
  return { code, out, err };
}

async function udpServer() {
  const socket = createSocket('udp4');
  const datagrams: string[] = [];
  socket.on('message', (datagram) => datagrams.push(datagram.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { port: String(socket.address().port), datagrams };
}

it('sends lines in datagrams of at most 1,432 bytes', async () => {
  const { port, datagrams } = await udpServer();
  const long = `${'x'.repeat(1420)}:1|c`;
  expect(await run(['a:1|c', 'b:2|g', long, 'c:3|ms', '--port', port])).toEqual({
    code: 0,
    out: `sent 4 lines to udp://127.0.0.1:${port}\n`,
    err: '',
  });
  expect(datagrams).toEqual(['a:1|c\nb:2|g', `${long}\nc:3|ms`]);
});

it('sends what standard input has', async () => {
  const { port, datagrams } = await udpServer();
  const read = () => 'a:1|c\r\n\nb:2|c\n';
  expect(await run(['--host', 'localhost', '--port', port], { read })).toMatchObject({ code: 0 });
  expect(datagrams).toEqual(['a:1|c\nb:2|c']);
});

it('sends over TCP', async () => {
  const received: string[] = [];
  const server = createServer((socket) => socket.on('data', (data) => received.push(data.toString())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const port = String((server.address() as AddressInfo).port);
  expect(await run(['a:1|c', '--tcp', '--port', port])).toEqual({
    code: 0,
    out: `sent a line to tcp://127.0.0.1:${port}\n`,
    err: '',
  });
  expect(received).toEqual(['a:1|c\n']);
});

it.each([
  [['--tcp'], 'tcp'],
  [[], 'udp'],
])('tells that nobody listens (%j)', async (options, scheme) => {
  const port = String(await freePort());
  const { code, err } = await run(['a:1|c', ...options, '--port', port]);
  expect(code).toBe(1);
  expect(err).toBe(
    `statsdrain: ${scheme}://127.0.0.1:${port}: nobody listens there; is the server running, and does it have a front-end there?\n`,
  );
});

it('tells that there is no such socket', async () => {
  const cwd = temporaryFolder();
  expect((await run(['a:1|c', '--socket', 'none.sock'], { cwd })).err).toBe(
    `statsdrain: ${join(cwd, 'none.sock')}: there is no such socket; is the server running, and is this the path of its front-end "unix"?\n`,
  );
});

it.each(['stream', 'datagram'])('reaches a server by its socket of %ss', async (mode) => {
  const folder = temporaryFolder();
  const frontends = [{ type: 'unix', path: 'dsd.sock', mode }];
  const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] }, { folder });
  expect(await run(['a:1|c', 'a:2|c', '--socket', 'dsd.sock'], { cwd: folder })).toMatchObject({ code: 0 });
  await server.until('both lines', () => server.total('a') === 3);
  expect(await server.stop()).toBe(0);
});

describe('without options', () => {
  it('sends where the configuration listens, first to UDP', async () => {
    const { port, datagrams } = await udpServer();
    const frontends = [
      { type: 'tcp', port: 1 },
      { type: 'udp', host: '0.0.0.0', port: Number(port) },
    ];
    const config = { frontends, backends: [{ type: 'console' }] };
    const cwd = folderWith({ 'config.json': config, 'etc/other.json': config });
    expect(await run(['a:1|c'], { cwd })).toMatchObject({ out: `sent a line to udp://127.0.0.1:${port}\n` });
    expect(await run(['b:1|c', 'c:1|c', 'etc/other.json'], { cwd })).toMatchObject({
      out: `sent 2 lines to udp://127.0.0.1:${port}\n`,
    });
    expect(datagrams).toEqual(['a:1|c', 'b:1|c\nc:1|c']);
  });

  it.each([
    [
      [{ type: 'http', port: 1 }],
      'has no front-end that takes lines of StatsD; add { "type": "udp" } to its "frontends"',
    ],
    [
      [{ type: 'udp', port: 0 }],
      'the port of front-end "udp" is 0: the system chose it; give --port with that of the log',
    ],
  ])('says why it does not (%j)', async (frontends, problem) => {
    const cwd = folderWith({ 'config.json': { frontends, backends: [{ type: 'console' }] } });
    const { code, err } = await run(['a:1|c'], { cwd });
    expect([code, err.replace(/^statsdrain: \S+ /, '').replace(/^\S+: /, '')]).toEqual([1, `${problem}\n`]);
  });

  it('reaches the socket of a configuration that has nothing else', async () => {
    const frontends = [{ type: 'unix', path: './none.sock' }];
    const cwd = folderWith({ 'config.json': { frontends, backends: [{ type: 'console' }] } });
    expect((await run(['a:1|c'], { cwd })).err).toContain(`${join(cwd, 'none.sock')}: there is no such socket`);
  });

  it('says that a configuration and an address are two places', async () => {
    const cwd = folderWith({ 'config.json': {} });
    expect(await run(['a:1|c', 'config.json', '--port', '1'], { cwd })).toMatchObject({
      code: 64,
      err: 'statsdrain: send: --port says where to send, and so does "config.json"; remove one of them\n',
    });
  });
});
