import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { dialogue } from '../helper/dialogue.ts';
import { farInterval } from '../helper/far-interval.ts';
import { jsonConsole, launch, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

const admin = { port: 0 };
const udp = { type: 'udp', port: 0, dialect: 'statsd' } as const;
const tcp = { type: 'tcp', port: 0, dialect: 'statsd' } as const;

const END = 'END\n\n';

/** A folder with a back-end that prints the original's metrics of each window. */
function withPrinter(): string {
  const folder = temporaryFolder();
  const send = `async ({ endMs, statsd }) => {
    if (statsd === undefined) return;
    const { timestamp, startupTime, counters, gauges } = statsd;
    const hashes = { counters: Object.fromEntries(counters), gauges: Object.fromEntries(gauges) };
    console.log(JSON.stringify({ type: 'flush', endMs, timestamp, startupTime, ...hashes }));
  }`;
  writeFileSync(
    join(folder, 'printer.mjs'),
    `export default { kind: 'backend', name: 'printer', create: () => ({ send: ${send} }) };`,
  );
  return folder;
}

interface Flush {
  readonly endMs: number;
  readonly timestamp: number;
  readonly startupTime: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
}

const flushesOf = (server: Server) =>
  server.entries.filter(({ type }) => type === 'flush') as unknown as readonly Flush[];

async function reload(server: Server, config: object): Promise<void> {
  const reloads = () => server.log.filter(({ msg }) => msg === 'configuration reloaded').length;
  const before = reloads();
  server.configure(config);
  server.signal('SIGHUP');
  await server.until('the new configuration', () => reloads() > before);
}

describe('the admin interface', () => {
  test('shows what every thread has of the open window, which loses nothing by it', async () => {
    const server = await startServer({
      flushInterval: farInterval(),
      admin,
      frontends: [{ ...udp, receivers: 3 }, tcp],
      backends: [jsonConsole],
    });
    const talk = await dialogue(server.adminPort());
    for (let round = 1; round <= 5; round++) {
      await sendUdp(server.port('udp'), 'c:1|c\nt:1|ms\ng:+1|g', 'c:1|c\nt:2|ms\ng:+1|g');
      await sendStream(server.port('tcp'), 'c:1|c\nu:x|s\n');
      await vi.waitFor(async () => {
        expect(await talk.askUntil('counters\n', END)).toContain(` c: ${3 * round}`);
      });
      expect(await talk.askUntil('gauges\n', END)).toBe(`{ g: ${2 * round} }\n${END}`);
    }
    const timers = await talk.askUntil('timers\n', END);
    expect(timers.match(/\b[12]\b/g)).toHaveLength(10);
    expect(await talk.askUntil('stats\n', END)).toMatch(
      /^uptime: \d+\nmessages.last_msg_seen: \d\nmessages.bad_lines_seen: 0\nconsole.lastFlush: \d+\nconsole.lastException: \d+\nEND\n\n$/,
    );
    expect(server.windows).toEqual([]);
    expect(await server.stop()).toBe(0);
    expect(server.windows).toHaveLength(1);
    const values = Object.fromEntries(
      server.entries
        .filter(({ name }) => !name?.startsWith('statsdrain.'))
        .map(({ name, value, count, sum }) => [name, value ?? [count, sum]]),
    );
    expect(values).toMatchObject({ c: 15, g: 10, t: [10, 15], u: 1 });
    expect(server.windows[0]!.received).toBe(40);
  });

  test('takes keys out of what is flushed to those who read the original’s metrics', async () => {
    const folder = withPrinter();
    const server = await startServer(
      {
        flushInterval: farInterval(),
        admin,
        statsd: {},
        frontends: [tcp],
        backends: [jsonConsole, { use: './printer.mjs' }],
      },
      { folder },
    );
    const talk = await dialogue(server.adminPort());
    await sendStream(server.port('tcp'), 'a.b:1|c\na.c:2|c\nkept:3|c\ng:1|g\n');
    await vi.waitFor(async () => expect(await talk.askUntil('counters\n', END)).toContain('kept: 3'));
    expect(await talk.askUntil('delcounters a.*\n', END)).toBe(`deleted: a.b\ndeleted: a.c\n${END}`);
    expect(await talk.askUntil('delgauges g\n', END)).toBe(`deleted: g\n${END}`);
    await sendStream(server.port('tcp'), 'a.b:7|c\n');
    expect(await server.stop()).toBe(0);
    const [flush] = flushesOf(server);
    expect(flush!.gauges).toEqual({});
    expect(flush!.counters).toMatchObject({
      'a.b': 7,
      kept: 3,
      'statsd.metrics_received': 5,
      'statsd.bad_lines_seen': 0,
    });
    expect(flush!.counters).not.toHaveProperty(['a.c']);
    expect(flush!.timestamp).toBe(Math.round(flush!.endMs / 1000));
  });

  test('reads commands however they are cut, and shows no secret', async () => {
    const config = { influxdb: { host: 'db', password: 's3cret' }, librato: { token: 's3cret' }, healthStatus: 'down' };
    const server = await startServer({ admin, statsd: { config }, frontends: [tcp], backends: [jsonConsole] });
    const talk = await dialogue(server.adminPort());
    const health = `health: down\n${END}`;
    expect(await talk.askUntil('health\nhealth\r\nhea', health + health)).toBe(health + health);
    expect(await talk.askUntil('lth up\n', END)).toBe(`health: up\n${END}`);
    expect(await talk.askUntil('health', END)).toBe(`health: up\n${END}`);
    const shown = await talk.askUntil('config\n', END);
    expect(shown).toContain('influxdb > host: db\ninfluxdb > password: ***\nlibrato > token: ***\n');
    expect(shown).toContain('flushInterval: 10000\n');
    expect(await server.stop()).toBe(0);
    expect(server.stdout + server.stderr).not.toContain('s3cret');
  });

  test('starts, moves and stops with a reload', async () => {
    const base = { flushInterval: farInterval(), frontends: [tcp], backends: [jsonConsole] };
    const server = await startServer(base);
    expect(() => server.adminPort()).toThrow();
    await reload(server, { ...base, admin });
    const first = server.adminPort();
    const talk = await dialogue(first);
    expect(await talk.ask('health down\n')).toBe(`health: down\n${END}`);

    await reload(server, { ...base, admin: { port: 0, strictCompat: true } });
    expect(server.adminPort()).toBe(first);
    expect(await talk.ask('health\n')).toBe('health: down\n');

    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port: taken } = other.address() as { port: number };
    await reload(server, { ...base, admin: { port: taken } });
    expect(server.log.find(({ level }) => level === 'error')?.msg).toContain(
      `another process uses port ${taken}; stop it, or set "admin.port" to a free one; going on as before`,
    );
    const again = await dialogue(server.adminPort());
    expect(await again.askUntil('health\n', `down\n${END}`)).toBe(`health: down\n${END}`);
    other.close();

    await reload(server, base);
    expect(() => server.adminPort()).toThrow();
    await vi.waitFor(() => expect(again.closed).toBe(true));
    expect(await server.stop()).toBe(0);
  });

  test('that cannot listen stops the start, and says where, why and what helps', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const server = launch({ admin: { port }, frontends: [tcp], backends: [jsonConsole] });
    expect(await server.ended).toBe(69);
    expect(server.stderr).toContain(
      `admin: cannot listen on tcp://127.0.0.1:${port}: another process uses port ${port}; stop it, or set \\"admin.port\\" to a free one`,
    );
    other.close();
  });
});

