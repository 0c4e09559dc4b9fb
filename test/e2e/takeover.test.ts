import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { startFlood } from '../helper/line-flood.ts';
import { jsonConsole, launch, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { recordingSink } from '../helper/recording-sink.ts';
import { open, post, sendStream, sendUdp } from '../helper/send.ts';

/** `npm run test:takeover` makes 10 of them, for 600,000 lines. */
const TAKEOVERS = Number(process.env.STATSDRAIN_TAKEOVERS ?? 2);
/** Told by those who asked for a number. */
const tell = process.env.STATSDRAIN_TAKEOVERS === undefined ? () => undefined : console.log;
const LINES_OF_TAKEOVER = process.env.STATSDRAIN_TAKEOVERS === undefined ? 30_000 : 60_000;
const TIMEOUT_MS = 60_000 + TAKEOVERS * 10_000;

const CONFIG = {
  flushInterval: '200ms',
  takeover: 'takeover.sock',
  frontends: [
    { type: 'udp', port: 0, receivers: 2 },
    { type: 'udp', name: 'main-thread', port: 0, receiver: 'dgram' },
    { type: 'tcp', port: 0, maxConnectionsPerAddress: 0 },
    { type: 'unix', name: 'stream', path: 'stream.sock' },
    { type: 'unix', name: 'datagrams', path: 'datagrams.sock', mode: 'datagram' },
    { type: 'http', port: 0 },
  ],
  backends: [jsonConsole],
};

const takeOver = (config: object, folder: string) => startServer(config, { folder, flags: ['--takeover'] });

async function sendAll(server: Server, suffix: string) {
  const { folder } = server;
  await sendUdp(server.port('udp'), `udp${suffix}:1|c`);
  await sendUdp(server.port('main-thread'), `dgram${suffix}:1|c`);
  await sendUnixDatagrams(join(folder, 'datagrams.sock'), [`datagrams${suffix}:1|c`]);
  await sendStream(server.port('tcp'), `tcp${suffix}:1|c\n`);
  await sendStream(join(folder, 'stream.sock'), `stream${suffix}:1|c\n`);
  await post(server.port('http'), '/statsd', `http${suffix}:1|c\n`);
  const names = ['udp', 'dgram', 'datagrams', 'tcp', 'stream', 'http'].map((name) => `${name}${suffix}`);
  await server.until(`the lines "${suffix}"`, () => names.every((name) => server.total(name) === 1));
}

const readyLine = ({ log }: Server) => log.find(({ msg }) => msg === 'ready')?.frontends;

test('a new process takes the sockets of all front-ends, and what they know; the old one ends', async () => {
  const folder = temporaryFolder();
  const config = { ...CONFIG, state: './state' };
  const first = await startServer(config, { folder });
  expect(statSync(join(folder, 'takeover.sock')).mode & 0o777).toBe(0o600);
  await sendAll(first, '.first');
  await sendUdp(first.port('udp'), 'level:7|g');
  await first.until('the gauge', () => first.entries.some(({ name }) => name === 'level'));

  const second = await takeOver(config, folder);
  expect(await first.ended).toBe(0);
  expect(readyLine(second)).toEqual(readyLine(first));
  const files = ['stream.sock', 'datagrams.sock', 'takeover.sock'].map((name) => join(folder, name));
  expect(files.map((file) => existsSync(file))).toEqual([true, true, true]);
  await sendUdp(second.port('udp'), 'level:+3|g');
  await second.until('the gauge', () => second.entries.some(({ name, value }) => name === 'level' && value === 10));
  await sendAll(second, '.second');

  // What was inherited is handed on, and what is not configured any more is closed.
  const [, ...others] = CONFIG.frontends;
  const third = await takeOver({ ...config, frontends: others }, folder);
  expect(await second.ended).toBe(0);
  expect(readyLine(third)).toEqual(readyLine(first)?.slice(1));
  const closed = `no front-end listens any more on the socket "udp" (udp://127.0.0.1:${first.port('udp')}) of process ${second.pid}; it is closed`;
  await third.until('that it is closed', () => third.log.some(({ msg }) => msg === closed));
  expect(await third.stop()).toBe(0);
  expect(files.map((file) => existsSync(file))).toEqual([false, false, false]);
});

test('what waits for a service that is down is delivered once, by the new process', async () => {
  const folder = temporaryFolder();
  const sink = await recordingSink();
  const config = {
    ...CONFIG,
    frontends: [{ type: 'udp', port: 0 }],
    backends: [jsonConsole, { type: 'datadog', apiKey: 'key', url: sink.url }],
    retry: { min: '20ms', max: '100ms', timeout: '2s' },
    shutdownTimeout: '200ms',
    spool: { path: './spool' },
  };
  const first = await startServer(config, { folder });
  await sink.down();
  await sendUdp(first.port('udp'), 'waits:5|c');
  await first.until('the line', () => first.total('waits') === 5);
  const second = await takeOver(config, folder);
  expect(await first.ended).toBe(0);
  await sink.up();
  while (!sink.sums().has('waits')) await sleep(20);
  await second.stop();
  expect(sink.sums().get('waits')).toBe(5);
});

test('a client whose connection is open sees its end, and loses nothing when it then opens another one', async () => {
  const folder = temporaryFolder();
  const first = await startServer(CONFIG, { folder });
  const port = first.port('tcp');
  let sent = 0;
  let going = true;
  const client = (async () => {
    while (going) {
      const socket = (await open(port)).resume();
      while (going && socket.writable && !socket.readableEnded) {
        socket.write('held:1|c\n'.repeat(20));
        sent += 20;
        await sleep(1);
      }
      await new Promise<void>((resolve) => socket.end(() => resolve()));
    }
  })();
  await first.until('lines', () => first.total('held') > 100);
  const second = await takeOver(CONFIG, folder);
  await second.until('lines', () => second.total('held') > 100);
  going = false;
  await client;
  await second.until('all lines', () => first.total('held') + second.total('held') >= sent);
  expect(first.total('held') + second.total('held')).toBe(sent);
  await second.stop();
});

test('whoever only asks changes nothing, and a process that cannot take over leaves the other one as it is', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'takeover.sock');
  const first = await startServer(CONFIG, { folder });
  for (const said of ['', 'no\n']) {
    const socket = connect(path);
    socket.end(said);
    await new Promise((resolve) => socket.resume().once('close', resolve));
  }
  const { takeover: _, ...without } = CONFIG;
  const second = launch(without, { folder, flags: ['--takeover'] });
  expect(await second.ended).toBe(69);
  expect(second.log.at(-1)?.msg).toBe(
    'cannot take over: the configuration has no "takeover"; set it to the path that the running server has there',
  );
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const busy = { ...CONFIG, backends: [jsonConsole, { type: 'live', port }] };
  const blocked = launch(busy, { folder, flags: ['--takeover'] });
  expect(await blocked.ended).toBe(69);
  expect(blocked.log.at(-1)?.msg).toMatch(
    /^cannot take over from process \d+, which goes on: back-end "live": .*another/,
  );
  other.close();
  const third = launch('{', { folder, flags: ['--takeover'] });
  expect(await third.ended).toBe(78);
  await sendAll(first, '.still');
  expect(await first.stop()).toBe(0);

  const alone = await takeOver(CONFIG, folder);
  expect(alone.log.find(({ level }) => level === 'warn')?.msg).toBe(
    `no server listens on "${path}": there is nothing to take over`,
  );
  alone.signal('SIGKILL');
  await alone.ended;
  // A socket that was left behind is in nobody's way.
  const after = await takeOver(CONFIG, folder);
  await after.stop();
});

