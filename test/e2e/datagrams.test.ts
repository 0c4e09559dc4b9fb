import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadLibc } from '../../src/receive/libc.ts';
import { jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';
import { sendUnixDatagrams } from '../helper/unix-datagram.ts';

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
});
