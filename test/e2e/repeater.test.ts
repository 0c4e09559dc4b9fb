import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { tcpService } from '../helper/fake-service.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { open, sendStream, sendUdp } from '../helper/send.ts';

const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

/** Takes datagrams until the test ends. */
async function udpSink(host = '127.0.0.1') {
  const received: Buffer[] = [];
  const from: RemoteInfo[] = [];
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (datagram, rinfo) => {
    received.push(datagram);
    from.push(rinfo);
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  return { port: socket.address().port, received, from };
}

/** Bad lines and odd bytes too: packets are not read. */
const packets = [
  Buffer.from('a:1|c'),
  Buffer.from('b:1|c\n'),
  Buffer.from('no line at all'),
  Buffer.from([0, 1, 2, 0xff, 0xfe, 0x0a, 0x0a, 0x80]),
  Buffer.from('c:1|c\r\nd:2|ms\n'),
  Buffer.from('x'.repeat(8000)),
  Buffer.alloc(0),
];

test.runIf(ipv6).for([
  ['udp4', '127.0.0.1'],
  ['udp4', 'localhost'],
  ['udp6', '::1'],
] as const)('%s to %s gives every datagram byte for byte to every target', async ([protocol, host]) => {
  const address = host === 'localhost' ? '127.0.0.1' : host;
  const [one, two] = [await udpSink(address), await udpSink(address)];
  const server = await startServer({
    flushInterval: 100,
    frontends: [{ type: 'udp', port: 0, receiver: 'recvmmsg' }],
    backends: [{ type: 'repeater', protocol, targets: [one, two].map(({ port }) => ({ host, port })) }, jsonConsole],
  });
  expect(server.log.some(({ msg }) => /"dgram", not with "recvmmsg" as configured, since raw packets/.test(msg))).toBe(
    true,
  );
  await sendUdp(server.port('udp'), ...packets);
  await vi.waitFor(() => expect([one.received.length, two.received.length]).toEqual([7, 7]));
  expect(one.received).toEqual(packets);
  expect(two.received).toEqual(packets);
  // Packets are repeated before their lines are aggregated, and a window may end between the two.
  await server.until('the counts', () => server.total('statsdrain.repeater.sent') === 14 && server.total('b') > 0);
  expect(server.total('b')).toBe(1);
  expect(await server.stop()).toBe(0);
});

test('tcp gives every packet with a LF behind it over one connection, also those from before it was there', async () => {
  const sink = await tcpService();
  const server = await startServer({
    frontends: [{ type: 'udp', port: 0 }],
    backends: [{ type: 'repeater', protocol: 'tcp', targets: [{ port: sink.port }] }],
  });
  await sendUdp(server.port('udp'), ...packets);
  const expected = Buffer.concat(packets.flatMap((packet) => [packet, Buffer.from('\n')]));
  await vi.waitFor(() => expect(sink.bytes().length).toBe(expected.length));
  expect(sink.bytes()).toEqual(expected);
  expect(await server.stop()).toBe(0);
});

test('of a TCP connection a packet is what ends a line in one read, with its LF', async () => {
  const sink = await udpSink();
  const server = await startServer({
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [{ type: 'repeater', targets: [{ port: sink.port }] }, jsonConsole],
    flushInterval: 100,
  });
  const socket = connect(server.port('tcp'), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('a:1|c\nb:2');
  await vi.waitFor(() => expect(sink.received.map(String)).toEqual(['a:1|c\n']));
  socket.write('|c\nc:1|c\nd');
  await vi.waitFor(() => expect(sink.received.map(String)).toEqual(['a:1|c\n', 'b:2|c\nc:1|c\n']));
  socket.end(':1|c');
  await vi.waitFor(() => expect(sink.received.map(String)).toEqual(['a:1|c\n', 'b:2|c\nc:1|c\n', 'd:1|c']));
  await server.until('the line', () => server.total('d') === 1);
  expect(await server.stop()).toBe(0);
});

test('packets that came right before the stop are repeated', async () => {
  const sink = await udpSink();
  const server = await startServer({
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [{ type: 'repeater', targets: [{ port: sink.port }] }],
  });
  const lines = Array.from({ length: 2000 }, (_, i) => `last.${i}:1|c\n`).join('');
  await sendStream(server.port('tcp'), lines);
  expect(await server.stop()).toBe(0);
  await vi.waitFor(() => expect(Buffer.concat(sink.received).toString()).toBe(lines));
});

test('a target that is not there costs counted packets, and gets what comes once it is there', async () => {
  const sink = await tcpService();
  const server = await startServer({
    flushInterval: 100,
    frontends: [{ type: 'udp', port: 0 }],
    backends: [
      { type: 'repeater', name: 'gone', targets: [{ host: 'no-such-host.invalid', port: 1 }] },
      { type: 'repeater', name: 'there', protocol: 'tcp', targets: [{ port: sink.port }] },
      jsonConsole,
    ],
  });
  await sendUdp(server.port('udp'), 'a:1|c', 'a:1|c');
  await server.until('the drops', () => server.total('statsdrain.repeater.dropped', 'backend:gone') === 2);
  await server.until('the rest', () => server.total('statsdrain.repeater.sent', 'backend:there') === 2);
  expect(server.log.filter(({ msg, backend }) => backend === 'gone' && /no-such-host/.test(msg))).toHaveLength(1);
  expect(await server.stop()).toBe(0);
});

test.runIf(process.platform === 'linux')(
  'datagrams of a Unix socket are repeated from the receive thread',
  async () => {
    const sink = await udpSink();
    const server = await startServer({
      flushInterval: 100,
      frontends: [{ type: 'unix', path: 'x.sock', mode: 'datagram' }],
      backends: [{ type: 'repeater', targets: [{ port: sink.port }] }, jsonConsole],
    });
    await sendUnixDatagrams(join(server.folder, 'x.sock'), ['a:1|c\nb:1|c\n', 'bad']);
    await vi.waitFor(() => expect(sink.received.map(String)).toEqual(['a:1|c\nb:1|c\n', 'bad']));
    await server.until('the line', () => server.total('b') === 1);
    expect(await server.stop()).toBe(0);
  },
);

test('a reload begins and ends the repeating', async () => {
  const sink = await udpSink();
  const config = (...backends: object[]) => ({
    flushInterval: 100,
    frontends: [
      { type: 'udp', port: 0 },
      { type: 'tcp', port: 0 },
    ],
    backends: [...backends, jsonConsole],
  });
  const repeater = { type: 'repeater', targets: [{ port: sink.port }] };
  const server = await startServer(config());
  const reload = async (next: object) => {
    const reloads = () => server.log.filter(({ msg }) => msg === 'configuration reloaded').length;
    const before = reloads();
    server.configure(next);
    server.signal('SIGHUP');
    await server.until('the reload', () => reloads() > before);
  };
  await sendUdp(server.port('udp'), 'before:1|c');
  await server.until('the line', () => server.total('before') === 1);

  await reload(config(repeater));
  await sendUdp(server.port('udp'), 'during:1|c');
  await sendStream(server.port('tcp'), 'during.tcp:1|c\n');
  await vi.waitFor(() => expect(sink.received.map(String).sort()).toEqual(['during.tcp:1|c\n', 'during:1|c']));

  await reload(config());
  await sendUdp(server.port('udp'), 'after:1|c');
  await server.until('the line', () => server.total('after') === 1);
  expect(sink.received).toHaveLength(2);
  expect(await server.stop()).toBe(0);
});

test('keyFlush lists the keys of all lines, dumpMessages logs each of them', async () => {
  const server = await startServer({
    frontends: [
      { type: 'udp', port: 0, dialect: 'statsd' },
      { type: 'tcp', port: 0, dialect: 'statsd' },
    ],
    backends: [jsonConsole],
    statsd: { keyFlush: { interval: 200, percent: 60, log: 'keys.txt' }, dumpMessages: true },
  });
  await sendUdp(server.port('udp'), 'a b:1|c\na b:x\nq|#t:v', 'constructor:1|c\u001b[2J\nonce:1|c');
  await sendStream(server.port('tcp'), 'q:1|c|#t:v\nq:1:2:3|c|#t:v\n');
  const listed = () => {
    try {
      return readFileSync(join(server.folder, 'keys.txt'), 'utf8');
    } catch {
      return '';
    }
  };
  await vi.waitFor(() => expect(listed()).not.toBe(''));
  const sum = new Map<string, number>();
  await vi.waitFor(() => {
    sum.clear();
    for (const [, count, key] of listed().matchAll(/^\w{3} \w{3} \d\d \d{4} .* count=(\d+) key=(.*)$/gm)) {
      sum.set(key!, (sum.get(key!) ?? 0) + Number(count));
    }
    expect(sum.get('q;t=v')).toBe(3);
    expect(sum.get('a_b')).toBe(2);
  });
  const dumped = server.log.filter(({ level }) => level === 'info').map(({ msg }) => msg);
  expect(dumped).toEqual(expect.arrayContaining(['a b:x', 'q|#t:v', 'constructor:1|c\u001b[2J', 'q:1:2:3|c|#t:v']));
  expect(server.stderr).not.toContain('\u001b');
  expect(await server.stop()).toBe(0);
});

test('a connection of many small writes is repeated whole', async () => {
  const sink = await udpSink();
  const server = await startServer({
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [{ type: 'repeater', targets: [{ port: sink.port }] }],
  });
  const socket = await open(server.port('tcp'));
  for (const character of 'abc:1|c\ndef:2|c\n') {
    socket.write(character);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitFor(() => expect(Buffer.concat(sink.received).toString()).toBe('abc:1|c\ndef:2|c\n'));
  socket.destroy();
  expect(await server.stop()).toBe(0);
});
