import { createSocket, type Socket } from 'node:dgram';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import udp from '../../../frontends/udp/index.ts';
import { dropsOf, watchKernelDrops } from '../../../frontends/udp/kernel-drops.ts';
import type { DatagramOptions, Frontend, FrontendContext } from '../../../src/plugin.ts';
import { frontendContract } from '../../contract/frontend.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../helper/intake.ts';

const linux = process.platform === 'linux';
const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

frontendContract('udp', {
  plugin: udp,
  config: (address) => ({ receiver: 'dgram', port: address === undefined ? 0 : Number(new URL(address).port) }),
  send,
});

const running: Frontend[] = [];
/** Every socket that `node:dgram` made since the test began. */
const sockets: Socket[] = [];
const collect = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
beforeAll(() => subscribe('udp.socket', collect));
afterAll(() => unsubscribe('udp.socket', collect));
beforeEach(() => sockets.splice(0));
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

async function start(block: object = {}, overrides: Partial<FrontendContext> = {}) {
  const made = create(block, overrides);
  const [address = ''] = await made.frontend.start();
  return { ...made, address };
}

function create(block: object = {}, overrides: Partial<FrontendContext> = {}) {
  const intake = recordIntake();
  const context = frontendContext(overrides);
  const frontend = udp.create(configure(udp, { port: 0, ...block }), intake, context);
  running.push(frontend);
  return { frontend, intake, context };
}

describe('udp configuration', () => {
  it('has these defaults', () => {
    expect(configure(udp, {})).toEqual({
      host: '127.0.0.1',
      port: 8125,
      ipv6Only: false,
      receiveBuffer: 4_194_304,
      receiver: 'auto',
      receivers: 1,
      eolRequired: false,
    });
  });

  it.each([
    { host: '' },
    { port: -1 },
    { receivers: 0 },
    { receivers: 1.5 },
    { receivers: 65 },
    { receivers: 'all' },
    { port: 65_536 },
    { receiveBuffer: 0 },
    { receiveBuffer: 2 ** 31 },
    { receiver: 'io_uring' },
    { ipv6Only: true, host: '127.0.0.1' },
  ])('refuses %j', (block) => {
    expect(() => configure(udp, block)).toThrow(Object.keys(block)[0]);
  });

  it.each([
    [{ host: '127.0.0.1', port: 8125 }, 'udp://127.0.0.1:8125'],
    [{ host: '::1', port: 1 }, 'udp://[::1]:1'],
    [{ host: 'metrics.internal' }, 'udp://metrics.internal:8125'],
  ])('describes %j as %s', (block, text) => {
    expect(udp.describe?.(configure(udp, block))).toBe(text);
  });
});

