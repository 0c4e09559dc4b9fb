import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { waitFor } from '../helper/intake.ts';
import { startFlood } from '../helper/line-flood.ts';
import { openNotifySocket } from '../helper/notify-socket.ts';
import { activated, holdSocket } from '../helper/open-sockets.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { post, sendStream, sendUdp } from '../helper/send.ts';

/** `npm run test:activation` makes 10 of them, for 600,000 lines. */
const RESTARTS = Number(process.env.STATSDRAIN_ACTIVATIONS ?? 2);
/** Told by those who asked for a number. */
const tell = process.env.STATSDRAIN_ACTIVATIONS === undefined ? () => undefined : console.log;
const LINES_OF_RESTART = process.env.STATSDRAIN_ACTIVATIONS === undefined ? 30_000 : 60_000;
const TIMEOUT_MS = 60_000 + RESTARTS * 10_000;

const CONFIG = {
  flushInterval: '200ms',
  frontends: [
    { type: 'udp', port: 1 },
    { type: 'udp', name: 'main-thread', port: 2, receiver: 'dgram' },
    { type: 'tcp', port: 3 },
    { type: 'unix', name: 'stream', path: 'stream.sock' },
    { type: 'unix', name: 'datagrams', path: 'datagrams.sock', mode: 'datagram' },
    { type: 'http', port: 4 },
  ],
  backends: [jsonConsole],
};

async function holdAll(folder: string) {
  const [stream, datagrams] = [join(folder, 'stream.sock'), join(folder, 'datagrams.sock')];
  const [udp, slow, tcp, http, nobody] = [
    await holdSocket('datagram'),
    await holdSocket('datagram'),
    await holdSocket('stream'),
    await holdSocket('stream'),
    await holdSocket('datagram'),
  ];
  const files = [await holdSocket('stream', stream), await holdSocket('datagram', datagrams)];
  // Unix sockets are found by their paths.
  const names = ['udp', 'main-thread', 'tcp', 'http', 'nobody', 'statsdrain.socket', 'statsdrain.socket'];
  const sockets = [udp, slow, tcp, http, nobody, ...files] as const;
  const send = async (suffix: string) => {
    await sendUdp(udp.port, `udp${suffix}:1|c`);
    await sendUdp(slow.port, `dgram${suffix}:1|c`);
    await sendUnixDatagrams(datagrams, [`datagrams${suffix}:1|c`]);
    void sendStream(tcp.port, `tcp${suffix}:1|c\n`);
    void sendStream(stream, `stream${suffix}:1|c\n`);
    void post(http.port, '/statsd', `http${suffix}:1|c\n`);
  };
  const options = activated(sockets, names);
  return { udp, slow, tcp, http, nobody, stream, datagrams, options, send };
}

const taken = (suffix: string) =>
  ['udp', 'dgram', 'datagrams', 'tcp', 'stream', 'http'].map((name) => `${name}${suffix}`);

async function arrived(server: Server, suffix: string) {
  const names = taken(suffix);
  await server.until(`the lines "${suffix}"`, () => names.every((name) => server.total(name) === 1));
}

