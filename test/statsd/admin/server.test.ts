import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MAX_LINE } from '../../../src/statsd/admin/lines.ts';
import { type AdminLimits, type AdminServer, startAdminServer } from '../../../src/statsd/admin/server.ts';
import { dialogue } from '../../helper/dialogue.ts';
import { open } from '../../helper/send.ts';

const servers: AdminServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Answers each command with itself; `slow` takes a moment, `big` is a megabyte. */
async function start(limits?: AdminLimits) {
  const asked: string[] = [];
  const server = await startAdminServer(
    { host: '127.0.0.1', port: 0 },
    {
      isAnswerable: () => true,
      async reply(line) {
        asked.push(line);
        if (line === 'slow') await sleep(50);
        if (line === 'throw') throw new Error('no');
        if (line === 'big') return `${'x'.repeat(1_000_000)}\n`;
        return line === 'quit' ? undefined : `<${line}>\n`;
      },
    },
    limits,
  );
  servers.push(server);
  return { server, asked, port: Number(/:(\d+)$/.exec(server.address)![1]) };
}

describe('admin server', () => {
  it('answers in order, however the commands are cut', async () => {
    const { port } = await start();
    const talk = await dialogue(port);
    expect(await talk.askUntil('slow\na\nb\n', '<b>\n')).toBe('<slow>\n<a>\n<b>\n');
    talk.say('on');
    await sleep(20);
    expect(await talk.ask('e\n')).toBe('<one>\n');
    expect(await talk.ask('without LF')).toBe('<without LF>\n');
    expect(await talk.ask('throw\n')).toBe('ERROR\n');
  });

  it('closes after quit, and answers nothing behind it', async () => {
    const { port, asked } = await start();
    const talk = await dialogue(port);
    talk.say('a\nquit\nb\n');
    await once(talk.socket, 'close');
    expect([talk.heard, asked]).toEqual(['<a>\n', ['a', 'quit']]);
  });

  it('answers a client that has ended its side', async () => {
    const { port } = await start();
    const talk = await dialogue(port);
    talk.socket.end('slow\nhealth');
    await once(talk.socket, 'close');
    expect(talk.heard).toBe('<slow>\n<health>\n');
  });

  it('reads as ASCII, as the original', async () => {
    const { port } = await start();
    expect(await (await dialogue(port)).ask('é\n')).toBe('<C)>\n');
  });

  it('closes a connection that sends no end of a line', async () => {
    const { port, asked } = await start();
    const talk = await dialogue(port);
    talk.say('x'.repeat(MAX_LINE + 1));
    await vi.waitFor(() => expect(talk.closed).toBe(true));
    expect([talk.heard, asked]).toEqual(['ERROR\n', []]);
  });

  it('waits for a client that asks faster than it reads', async () => {
    const { port, asked } = await start();
    const socket = await open(port);
    socket.pause();
    socket.write('big\n'.repeat(200));
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(1));
    let before = 0;
    await vi.waitFor(
      () => {
        const isStill = asked.length === before;
        before = asked.length;
        expect(isStill).toBe(true);
      },
      { interval: 100 },
    );
    expect(asked.length).toBeLessThan(100);
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    socket.resume();
    await vi.waitFor(() => expect(bytes).toBe(200 * 1_000_001));
    socket.destroy();
  });

  it('survives a client that resets', async () => {
    const { port } = await start();
    const socket = await open(port);
    socket.write('slow\n');
    await sleep(10);
    socket.resetAndDestroy();
    expect(await (await dialogue(port)).ask('a\n')).toBe('<a>\n');
  });

  it('has 64 connections at most', async () => {
    const { port } = await start();
    const sockets = [];
    for (let count = 0; count < 64; count++) sockets.push(await dialogue(port));
    for (const talk of sockets) expect(await talk.ask('a\n')).toBe('<a>\n');
    const refused = await dialogue(port);
    await vi.waitFor(() => expect(refused.closed).toBe(true));
    sockets[0]!.socket.destroy();
    await vi.waitFor(async () => {
      const talk = await dialogue(port);
      talk.say('b\n');
      await vi.waitFor(() => expect(talk.heard !== '' || talk.closed).toBe(true));
      expect(talk.heard).toBe('<b>\n');
    });
  });

  it('closes a connection that is idle', async () => {
    const { port } = await start({ connections: 2, idleMs: 100 });
    const talk = await dialogue(port);
    expect(await talk.ask('a\n')).toBe('<a>\n');
    await vi.waitFor(() => expect(talk.closed).toBe(true));
  });

  it('closes all connections when it stops', async () => {
    const { port, server } = await start();
    const talk = await dialogue(port);
    await server.close();
    await vi.waitFor(() => expect(talk.closed).toBe(true));
    await server.close();
  });

  it('tells where it cannot listen and what helps', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const commands = { isAnswerable: () => true, reply: async () => '' };
    await expect(startAdminServer({ host: '127.0.0.1', port }, commands)).rejects.toThrow(
      `cannot listen on tcp://127.0.0.1:${port}: another process uses port ${port}; stop it, or set "admin.port" to a free one`,
    );
    other.close();
    await expect(startAdminServer({ host: '203.0.113.1', port: 0 }, commands)).rejects.toThrow(
      'does not have the address "203.0.113.1"; set "admin.host"',
    );
  });
});