describe('udp', () => {
  it('hands over each datagram, with or without a last LF', async () => {
    const { intake, address } = await start();
    await send(address, Buffer.from('one:1|c\ntwo:2|c'));
    await send(address, Buffer.from('three:3|c\n'));
    await waitFor(() => intake.received.length === 3);
    expect(intake.received).toEqual(['one:1|c', 'two:2|c', 'three:3|c']);
  });

  it('takes no last line without LF where each line needs its own; it is counted', async () => {
    const { intake, address } = await start({ eolRequired: true });
    for (const datagram of ['half:1|c', 'one:1|c\nhalf:1|c', '', 'last:1|c\n'])
      await send(address, Buffer.from(datagram));
    await waitFor(() => intake.has('last'));
    expect(intake.received).toEqual(['one:1|c', 'last:1|c']);
    expect([...intake.discarded]).toEqual([['unterminated', 2]]);
  });

  it('keeps datagrams apart', async () => {
    const { intake, address } = await start();
    await send(address, Buffer.from('half:1'));
    await send(address, Buffer.from('0|c'));
    await waitFor(() => intake.received.length === 2);
    expect(intake.received).toEqual(['half:1', '0|c']);
  });

  it('takes a datagram of the largest size whole', async () => {
    const { intake, address } = await start();
    await send(address, Buffer.alloc(65_507, 'x'));
    await waitFor(() => intake.received.length === 1);
    expect(intake.received[0]).toHaveLength(65_507);
  });

  it.runIf(ipv6)('listens on IPv6', async () => {
    const { intake, address } = await start({ host: '::1' });
    expect(address).toMatch(/^udp:\/\/\[::1\]:\d+$/);
    await send(address, Buffer.from('six:1|c'));
    await waitFor(() => intake.has('six'));
  });

  it.runIf(ipv6)('takes both families on "::"', async () => {
    const { intake, address } = await start({ host: '::' });
    const { port } = new URL(address);
    await send(`udp://127.0.0.1:${port}`, Buffer.from('four:1|c'));
    await send(`udp://[::1]:${port}`, Buffer.from('six:1|c'));
    await waitFor(() => intake.has('four') && intake.has('six'));
  });

  it.runIf(ipv6)('leaves the port of IPv4 to others on "::" with ipv6Only', async () => {
    const six = await start({ host: '::', ipv6Only: true });
    const { port } = new URL(six.address);
    const four = await start({ host: '127.0.0.1', port: Number(port) });
    await send(`udp://[::1]:${port}`, Buffer.from('six:1|c'));
    await send(`udp://127.0.0.1:${port}`, Buffer.from('four:1|c'));
    await waitFor(() => six.intake.has('six') && four.intake.has('four'));
    expect(six.intake.received).toEqual(['six:1|c']);
  });

  it('resolves a name to the first of its addresses', async () => {
    const { intake, address } = await start({ host: 'localhost' });
    expect(address).toMatch(/^udp:\/\/(127\.0\.0\.1|\[::1\]):\d+$/);
    await send(address, Buffer.from('named:1|c'));
    await waitFor(() => intake.has('named'));
  });

  it('reads what the kernel holds before it stops', async () => {
    const { intake, frontend, address } = await start();
    await burst(address, 500, 20);
    await frontend.stop();
    expect(intake.received).toHaveLength(500);
  });

  it('goes on reading while more arrives before it stops', async () => {
    const { intake, frontend, address } = await start();
    const { socket, port, host } = client(address);
    const until = performance.now() + 120;
    let sent = 0;
    const sendNext = () => {
      if (performance.now() > until) return;
      sent++;
      socket.send('next:1|c', port, host);
    };
    const lines = intake.lines;
    intake.lines = (...bytes) => {
      lines(...bytes);
      sendNext();
    };
    sendNext();
    await frontend.stop();
    socket.close();
    expect(sent).toBeGreaterThan(1);
    expect(intake.received).toHaveLength(sent);
  });

  it('logs errors of the socket once a minute and goes on', async () => {
    const { intake, context, address } = await start({ receiver: 'dgram' });
    const socket = sockets[0];
    for (let i = 0; i < 3; i++) socket?.emit('error', new Error('recvmsg ENOMEM'));
    await send(address, Buffer.from('after:1|c'));
    await waitFor(() => intake.has('after'));
    expect(intake.counted).toEqual(new Map([['socket.errors', 3]]));
    expect(context.logged.filter(({ level }) => level === 'error')).toEqual([
      { level: 'error', message: 'cannot receive: recvmsg ENOMEM', fields: {} },
    ]);
  });

  it.each([
    [
      '192.0.2.1',
      /^cannot listen on udp:\/\/192\.0\.2\.1:0: this machine does not have the address "192\.0\.2\.1"; set "host"/,
    ],
    [`${'x'.repeat(64)}.invalid`, /the name "x+\.invalid" has no address; set "host"/],
  ])('says what is wrong with the host %s', async (host, text) => {
    await expect(create({ host }).frontend.start()).rejects.toThrow(text);
  });
});

