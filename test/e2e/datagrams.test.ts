import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadLibc } from '../../src/receive/libc.ts';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { jsonConsole, launch, startServer, temporaryFolder } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fast = typeof (await loadLibc()) !== 'string';

/** The server in a process of its own, with receive threads. */
describe.runIf(fast)('datagrams', () => {
  test('of a Unix socket are all taken, up to the last before SIGTERM', async () => {
    const folder = temporaryFolder();
    const server = await startServer(
      {
        flushInterval: '200ms',
        frontends: [{ type: 'unix', path: 'dsd.sock', mode: 'datagram', permissions: '0666' }],
        backends: [jsonConsole],
      },
      { folder },
    );
    const path = join(folder, 'dsd.sock');
    const texts = Array.from({ length: 500 }, (_, i) => `hits:1|c|#page:${i % 3}\nlatency:${i}|d|c:container`);
    await sendUnixDatagrams(path, [...texts, 'x'.repeat(70_000)]);
    expect(await server.stop()).toBe(0);
    expect([0, 1, 2].map((page) => server.total('hits', `page:${page}`))).toEqual([167, 167, 166]);
    const total = (name: string, ...tags: string[]) =>
      server.total(`statsdrain.lines.${name}`, 'frontend:unix', ...tags);
    expect([total('received'), total('aggregated'), total('rejected', 'reason:truncated')]).toEqual([1001, 1000, 1]);
    expect(existsSync(path)).toBe(false);
  });

  test('of DogStatsD keep their times and hosts, and half lines are refused where each needs its LF', async () => {
    const name = `@statsdrain.${process.pid}.e2e`;
    const server = await startServer({
      flushInterval: '200ms',
      frontends: [{ type: 'unix', path: name, mode: 'datagram', dialect: 'dogstatsd', eolRequired: true }],
      backends: [jsonConsole],
    });
    // More than one batch, and more than one time for each point.
    const texts = Array.from(
      { length: 600 },
      () => 'hits:1:2|c|@0.5|T1700000000|#host:b,page:1,host:a\nhits:1|c|#host:a\nhalf:1|c',
    );
    await sendUnixDatagrams(name, [...texts, 'level:+5|g|T1700000001\nspan:1|ms|T1700000001\n']);
    expect(await server.stop()).toBe(0);
    const points = server.entries.filter(({ type }) => type.startsWith('timed_'));
    const sums = new Map<string, number>();
    for (const { type, name: point, tags, timestamp, value } of points) {
      const key = `${type} ${point} ${tags?.join()} ${timestamp}`;
      sums.set(key, (sums.get(key) ?? 0) + value!);
    }
    expect([...sums]).toEqual([
      ['timed_counter hits host:a,page:1 1700000000', 1800],
      ['timed_gauge level  1700000001', 5],
    ]);
    expect(server.total('hits', 'host:a')).toBe(600);
    const total = (what: string, ...tags: string[]) =>
      server.total(`statsdrain.lines.${what}`, 'frontend:unix', ...tags);
    expect([total('received'), total('aggregated')]).toEqual([1802, 1201]);
    expect(total('rejected', 'reason:unterminated')).toBe(600);
    expect(total('rejected', 'reason:untimed_type')).toBe(1);
  });

  test('are spread over several receivers, and none is lost between them', async () => {
    const server = await startServer({
      flushInterval: '200ms',
      frontends: [{ type: 'udp', port: 0, receivers: 3 }],
      backends: [jsonConsole],
    });
    const senders = 40;
    for (let sender = 0; sender < senders; sender++) {
      const texts = Array.from({ length: 10 }, (_, i) => `hits:1|c\nlast:${i}|ms`);
      await sendUdp(server.port('udp'), ...texts);
    }
    await server.until('all lines', () => server.total('statsdrain.lines.received', 'frontend:udp') >= senders * 20);
    expect(await server.stop()).toBe(0);
    expect(server.total('hits')).toBe(senders * 10);
    const shards = new Set(
      server.entries.filter(({ name }) => name === 'statsdrain.keys.live').map(({ tags }) => tags?.join()),
    );
    // Those of the three threads, and of the main thread.
    expect(shards.size).toBe(4);
  });

  test('of several receivers: all of them follow a reload', async () => {
    const config = {
      flushInterval: '200ms',
      frontends: [{ type: 'udp', port: 0, receivers: 3 }],
      backends: [jsonConsole],
    };
    const server = await startServer(config);
    server.configure({ ...config, limits: { nameLength: 8 } });
    server.signal('SIGHUP');
    await server.until('the reload', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));
    const rejected = () => server.total('statsdrain.lines.rejected', 'frontend:udp', 'reason:name_too_long');
    const received = () => server.total('statsdrain.lines.received', 'frontend:udp');
    // Each looks at its letters between two batches. Names are new each time: one that is known was admitted before.
    let sent = 0;
    for (let refused = 0; refused < 40; ) {
      const before = rejected();
      for (let sender = 0; sender < 40; sender++) await sendUdp(server.port('udp'), `a.long.name.${sent++}:1|c`);
      await server.until('all lines', () => received() === sent);
      refused = rejected() - before;
    }
    expect(await server.stop()).toBe(0);
  });

  test('a port with several receivers is not shared with another statsdrain', async () => {
    const frontend = { type: 'udp', port: 0, receivers: 2 };
    const first = await startServer({ frontends: [frontend], backends: [jsonConsole] });
    const port = first.port('udp');
    const second = launch({ frontends: [{ ...frontend, port }], backends: [jsonConsole] });
    expect(await second.ended).toBe(69);
    expect(second.log.map(({ msg }) => msg)).toEqual([
      'starting',
      expect.stringContaining(`cannot listen on udp://127.0.0.1:${port}: another process uses port ${port}`),
    ]);
    expect(await first.stop()).toBe(0);
  });

  test.each([
    ['recvmmsg', 1],
    ['recvmmsg', 2],
    ['dgram', 1],
  ] as const)('that the kernel had to drop are counted: %s with %d receivers', async (receiver, receivers) => {
    const server = await startServer({
      flushInterval: '200ms',
      frontends: [{ type: 'udp', port: 0, receiver, receivers, receiveBuffer: '4KiB' }],
      backends: [jsonConsole],
    });
    // While it stands still nobody reads, so most of this cannot have room.
    server.signal('SIGSTOP');
    const sent = 400;
    for (let sender = 0; sender < 20; sender++) {
      await sendUdp(server.port('udp'), ...Array.from({ length: sent / 20 }, () => `a:1|c|#${'t'.repeat(150)}`));
    }
    server.signal('SIGCONT');
    const received = () => server.total('statsdrain.lines.received', 'frontend:udp');
    const dropped = () => server.total('statsdrain.kernel.dropped', 'frontend:udp');
    await server.until('every datagram', () => received() + dropped() === sent);
    expect(dropped()).toBeGreaterThan(0);
    expect(received()).toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
  });
});