test(
  `${TAKEOVERS} upgrades under 20,000 lines a second lose none of ${TAKEOVERS * LINES_OF_TAKEOVER}`,
  async () => {
    const folder = temporaryFolder();
    const config = { ...CONFIG, flushInterval: '500ms', state: './state', spool: { path: './spool' } };
    const servers = [await startServer(config, { folder })];
    const flood = startFlood(servers[0]!.port('udp'), [servers[0]!.port('tcp'), join(folder, 'stream.sock')]);
    const gaps: number[] = [];
    for (let round = 0; round < TAKEOVERS; round++) {
      await sleep(500);
      servers.push(await takeOver(config, folder));
      expect(await servers.at(-2)!.ended).toBe(0);
      const at = (server: Server, msg: string) => Date.parse(server.log.find((line) => line.msg === msg)!.time!);
      gaps.push(at(servers.at(-1)!, 'receiving with "recvmmsg"') - at(servers.at(-2)!, 'another process takes over'));
    }
    const sent = await flood.until(TAKEOVERS * LINES_OF_TAKEOVER);
    const total = () => servers.reduce((sum, server) => sum + server.total('flood'), 0);
    await servers.at(-1)!.until('the last lines', () => total() >= sent);
    await servers.at(-1)!.stop();
    tell(`${sent} lines, ${sent - total()} lost; nobody read for at most ${gaps.join(', ')} ms`);
    expect(total()).toBe(sent);
  },
  TIMEOUT_MS,
);