describe('udp receiver', () => {
  const fastReceiver = (receiveBuffer: number) => {
    const stop = vi.fn(async () => undefined);
    const receiveDatagrams = vi.fn(async (_: DatagramOptions) => ({ port: 4711, receiveBuffer, stop }));
    return { receiveDatagrams, stop };
  };

  it.each(['auto', 'recvmmsg'])('"%s" takes the fast one where there is one', async (receiver) => {
    const { receiveDatagrams, stop } = fastReceiver(linux ? 16_384 : 8192);
    const { frontend, address, context } = await start({ receiver, receiveBuffer: 8192 }, { receiveDatagrams });
    expect(address).toBe('udp://127.0.0.1:4711');
    expect(receiveDatagrams.mock.calls).toEqual([
      [
        {
          kind: 'udp',
          host: '127.0.0.1',
          port: 0,
          ipv6Only: false,
          receiveBuffer: 8192,
          receivers: 1,
          eolRequired: false,
        },
      ],
    ]);
    expect(sockets).toEqual([]);
    expect(context.logged).toEqual([{ level: 'info', message: 'receiving with "recvmmsg"', fields: { threads: 1 } }]);
    await Promise.all([frontend.stop(), frontend.stop()]);
    await frontend.stop();
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['3', 3, 3],
    ['"auto"', 'auto', Math.min(Math.max(availableParallelism() - 1, 1), 4)],
  ])('opens as many receivers as %s says', async (_, receivers, expected) => {
    const { receiveDatagrams } = fastReceiver(linux ? 16_384 : 8192);
    const { context } = await start({ receivers, receiveBuffer: 8192 }, { receiveDatagrams });
    expect(receiveDatagrams.mock.calls).toMatchObject([[{ receivers: expected }]]);
    expect(context.logged).toMatchObject([{ level: 'info', fields: { threads: expected } }]);
  });

  it('"auto" says why it takes node:dgram', async () => {
    const { intake, address, context } = await start(
      { receiveBuffer: 8192 },
      { receiveDatagrams: async () => 'koffi is not installed' },
    );
    expect(context.logged).toEqual([
      {
        level: 'info',
        message: 'receiving with "dgram", since "recvmmsg" is not available: koffi is not installed',
        fields: {},
      },
    ]);
    await send(address, Buffer.from('slow:1|c'));
    await waitFor(() => intake.has('slow'));
  });

  it.each([
    ['auto', 'since "recvmmsg" is not available: koffi is not installed'],
    ['dgram', 'as configured'],
  ])('"%s" says that node:dgram opens one socket for several receivers', async (receiver, why) => {
    const { intake, address, context } = await start(
      { receiver, receivers: 3, receiveBuffer: 8192 },
      { receiveDatagrams: async () => 'koffi is not installed' },
    );
    expect(context.logged.map(({ message }) => message)).toEqual([
      `receiving with "dgram" on one socket in place of the 3 of "receivers", ${why}`,
    ]);
    expect(sockets).toHaveLength(1);
    await send(address, Buffer.from('one:1|c'));
    await waitFor(() => intake.has('one'));
  });

  it('"recvmmsg" refuses to start without it', async () => {
    const { frontend } = create({ receiver: 'recvmmsg' }, { receiveDatagrams: async () => 'koffi is not installed' });
    await expect(frontend.start()).rejects.toThrow(
      /"recvmmsg" is not available: koffi is not installed; set "receiver" to "auto" or "dgram"/,
    );
    expect(sockets).toEqual([]);
  });

  it('"dgram" does not ask for it', async () => {
    const { receiveDatagrams } = fastReceiver(linux ? 16_384 : 8192);
    await start({ receiver: 'dgram' }, { receiveDatagrams });
    expect(receiveDatagrams).not.toHaveBeenCalled();
  });

  it('explains the address that the fast one cannot bind', async () => {
    const receiveDatagrams = async () => {
      throw Object.assign(new Error('bind: errno 98'), { code: 'EADDRINUSE' });
    };
    await expect(create({ port: 8125 }, { receiveDatagrams }).frontend.start()).rejects.toThrow(
      'cannot listen on udp://127.0.0.1:8125: another process uses port 8125; stop it, or set "port" to a free one',
    );
  });

  it('warns of a smaller receive buffer than it asked for', async () => {
    const { receiveDatagrams } = fastReceiver(linux ? 425_984 : 212_992);
    const { context } = await start({}, { receiveDatagrams });
    const warnings = context.logged.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ fields: { granted: 212_992, asked: 4_194_304 } });
    if (linux) expect(warnings[0]?.message).toContain('"sysctl -w net.core.rmem_max=4194304"');
  });

  it.runIf(linux)('compares with what the kernel grants without its own share', async () => {
    const { context } = await start({ receiver: 'dgram', receiveBuffer: 2 ** 30 });
    const limit = Number(readFileSync('/proc/sys/net/core/rmem_max', 'latin1'));
    const asConfigured = { level: 'info', message: 'receiving with "dgram", as configured' };
    expect(context.logged).toMatchObject([asConfigured, { level: 'warn', fields: { granted: limit, asked: 2 ** 30 } }]);
    expect((await start({ receiver: 'dgram', receiveBuffer: 8192 })).context.logged).toMatchObject([asConfigured]);
  });
});

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  411: 00000000:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 30300 2 0000000000000000 11
  412: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 30301 2 0000000000000000 22
65535: 0A00000A:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 30302 2 ffff888100000000 4294967295
garbage
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  411: 00000000000000000000000000000000:1FBD 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 40400 2 0000000000000000 33
  411: 00000000000000000000000001000000:1FBD 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 40401 2 0000000000000000 44
  412: 000080FE0000000000FC00FF010000FE:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 40402 2 0000000000000000 55
