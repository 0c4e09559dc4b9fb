import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { httpService } from '../helper/fake-service.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { post, sendStream, sendUdp } from '../helper/send.ts';

/** By how much the dispatch thread gives way. */
const NICER = 5;
const NICEST = 19;

/** That of each thread of a process by its id, the 19th field of its `stat` (proc(5)); names may hold blanks. */
function niceLevels(pid: number): Map<number, number> {
  const folder = `/proc/${pid}/task`;
  return new Map(
    readdirSync(folder).map((id) => {
      const stat = readFileSync(join(folder, id, 'stat'), 'latin1');
      return [Number(id), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19 - 3])];
    }),
  );
}

/** What may differ between versions of Node: the C library through koffi, what a thread may do, what Node itself warns of. */
describe.runIf(process.platform === 'linux')('the Node that runs these tests', () => {
  test('receives with "recvmmsg", and not with what it would fall back on', async () => {
    const server = await startServer({
      flushInterval: '200ms',
      frontends: [{ type: 'udp', port: 0 }],
      backends: [jsonConsole],
    });
    expect(readlinkSync(`/proc/${server.pid}/exe`)).toBe(realpathSync(process.execPath));
    const lines = server.log.filter(({ msg }) => msg.startsWith('receiving with'));
    expect(lines.map(({ msg }) => msg)).toEqual(['receiving with "recvmmsg"']);
    await sendUdp(server.port('udp'), ...Array.from({ length: 50 }, (_, i) => `hits:1|c\nlast:${i}|g`));
    await server.until('all lines', () => server.total('hits') === 50);
    expect(await server.stop()).toBe(0);
  });

  test('lets the dispatch thread give way to the others', async () => {
    const server = await startServer({ frontends: [{ type: 'udp', port: 0 }], backends: [jsonConsole] });
    const levels = niceLevels(server.pid);
    const usual = getPriority();
    expect(levels.get(server.pid)).toBe(usual);
    expect([...levels.values()]).toContain(Math.min(usual + NICER, NICEST));
    expect(await server.stop()).toBe(0);
  });

  test('has nothing to say about a server with all there is to load', async () => {
    const service = await httpService(202);
    const server = await startServer({
      flushInterval: '200ms',
      statsd: {},
      watch: true,
      admin: { port: 0 },
      frontends: [
        { type: 'udp', port: 0 },
        { type: 'udp', name: 'dgram', port: 0, receiver: 'dgram' },
        { type: 'tcp', port: 0 },
        { type: 'unix', path: 'stream.sock' },
        { type: 'unix', name: 'datagram', path: 'datagram.sock', mode: 'datagram' },
        { type: 'http', port: 0 },
      ],
      backends: [
        jsonConsole,
        { type: 'prometheus', port: 0 },
        { type: 'datadog', apiKey: 'key', url: `http://127.0.0.1:${service.port}` },
      ],
    });
    const line = 'hits:1|c\n';
    await sendUdp(server.port('udp'), line);
    await sendUdp(server.port('dgram'), line);
    await sendStream(server.port('tcp'), line);
    await sendStream(join(server.folder, 'stream.sock'), line);
    await sendUnixDatagrams(join(server.folder, 'datagram.sock'), [line]);
    expect(await post(server.port('http'), '/statsd', line)).toBe(204);
    await server.until('all lines', () => server.total('hits') === 6);
    const page = async () => (await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`)).text();
    await expect.poll(page, { timeout: 20_000 }).toMatch(/^hits 6$/m);
    server.signal('SIGHUP');
    await server.until('the reload', () => server.log.some(({ msg }) => msg.includes('reloaded')));
    expect(await server.stop()).toBe(0);
    expect(service.requests.length).toBeGreaterThan(0);
    // Warnings of Node are text, not lines of the log.
    expect(server.stderr.trimEnd().split('\n')).toHaveLength(server.log.length);
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
