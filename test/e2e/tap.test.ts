import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { open, post, sendUdp } from '../helper/send.ts';
import { type OpenTap, openTap, writeTappingBackend } from '../helper/tapping-backend.ts';

async function start(...frontends: readonly object[]): Promise<Server> {
  const folder = temporaryFolder();
  const config = { flushInterval: '1s', frontends, backends: [jsonConsole, writeTappingBackend(folder)] };
  return startServer(config, { folder });
}

/** Opens a tap, and waits until all threads know of it: until it gives what `send` sends. */
async function tapOf(server: Server, query: string, ...sends: readonly (() => unknown)[]): Promise<OpenTap> {
  const tap = await openTap(server.port('tapping'), query);
  onTestFinished(() => tap.close());
  for (const send of sends) {
    const before = tap.lines.length;
    while (tap.lines.length === before) {
      await send();
      await sleep(50);
    }
  }
  return tap;
}

async function udpSocket(port: number) {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  onTestFinished(() => void socket.close());
  const { address, port: own } = socket.address();
  return { from: `${address}:${own}`, send: (text: string) => socket.send(text) };
}

test('lines of UDP, TCP and HTTP come with their sender and what becomes of them', async () => {
  const server = await start(
    { type: 'udp', port: 0 },
    { type: 'tcp', port: 0 },
    { type: 'http', port: 0, allowAnonymous: true },
  );
  expect(server.stderr).not.toContain('fallback');
  const udp = await udpSocket(server.port('udp'));
  const tcp = await open(server.port('tcp'));
  onTestFinished(() => void tcp.destroy());
  const http = server.port('http');
  const tap = await tapOf(
    server,
    'limit=1000',
    () => udp.send('begins.udp:1|c'),
    () => tcp.write('begins.tcp:1|c\n'),
    () => post(http, '/statsd', 'begins.http:1|c'),
  );
  udp.send('web.hits:1|c|#env:prod\nweb.bad:x|c');
  udp.send('_e{2,2}:up|ok\n_sc|db|1');
  tcp.write('tcp.time:12:13|ms\n');
  await post(http, '/statsd', 'http.depth:-3|g\nnone\n');
  await post(http, '/logs', 'count#drained=3 source=eu\n', { 'content-type': 'text/plain' });
  await tap.until(() => tap.lines.filter(({ line }) => !line.startsWith('begins.')).length >= 8);
  const byLine = new Map(tap.lines.map((line) => [line.line, line]));
  const local = `127.0.0.1:${tcp.localPort}`;
  const some = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
  expect([...byLine.values()].filter(({ line }) => !line.startsWith('begins.'))).toEqual(
    expect.arrayContaining([
      { frontend: 'udp', from: udp.from, line: 'web.hits:1|c|#env:prod', outcome: 'aggregated', names: ['web.hits'] },
      {
        frontend: 'udp',
        from: udp.from,
        line: 'web.bad:x|c',
        outcome: 'rejected',
        reason: 'bad_value',
        advice: 'the value must be a number, such as 12 or 0.5',
        names: [],
      },
      { frontend: 'udp', from: udp.from, line: '_e{2,2}:up|ok', outcome: 'event', names: [] },
      { frontend: 'udp', from: udp.from, line: '_sc|db|1', outcome: 'serviceCheck', names: ['db'] },
      { frontend: 'tcp', from: local, line: 'tcp.time:12:13|ms', outcome: 'aggregated', names: ['tcp.time'] },
      { frontend: 'http', from: some, line: 'http.depth:-3|g', outcome: 'aggregated', names: ['http.depth'] },
      {
        frontend: 'http',
        from: some,
        line: 'none',
        outcome: 'rejected',
        reason: 'no_value',
        advice: 'a line is name:value|type, such as page.views:1|c',
        names: [],
      },
      { frontend: 'http', line: 'drained:3|c|#source:eu', outcome: 'aggregated', names: ['drained'] },
    ]),
  );
  expect(tap.answers.at(-1)?.skipped).toBe(0);

  // Nothing was begun anew: the connection is still there, and what came is all there.
  tap.close();
  tcp.write('tcp.after:1|c\n');
  udp.send('udp.after:1|c');
  await server.until('what came afterwards', () => server.total('tcp.after') + server.total('udp.after') === 2);
  expect(await server.stop()).toBe(0);
  expect(server.total('web.hits')).toBe(1);
  expect(server.total('drained')).toBe(3);
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a glob finds one name in a flood, a limit holds, and taps do not disturb one another', async () => {
  const server = await start({ type: 'udp', port: 0 }, { type: 'tcp', port: 0 });
  const port = server.port('udp');
  const begin = () => sendUdp(port, 'rare.begins:1|c');
  const rare = await tapOf(server, 'name=rare.*', begin);
  const all = await tapOf(server, 'limit=5&frontend=udp', begin);
  const other = await tapOf(server, 'frontend=tcp');
  const began = performance.now();
  for (let batch = 0; batch < 20; batch++) {
    const lines = Array.from({ length: 100 }, (_, index) => `common.${index}:1|c`);
    await sendUdp(port, lines.join('\n'), ...(batch === 10 ? ['rare.name:1|c'] : []));
    await sleep(5);
  }
  await rare.until(() => rare.lines.some(({ line }) => line === 'rare.name:1|c'));
  expect(rare.lines.filter(({ line }) => !line.startsWith('rare.'))).toEqual([]);
  await sleep(1100);
  await tapOf(server, '', begin);
  await all.until(() => (all.answers.at(-1)?.skipped ?? 0) > 1500);
  expect(all.lines.length).toBeLessThanOrEqual(5 * (2 + Math.ceil((performance.now() - began) / 1000)));
  expect(other.lines).toEqual([]);
  const refused = await openTap(server.port('tapping'), 'limit=1001');
  await refused.until(() => refused.answers.length > 0);
  expect(refused.answers).toEqual([{ error: 'the limit "1001" is none: a tap gives 1 to 1000 lines a second' }]);
  expect(await server.stop()).toBe(0);
  await rare.until(() => rare.answers.at(-1)?.end === 'stopping');
});