`;
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

describe.runIf(littleEndian)('the drop counter in /proc/net/udp', () => {
  it.each([
    ['127.0.0.1', 8125, 22],
    ['0.0.0.0', 8125, 11],
    ['10.0.0.10', 53, 4_294_967_295],
    ['127.0.0.2', 8125, undefined],
    ['127.0.0.1', 8126, undefined],
  ])('of %s port %i is %s', (address, port, drops) => {
    expect(dropsOf({ address, port, family: 'IPv4' }, TABLE)).toBe(drops);
  });

  it.each([
    ['::', 8125, 33],
    ['::1', 8125, 44],
    ['fe80::fc00:ff00:fe00:1', 53, undefined],
    ['fe80::ff00:fc00:fe00:1', 53, 55],
    ['fe80::ff00:fc00:fe00:1%eth0', 53, 55],
    ['::2', 8125, undefined],
  ])('of %s port %i is %s', (address, port, drops) => {
    expect(dropsOf({ address, port, family: 'IPv6' }, TABLE6)).toBe(drops);
  });

  it.each(['', '\n\n', 'header only', '  1: 0100007F:1FBD 00000000:0000', '  1: XX:1FBD a b c d e f g h i j k'])(
    'is unknown in %j',
    (table) => {
      expect(dropsOf({ address: '127.0.0.1', port: 8125, family: 'IPv4' }, table)).toBeUndefined();
    },
  );
});

describe.runIf(linux && littleEndian)('kernel drops', () => {
  const socket = { address: '127.0.0.1', port: 8125, family: 'IPv4' };
  const row = (drops: number) => `  1: 0100007F:1FBD 00000000:0000 07 0:0 00:0 0 0 0 1 2 0 ${drops}\n`;

  let folder: string;
  let file: string;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
    file = join(folder, 'udp');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are reported every second and when it stops, each once', async () => {
    const reported: number[] = [];
    const drops = watchKernelDrops(socket, (datagrams) => reported.push(datagrams), file);
    vi.advanceTimersByTime(1000);
    writeFileSync(file, row(3));
    vi.advanceTimersByTime(1000);
    await waitFor(() => reported.length === 1);
    vi.advanceTimersByTime(1000);
    writeFileSync(file, row(10));
    drops.stop();
    drops.stop();
    vi.advanceTimersByTime(1000);
    expect(reported).toEqual([3, 7]);
  });

  it('go on when the counter of the kernel runs over', async () => {
    const reported: number[] = [];
    writeFileSync(file, row(4_294_967_290));
    const drops = watchKernelDrops(socket, (datagrams) => reported.push(datagrams), file);
    vi.advanceTimersByTime(1000);
    await waitFor(() => reported.length === 1);
    writeFileSync(file, row(4));
    drops.stop();
    expect(reported).toEqual([4_294_967_290, 10]);
  });

  it('are nothing where /proc is hidden', () => {
    const drops = watchKernelDrops(socket, () => expect.unreachable(), '/nonexistent/udp');
    expect(() => drops.stop()).not.toThrow();
  });
});

describe.runIf(linux)('kernel drops of a real socket', () => {
  it.each(ipv6 ? ['127.0.0.1', '::1', '::'] : ['127.0.0.1'])(
    'and received datagrams add up to what was sent to %s',
    async (host) => {
      const { intake, frontend, address } = await start({ host, receiver: 'dgram', receiveBuffer: 4096 });
      await burst(address.replace('[::]', '[::1]'), 2000, 200);
      await frontend.stop();
      expect(intake.kernelDrops()).toBeGreaterThan(0);
      expect(intake.received.length + intake.kernelDrops()).toBe(2000);
    },
  );
});

async function send(address: string, bytes: Buffer): Promise<void> {
  const { socket, port, host } = client(address);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send(bytes, port, host, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
}

/** `count` datagrams of `size` bytes that have all reached the kernel before the front-end can read one. */
async function burst(address: string, count: number, size: number): Promise<void> {
  const { socket, port, host } = client(address);
  const datagram = Buffer.alloc(size, 'x');
  try {
    await new Promise<void>((resolve) => socket.connect(port, host, resolve));
    await Promise.all(
      Array.from(
        { length: count },
        () =>
          new Promise<void>((resolve, reject) => {
            socket.send(datagram, (error) => (error ? reject(error) : resolve()));
          }),
      ),
    );
  } finally {
    socket.close();
  }
}

function client(address: string): { socket: Socket; port: number; host: string } {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/[[\]]/g, '');
  return { socket: createSocket(host.includes(':') ? 'udp6' : 'udp4'), port: Number(port), host };
}
