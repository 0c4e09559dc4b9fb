import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonConsole, runCommand, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const KEY = '0123456789abcdef0123456789abcdef';

/** A stand-in for Datadog that takes nothing until it is told to, and then counts what it takes. */
async function intake() {
  const taken = new Map<string, number>();
  const state: { answer: 'hangs' | 202 | 503 } = { answer: 503 };
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (state.answer === 'hangs') return;
      if (state.answer === 503) {
        response.writeHead(503).end('{}');
        return;
      }
      if (request.url === '/api/v2/series') {
        const text = gunzipSync(Buffer.concat(chunks)).toString();
        bodies.push(text);
        const body = JSON.parse(text) as { series: { metric: string }[] };
        for (const { metric } of body.series) taken.set(metric, (taken.get(metric) ?? 0) + 1);
      }
      response.writeHead(202).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const rounds = () => [...taken].filter(([name]) => name.startsWith('round.')).sort();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, state, rounds, bodies };
}

const configFor = (url: string, spool: object = { path: './spool' }) => ({
  flushInterval: '100ms',
  shutdownTimeout: '200ms',
  retry: { min: '50ms', max: '200ms' },
  frontends: [{ type: 'tcp', port: 0 }],
  backends: [jsonConsole, { type: 'datadog', apiKey: KEY, url }],
  spool,
});

/** One counter in each of so many windows. */
async function sendRounds(server: Server, from: number, to: number): Promise<void> {
  for (let round = from; round < to; round++) {
    const name = `round.${round}`;
    await sendStream(server.port('tcp'), `${name}:1|c\n`);
    await server.until('its window', () => server.entries.some((entry) => entry.name === name));
  }
}

/** Waits until every window that was printed is in the spool; each is one request of series. */
async function untilWritten(server: Server): Promise<void> {
  const windows = server.windows.length;
  await server.until('them on disk', () => server.total('statsdrain.spool.written') >= windows);
}

const once = (count: number) =>
  Array.from({ length: count }, (_, round) => [`round.${round}`, 1] as [string, number]).sort();

const said = (server: Server, text: string) => server.log.some(({ msg }) => msg.includes(text));

/** In the spool of a server, without the lock. */
function filesIn(folder: string): string[] {
  return readdirSync(join(folder, 'spool')).filter((name) => name !== 'lock');
}