test('front-ends take the sockets that a service manager opened, and what waits in them, whatever the configuration says', async () => {
  const folder = temporaryFolder();
  const held = await holdAll(folder);
  const { udp, slow, tcp, http, nobody, stream, datagrams, options, send } = held;
  const notify = await openNotifySocket(join(folder, 'notify'));
  onTestFinished(() => notify.close());

  await send('.before');
  const env = { ...options.env, NOTIFY_SOCKET: join(folder, 'notify'), WATCHDOG_USEC: '200000' };
  const first = await startServer(CONFIG, { folder, ...options, env });
  expect(first.log.find(({ msg }) => msg === 'ready')?.frontends).toEqual([
    `udp udp://127.0.0.1:${udp.port}`,
    `main-thread udp://127.0.0.1:${slow.port}`,
    `tcp tcp://127.0.0.1:${tcp.port}`,
    `stream unix:${stream}`,
    `datagrams unix:${datagrams}`,
    `http http://127.0.0.1:${http.port}`,
  ]);
  await arrived(first, '.before');
  await send('.running');
  await arrived(first, '.running');
  const left = first.log.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  expect(left).toEqual([
    `nothing takes the socket "nobody" (udp://127.0.0.1:${nobody.port}) that the service manager opened, so what is sent there waits for nobody; give it the name of a front-end ("FileDescriptorName="), or a front-end its address`,
  ]);

  // A front-end that starts again takes the same socket again.
  const [, ...others] = CONFIG.frontends;
  first.configure({ ...CONFIG, frontends: [{ type: 'udp', port: 1, eolRequired: true }, ...others] });
  first.signal('SIGHUP');
  await first.until('the reload', () => first.log.some(({ msg }) => msg === 'configuration reloaded'));
  await sendUdp(udp.port, 'reloaded:1|c\n');
  await first.until('a line after the reload', () => first.total('reloaded') === 1);
  const beats = () => notify.notices().filter((notice) => notice === 'WATCHDOG=1').length;
  await waitFor(() => beats() > 1);

  expect(await first.stop()).toBe(0);
  const rest = `udp://127.0.0.1:${slow.port}, tcp://127.0.0.1:${tcp.port}, unix:${stream}, unix:${datagrams}, http://127.0.0.1:${http.port}`;
  const own = `udp://127.0.0.1:${udp.port}`;
  expect(notify.notices().filter((notice) => notice !== 'WATCHDOG=1')).toEqual([
    `READY=1\nSTATUS=Receiving on ${own}, ${rest}; sending to console.`,
    expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/),
    `READY=1\nSTATUS=Receiving on ${rest}, ${own}; sending to console.`,
    'STOPPING=1\nSTATUS=Stopping.\nEXTEND_TIMEOUT_USEC=9800000',
  ]);
  expect([stream, datagrams].map(existsSync)).toEqual([true, true]);

  await send('.between');
  const second = await startServer(CONFIG, { folder, ...options });
  await arrived(second, '.between');
  expect(await second.stop()).toBe(0);
});

test('what systemd meant for another process is left alone', async () => {
  const { fd, port } = await holdSocket('datagram');
  const env = { LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'udp' };
  const config = { frontends: [{ type: 'udp', port: 0 }], backends: [jsonConsole] };
  const server = await startServer(config, { fds: [fd], env });
  expect(server.port('udp')).not.toBe(port);
});

test(
  `${RESTARTS} restarts under 20,000 lines a second lose none of ${RESTARTS * LINES_OF_RESTART}`,
  async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'stream.sock');
    const [udp, tcp, unix] = [
      await holdSocket('datagram'),
      await holdSocket('stream'),
      await holdSocket('stream', path),
    ];
    const options = activated([udp, tcp, unix], ['udp', 'tcp', 'unix']);
    const config = {
      flushInterval: '500ms',
      frontends: [
        { type: 'udp', receivers: 2 },
        { type: 'tcp', maxConnectionsPerAddress: 0 },
        { type: 'unix', path },
      ],
      backends: [jsonConsole],
    };
    const servers = [await startServer(config, { folder, ...options })];
    const flood = startFlood(udp.port, [tcp.port, path]);
    const gaps: number[] = [];
    for (let round = 0; round < RESTARTS; round++) {
      const before = performance.now();
      expect(await servers.at(-1)!.stop()).toBe(0);
      servers.push(await startServer(config, { folder, ...options }));
      gaps.push(Math.round(performance.now() - before));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const sent = await flood.until(RESTARTS * LINES_OF_RESTART);
    const total = () => servers.reduce((sum, server) => sum + server.total('flood'), 0);
    await servers.at(-1)!.until('the last lines', () => total() >= sent);
    await servers.at(-1)!.stop();
    tell(`${sent} lines, ${sent - total()} lost; from the stop of one to the start of the next: ${gaps.join(', ')} ms`);
    expect(total()).toBe(sent);
  },
  TIMEOUT_MS,
);
