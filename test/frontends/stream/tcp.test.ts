import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { acceptConnections } from '../../../frontends/stream/connections.ts';
import tcp from '../../../frontends/stream/tcp.ts';
import type { Frontend } from '../../../src/plugin.ts';
import { frontendContract } from '../../contract/frontend.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../helper/intake.ts';

const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

frontendContract('tcp', {
  plugin: tcp,
  config: (address) => ({ port: address === undefined ? 0 : Number(new URL(address).port) }),
  send: async (address, bytes) => {
    const socket = await dial(address);
    socket.end(bytes);
    await once(socket.resume(), 'close');
  },
});

const running: Frontend[] = [];
const clients: Socket[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

function create(block: object = {}) {
  const intake = recordIntake();
  const context = frontendContext();
  const frontend = tcp.create(configure(tcp, { port: 0, ...block }), intake, context);
  running.push(frontend);
  return { frontend, intake, context };
}

async function start(block: object = {}) {
  const made = create(block);
  const [address = ''] = await made.frontend.start();
  return { ...made, address };
}

describe('tcp configuration', () => {
  it('has these defaults', () => {
    expect(configure(tcp, {})).toEqual({
      host: '127.0.0.1',
      port: 8125,
      maxConnections: 1000,
      maxConnectionsPerAddress: 250,
      idleTimeout: 0,
      eolRequired: false,
    });
  });

  it.each([
    { host: '' },
    { port: 65_536 },
    { maxConnections: 0 },
    { maxConnections: 1.5 },
    { maxConnectionsPerAddress: -1 },
    { idleTimeout: 'soon' },
  ])('refuses %j', (block) => {
    expect(() => configure(tcp, block)).toThrow(Object.keys(block)[0]);
  });

  it('describes where it listens', () => {
    expect(tcp.describe?.(configure(tcp, { host: '::1', port: 9125 }))).toBe('tcp://[::1]:9125');
  });
});

describe('tcp lines', () => {
  it('are cut at LF across chunks', async () => {
    const { intake, address } = await start();
    const client = await dial(address);
    for (const [part, lines] of [
      ['a:1|c\nb:', 1],
      ['2|', 1],
      ['c\n', 2],
      ['c:3|c\nd:4|c\n', 4],
    ] as const) {
      const pushes = intake.pushes();
      client.write(part);
      await waitFor(() => intake.pushes() > pushes);
      expect(intake.received).toHaveLength(lines);
    }
    expect(intake.received).toEqual(['a:1|c', 'b:2|c', 'c:3|c', 'd:4|c']);
  });

  it('of two connections do not mix', async () => {
    const { intake, address } = await start();
    const [first, second] = [await dial(address), await dial(address)];
    first.write('first:');
    await waitFor(() => intake.pushes() === 1);
    second.write('second:2|c\n');
    await waitFor(() => intake.pushes() === 2);
    first.write('1|c\n');
    await waitFor(() => intake.received.length === 2);
    expect(intake.received).toEqual(['second:2|c', 'first:1|c']);
  });

  it('without LF are taken when the client ends the connection', async () => {
    const { intake, address } = await start();
    (await dial(address)).end('a:1|c\ntail:2|c');
    await waitFor(() => intake.openStreams() === 0 && intake.received.length === 2);
    expect(intake.received).toEqual(['a:1|c', 'tail:2|c']);
  });

  it('without LF are not taken when the client resets the connection', async () => {
    const { frontend, intake, context, address } = await start();
    const client = await dial(address);
    client.write('a:1|c\nhalf:1');
    await waitFor(() => intake.has('a'));
    client.resetAndDestroy();
    await once(client, 'close');
    await frontend.stop();
    expect(intake.received).toEqual(['a:1|c']);
    expect(context.logged).toEqual([]);
  });

  it('without LF are taken when the front-end stops', async () => {
    const { frontend, intake, address } = await start();
    const client = await dial(address);
    client.write('a:1|c\ntail:2|c');
    await waitFor(() => intake.has('a'));
    await frontend.stop();
    expect(intake.received).toEqual(['a:1|c', 'tail:2|c']);
    expect(intake.openStreams()).toBe(0);
  });

  it('that were sent before the stop are taken', async () => {
    const { frontend, intake, address } = await start();
    const dialed = await Promise.all(Array.from({ length: 50 }, () => dial(address)));
    const block = 'a:1|c\n'.repeat(1000);
    await Promise.all(dialed.map((client) => new Promise((resolve) => client.write(block, resolve))));
    await frontend.stop();
    expect(intake.received).toHaveLength(50_000);
  });

  it('that arrive one after the other during the stop are taken', async () => {
    const { frontend, intake, address } = await start();
    const until = performance.now() + 120;
    let sent = 0;
    const sendNext = () => {
      if (performance.now() > until) return;
      sent++;
      client.write('next:1|c\n');
    };
    const stream = intake.stream;
    intake.stream = () => {
      const inner = stream();
      const push = inner.push;
      inner.push = (chunk) => {
        push(chunk);
        sendNext();
      };
      return inner;
    };
    const client = (await dial(address)).setNoDelay();
    sendNext();
    await frontend.stop();
    expect(sent).toBeGreaterThan(1);
    expect(intake.received).toHaveLength(sent);
  });

  it('of a connection that waits to be accepted are taken when the front-end stops', async () => {
    const { frontend, intake, address } = await start();
    const stopped = new Promise<void>((resolve) => {
      const client = connect(Number(new URL(address).port), '127.0.0.1');
      clients.push(client);
      client.on('error', () => undefined);
      client.write('queued:1|c\n');
      // The kernel has completed the connection here; the front-end was not told yet.
      resolve(frontend.stop());
    });
    await stopped;
    expect(intake.received).toEqual(['queued:1|c']);
  });
});

describe('tcp connections', () => {
  it('are counted, never answered, and closed by a stop', async () => {
    const { frontend, intake, address } = await start();
    const client = await dial(address);
    const answer = vi.fn();
    client.on('data', answer);
    client.write('a:1|c\nbad line\n\n');
    await waitFor(() => intake.has('a'));
    const closed = once(client, 'close');
    await frontend.stop();
    await closed;
    expect(answer).not.toHaveBeenCalled();
    expect(intake.counted).toEqual(
      new Map([
        ['connections.accepted', 1],
        ['connections.closed', 1],
      ]),
    );
  });

  it('beyond maxConnections are refused, counted and logged once a minute', async () => {
    const { intake, context, address } = await start({ maxConnections: 2 });
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const kept = [await dial(address), await dial(address)];
    kept[0]?.write('kept:1|c\n');
    kept[1]?.write('kept:1|c\n');
    await arrived(intake, 2);

    for (let i = 0; i < 3; i++) await refused(address);
    expect(intake.counted).toEqual(
      new Map([
        ['connections.accepted', 2],
        ['connections.refused', 3],
      ]),
    );
    expect(context.logged).toMatchObject([{ level: 'warn', fields: { refused: 1 } }]);
    expect(context.logged[0]?.message).toContain('"maxConnections" is 2');

    now += 60_000;
    await refused(address);
    expect(context.logged.map(({ fields }) => fields)).toEqual([{ refused: 1 }, { refused: 3 }]);

    kept[0]?.end('still:1|c\n');
    await arrived(intake, 3);
    await waitFor(() => intake.openStreams() === 1);
    (await dial(address)).write('instead:1|c\n');
    await arrived(intake, 4);
  });

  it('beyond maxConnectionsPerAddress are refused until one closes', async () => {
    const { intake, context, address } = await start({ maxConnectionsPerAddress: 1 });
    const first = await dial(address);
    first.write('first:1|c\n');
    await arrived(intake, 1);
    await refused(address);
    expect(context.logged[0]?.message).toContain('"maxConnectionsPerAddress" is 1');

    first.end();
    await once(first.resume(), 'close');
    await waitFor(() => intake.openStreams() === 0);
    const second = await dial(address);
    second.write('second:1|c\n');
    await arrived(intake, 2);
    expect(intake.counted).toEqual(
      new Map([
        ['connections.accepted', 2],
        ['connections.refused', 1],
        ['connections.closed', 1],
      ]),
    );
  });

  it('without a limit per address may be as many as maxConnections', async () => {
    const { intake, address } = await start({ maxConnectionsPerAddress: 0, maxConnections: 300 });
    const dialed = await Promise.all(Array.from({ length: 300 }, () => dial(address)));
    for (const client of dialed) client.write('a:1|c\n');
    await arrived(intake, 300);
    expect(intake.counted).toEqual(new Map([['connections.accepted', 300]]));
  });

  it('leave no tail where each line needs its LF; it is counted', async () => {
    const { intake, address } = await start({ eolRequired: true });
    const client = await dial(address);
    client.end('a:1|c\nhalf:2|c');
    await once(client.resume(), 'close');
    expect(intake.received).toEqual(['a:1|c']);
    expect([...intake.discarded]).toEqual([['unterminated', 1]]);
  });

  it('that are idle for too long are closed, and their tail is taken', async () => {
    const { intake, address } = await start({ idleTimeout: 30 });
    const client = await dial(address);
    client.write('a:1|c\ntail:2|c');
    await once(client.resume(), 'close');
    expect(intake.received).toEqual(['a:1|c', 'tail:2|c']);
    await waitFor(() => intake.counted.has('connections.closed'));
    expect(intake.counted).toEqual(
      new Map([
        ['connections.accepted', 1],
        ['connections.timed_out', 1],
        ['connections.closed', 1],
      ]),
    );
  });

  it('that the system cannot accept are logged once a minute, and later ones are taken', async () => {
    const intake = recordIntake();
    const { log, logged } = frontendContext();
    const { server, close } = acceptConnections({ maxConnections: 1, idleTimeout: 0, eolRequired: false }, intake, log);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      for (let i = 0; i < 3; i++) server.emit('error', new Error('accept EMFILE'));
      const client = await dial(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
      client.end('after:1|c\n');
      await waitFor(() => intake.has('after'));
    } finally {
      await close();
    }
    expect(logged).toEqual([
      { level: 'error', message: 'cannot accept connections: accept EMFILE', fields: { times: 1 } },
    ]);
  });

  it('are not harmed by clients that reset theirs', async () => {
    const { intake, context, address } = await start();
    const good = await dial(address);
    for (let i = 0; i < 50; i++) {
      const client = await dial(address);
      client.write('reset:1|c\n');
      client.resetAndDestroy();
    }
    good.write('good:1|c\n');
    await waitFor(() => intake.has('good'));
    expect(context.logged).toEqual([]);
  });
});

describe('tcp addresses', () => {
  it.runIf(ipv6)('may be IPv6', async () => {
    const { intake, address } = await start({ host: '::1' });
    expect(address).toMatch(/^tcp:\/\/\[::1\]:\d+$/);
    (await dial(address)).end('six:1|c\n');
    await waitFor(() => intake.has('six'));
  });

  it.runIf(ipv6)('of both families are taken on "::"', async () => {
    const { intake, address } = await start({ host: '::' });
    const { port } = new URL(address);
    (await dial(`tcp://127.0.0.1:${port}`)).end('four:1|c\n');
    (await dial(`tcp://[::1]:${port}`)).end('six:1|c\n');
    await waitFor(() => intake.has('four') && intake.has('six'));
  });

  it.each([
    [
      '192.0.2.1',
      /^cannot listen on tcp:\/\/192\.0\.2\.1:0: this machine does not have the address "192\.0\.2\.1"; set "host"/,
    ],
    [`${'x'.repeat(64)}.invalid`, /the name "x+\.invalid" has no address; set "host"/],
  ])('that are wrong are explained: %s', async (host, text) => {
    await expect(create({ host }).frontend.start()).rejects.toThrow(text);
  });
});

async function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
  clients.push(socket);
  await once(socket, 'connect');
  // Connections that are refused or cut off may be reset.
  socket.on('error', () => undefined);
  return socket;
}

async function refused(address: string): Promise<void> {
  const socket = await dial(address);
  await once(socket.resume(), 'close');
}

function arrived(intake: { readonly received: readonly string[] }, lines: number): Promise<void> {
  return waitFor(() => intake.received.length === lines, `${lines} lines arrived`);
}