function bytesIn(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

describe('the spool', () => {
  it('has what waits at a stop, and a start delivers it once', async () => {
    const { url, state, rounds } = await intake();
    const first = await startServer(configFor(url));
    await sendRounds(first, 0, 5);
    expect(await first.stop()).toBe(0);
    expect(first.log.at(-1)?.msg).toBe('stopped');
    expect(said(first, 'what was not delivered is in the spool')).toBe(true);
    expect(rounds()).toEqual([]);

    const folder = join(first.folder, 'spool');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(bytesIn(folder).includes('datadog')).toBe(true);
    expect(bytesIn(folder).includes(KEY)).toBe(false);

    state.answer = 202;
    const second = await startServer(configFor(url), { folder: first.folder });
    await second.until('all of them', () => rounds().length === 5);
    await second.until('the counters', () => second.total('statsdrain.spool.replayed') >= 5);
    await second.until('an empty spool', () => filesIn(first.folder).length === 0);
    expect(await second.stop()).toBe(0);
    expect(rounds()).toEqual(once(5));
    expect(second.total('statsdrain.backend.lost_windows')).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has all but the open window and the last moment when the process is killed', async () => {
    const { url, state, rounds } = await intake();
    const first = await startServer(configFor(url));
    await sendRounds(first, 0, 8);
    await untilWritten(first);
    await first.stop('SIGKILL');
    expect(existsSync(join(first.folder, 'spool', 'lock'))).toBe(true);
    state.answer = 202;
    const second = await startServer(configFor(url), { folder: first.folder });
    await second.until('all of them', () => rounds().length === 8);
    await second.until('an empty spool', () => filesIn(first.folder).length === 0);
    expect(await second.stop()).toBe(0);
    expect(rounds()).toEqual(once(8));
    expect(bytesIn(join(first.folder, 'spool')).includes(KEY)).toBe(false);
  });

  it('has a request that is under way for longer than a moment when the process is killed', async () => {
    const { url, state, rounds } = await intake();
    state.answer = 'hangs';
    const first = await startServer(configFor(url));
    await sendRounds(first, 0, 1);
    await untilWritten(first);
    await first.stop('SIGKILL');
    state.answer = 202;
    const second = await startServer(configFor(url), { folder: first.folder });
    await second.until('it', () => rounds().length === 1);
    await second.stop();
  });

  it('keeps account of every request: encoded is delivered, given up or waiting', async () => {
    const { url, state, bodies } = await intake();
    const tiny = { queue: { windows: 8 } };
    const server = await startServer({ ...configFor(url), ...tiny });
    await sendRounds(server, 0, 20);
    const of = (name: string) =>
      server.entries.filter((entry) => entry.name === name && entry.tags?.includes('lane:series')).at(-1)?.value ?? 0;
    await server.until('some on disk only', () => of('statsdrain.lane.spooled') >= 8);
    expect(of('statsdrain.lane.payloads')).toBeLessThanOrEqual(9);
    state.answer = 202;
    await server.until('none', () => of('statsdrain.lane.spooled') === 0 && of('statsdrain.lane.payloads') === 0);
    expect(server.total('statsdrain.lane.given_up')).toBe(0);
    expect(server.total('statsdrain.spool.replayed')).toBeGreaterThanOrEqual(8);
    expect(await server.stop()).toBe(0);
    // Each window is one request of series. The console may have had no time left for the last one.
    expect(new Set(bodies).size).toBe(bodies.length);
    expect([0, 1]).toContain(bodies.length - server.windows.length);
  });

  it.each<[string, (folder: string) => void]>([
    ['is a file', (folder) => writeFileSync(join(folder, 'spool'), '')],
    ['cannot be made', (folder) => symlinkSync('/proc/self/none', join(folder, 'spool'))],
  ])('that %s is done without: the server runs on memory and says so', async (_, make) => {
    const { url, state, rounds } = await intake();
    const folder = temporaryFolder();
    make(folder);
    const server = await startServer(configFor(url), { folder });
    expect(said(server, `the spool "${join(folder, 'spool')}" cannot be used`)).toBe(true);
    await sendRounds(server, 0, 2);
    state.answer = 202;
    await server.until('what waited', () => rounds().length === 2);
    await server.until('the error', () => server.total('statsdrain.spool.errors') > 0);
    const down = server.entries.filter(({ name }) => name === 'statsdrain.spool.down');
    expect(down.at(-1)?.value).toBe(1);
    expect(await server.stop()).toBe(0);
    expect(rounds()).toEqual(once(2));
  });

  it('of another process is done without, and the operator is told who has it', async () => {
    const { url } = await intake();
    const folder = temporaryFolder();
    const shared = { path: join(folder, 'spool') };
    const first = await startServer(configFor(url, shared), { folder });
    const second = await startServer(configFor(url, shared));
    expect(said(second, `process ${first.pid} uses it`)).toBe(true);
    const { code, stdout } = await runCommand(['spool', 'ls', '--path', shared.path], folder);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`process ${first.pid} uses it`)]);
    expect((await runCommand(['spool', 'drop', '--all', '--path', shared.path], folder)).stderr).toContain(
      'stop it first',
    );
    expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
  });

  it('shows an operator what waits, and gives it up when told to', async () => {
    const { url, state, rounds } = await intake();
    const first = await startServer(configFor(url));
    await sendRounds(first, 0, 2);
    await first.stop();
    const list = await runCommand(['spool', 'ls'], first.folder);
    expect(list.stdout).toMatch(/^ {2}datadog\/series {2}\d+ payloads /m);
    const [id = ''] = (await runCommand(['spool', 'show'], first.folder)).stdout.split(' ');
    expect((await runCommand(['spool', 'show', id], first.folder)).stdout).toContain('statsdrain.');
    expect((await runCommand(['spool', 'drop', '--all'], first.folder)).stdout).toMatch(/^\d+ payloads given up\n$/);
    state.answer = 202;
    const second = await startServer(configFor(url), { folder: first.folder });
    await sendRounds(second, 2, 3);
    await second.until('what is new', () => rounds().length > 0);
    await second.stop();
    expect(rounds()).toEqual([['round.2', 1]]);
  });

  it('is another one after a restart only, and a reload says so', async () => {
    const { url } = await intake();
    const server = await startServer(configFor(url));
    server.configure(configFor(url, { path: './other' }));
    server.signal('SIGHUP');
    await server.until('the warning', () => server.log.some(({ msg }) => msg.includes('at the next start only')));
    expect(server.stderr).toContain('spool (one process keeps one folder)');
    await server.stop();
    expect(existsSync(join(server.folder, 'other'))).toBe(false);
  });
});