describe('the original’s metrics', () => {
  test('are flushed at the start and every interval after it, and once more at the end', async () => {
    const folder = withPrinter();
    const server = await startServer(
      {
        flushInterval: '700ms',
        align: 'start',
        statsd: {},
        frontends: [{ ...udp, receivers: 2 }, tcp],
        backends: [jsonConsole, { use: './printer.mjs' }],
      },
      { folder },
    );
    await sendStream(server.port('tcp'), 'c:2|c\ng:5|g\n');
    await server.until('four flushes', () => flushesOf(server).length >= 4);
    await sendUdp(server.port('udp'), 'c:1|c');
    await sendStream(server.port('tcp'), 'last:1|c\n');
    expect(await server.stop()).toBe(0);
    const flushes = flushesOf(server);
    const { startupTime } = flushes[0]!;
    for (const { endMs } of flushes.slice(0, -1)) expect((endMs - startupTime * 1000) % 700).toBe(0);
    for (const { endMs, timestamp } of flushes) expect(timestamp).toBe(Math.round(endMs / 1000));
    const total = (name: string) => flushes.reduce((sum, { counters }) => sum + (counters[name] ?? 0), 0);
    expect([total('c'), total('last'), total('statsd.metrics_received')]).toEqual([3, 1, 4]);
    expect(flushes.at(-1)!.gauges.g).toBe(5);
  });

  test('begin with a reload, with the keys that were sent long before it, on all threads', async () => {
    const folder = withPrinter();
    const base = {
      flushInterval: '200ms',
      frontends: [{ ...udp, receivers: 2 }, tcp],
      backends: [jsonConsole, { use: './printer.mjs' }],
    };
    const server = await startServer(base, { folder });
    const send = async () => {
      await sendUdp(server.port('udp'), 'udp:1|c', 'udp:1|c', 'udp:1|c', 'udp:1|c');
      await sendStream(server.port('tcp'), 'tcp:1|c\n');
    };
    await send();
    await server.until('a window', () => server.total('udp') === 4 && server.total('tcp') === 1);
    expect(flushesOf(server)).toEqual([]);
    await reload(server, { ...base, statsd: {}, align: 'start' });
    const began = flushesOf(server).length;
    await server.until('some flushes', () => flushesOf(server).length >= began + 3);
    await send();
    await server.until('the old keys', () =>
      ['udp', 'tcp'].every((key) => flushesOf(server).some(({ counters }) => (counters[key] ?? 0) > 0)),
    );
    expect(await server.stop()).toBe(0);
    const total = (name: string) => flushesOf(server).reduce((sum, { counters }) => sum + (counters[name] ?? 0), 0);
    expect([total('udp'), total('tcp'), server.total('udp'), server.total('tcp')]).toEqual([4, 1, 8, 2]);
  });
});