test('of a stream that is in the middle of a line, all of that line comes; without receive threads it is the same', async () => {
  const server = await start({ type: 'tcp', port: 0 }, { type: 'udp', port: 0, receiver: 'dgram' });
  const udp = await udpSocket(server.port('udp'));
  const tcp = await open(server.port('tcp'));
  onTestFinished(() => void tcp.destroy());
  tcp.write('whole:1|c\nhal');
  // Else it may be read when the tap is open.
  await server.until('the whole line', () => server.total('whole') === 1);
  const tap = await tapOf(server, '', async () => {
    const begun = await open(server.port('tcp'));
    begun.end('begins:1|c\n');
  });
  tcp.write('f:1|c\nnext:1|c');
  tcp.end('\n');
  udp.send('datagram:1|c');
  await tap.until(() => ['next:1|c', 'datagram:1|c'].every((sent) => tap.lines.some(({ line }) => line === sent)));
  expect(tap.lines.find(({ line }) => line === 'datagram:1|c')?.from).toBe(udp.from);
  expect(tap.lines.map(({ line }) => line)).toContain('half:1|c');
  expect(tap.lines.map(({ line }) => line)).not.toContain('whole:1|c');
});

test('rejected lines of UDP say who sent them while a page is open, and a tap through the page gives lines', async () => {
  const server = await startServer({
    flushInterval: '500ms',
    frontends: [{ type: 'udp', port: 0 }],
    backends: [jsonConsole, { type: 'live', port: 0 }],
  });
  const udp = await udpSocket(server.port('udp'));
  const given = new AbortController();
  onTestFinished(() => given.abort());
  const api = `http://127.0.0.1:${server.port('live')}/api`;
  const events = await fetch(`${api}/events`, { signal: given.signal });
  events.body!.pipeTo(new WritableStream()).catch(() => undefined);
  const senders = async () => {
    const { lines } = (await (await fetch(`${api}/rejected`)).json()) as { readonly lines: { from: string | null }[] };
    return lines.flatMap(({ from }) => from ?? []);
  };
  while ((await senders()).length === 0) {
    udp.send('bad.page:x|c');
    await sleep(100);
  }
  expect((await senders())[0]).toBe(udp.from);

  const tap = await fetch(`${api}/tap?name=web.*`, { signal: given.signal });
  const sending = setInterval(() => udp.send('web.hits:1|c'), 50);
  onTestFinished(() => clearInterval(sending));
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of tap.body!) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('"skipped"')) break;
  }
  const [, data] = /^event: lines\ndata: (.*)$/m.exec(text)!;
  const { lines, skipped } = JSON.parse(data!);
  expect(lines[0]).toMatchObject({ frontend: 'udp', from: udp.from, line: 'web.hits:1|c', names: ['web.hits'] });
  expect(skipped).toBe(0);
});