describe('without koffi', () => {
  /** The built program where its packages are, but for koffi. */
  function installWithout(): string {
    const folder = temporaryFolder();
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
    mkdirSync(join(folder, 'node_modules'));
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name !== 'koffi') symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    return join(folder, 'dist/src/cli.js');
  }

  test('datagrams are received with node:dgram, and one line says why', async () => {
    const frontends = [{ type: 'udp', port: 0 }];
    const server = await startServer(
      { flushInterval: '200ms', frontends, backends: [jsonConsole] },
      { program: installWithout() },
    );
    const lines = server.log.filter(({ msg }) => msg.startsWith('receiving with'));
    expect(lines.map(({ msg }) => msg)).toEqual([
      'receiving with "dgram", since "recvmmsg" is not available: the optional package "koffi" is not installed (npm install koffi)',
    ]);
    await sendUdp(server.port('udp'), 'a:1|c');
    await server.until('the line', () => server.total('a') === 1);
    expect(await server.stop()).toBe(0);
  });

  test.each([
    ['the receiver "recvmmsg"', { type: 'udp', port: 0, receiver: 'recvmmsg' }, 'set "receiver" to "auto" or "dgram"'],
    ['a Unix datagram socket', { type: 'unix', mode: 'datagram', path: 'a.sock' }, 'set "mode" to "stream"'],
  ])('%s is refused with a remedy', async (_, frontend, remedy) => {
    const server = launch({ frontends: [frontend], backends: [jsonConsole] }, { program: installWithout() });
    expect(await server.ended).toBe(69);
    expect(server.log.map(({ msg }) => msg)).toEqual(['starting', expect.stringContaining('"koffi" is not installed')]);
    expect(server.log[1]!.msg).toContain(remedy);
  });
});
