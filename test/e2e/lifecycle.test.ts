import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { jsonConsole, launch, runCommand, startServer, temporaryFolder } from '../helper/process.ts';
import { open, sendStream, sendUdp } from '../helper/send.ts';

const tcp = { type: 'tcp', port: 0 };

/** A port that a TCP server or a UDP socket of this process holds until the test ends. */
async function takenPort(protocol: 'tcp' | 'udp'): Promise<number> {
  if (protocol === 'udp') {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
    return socket.address().port;
  }
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('what keeps it from starting is one line with the place and the remedy, and the exit code says its kind', () => {
  test.for([
    ['udp', 'udp', 'recvmmsg'],
    ['udp', 'udp', 'dgram'],
    ['tcp', 'tcp', undefined],
    ['http', 'tcp', undefined],
  ] as const)('the port of the front-end %s is in use (%s, %s)', async ([type, protocol, receiver]) => {
    const port = await takenPort(protocol);
    // So that none ends while it starts.
    const flushInterval = '24h';
    const server = launch({ flushInterval, frontends: [{ type, port, receiver }], backends: [jsonConsole] });
    expect(await server.ended).toBe(69);
    expect(server.log).toHaveLength(2);
    const [, line] = server.log;
    expect(line).toMatchObject({ level: 'error', msg: expect.stringContaining(`front-end "${type}"`) });
    expect(line?.msg).toContain(String(port));
    expect(line?.msg).toMatch(/stop .* or set .*"port"/);
    expect(server.stderr).not.toMatch(/\n\s+at /);
    expect(server.entries).toEqual([]);
  });

  test('the port of the back-end prometheus is in use', async () => {
    const port = await takenPort('tcp');
    const server = launch({
      flushInterval: '24h',
      frontends: [tcp],
      backends: [jsonConsole, { type: 'prometheus', port }],
    });
    expect(await server.ended).toBe(69);
    expect(server.log).toHaveLength(2);
    expect(server.log[1]?.msg).toMatch(new RegExp(`back-end "prometheus".*${port}.*"port"`));
  });

  test('a folder for the socket file that does not exist', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'none', 'drain.sock');
    const server = launch(
      { flushInterval: '24h', frontends: [{ type: 'unix', path }], backends: [jsonConsole] },
      { folder },
    );
    expect(await server.ended).toBe(69);
    expect(server.log).toHaveLength(2);
    expect(server.log[1]?.msg).toContain(path);
    expect(server.log[1]?.msg).toContain('create it');
  });

  test('a configuration with several mistakes: all of them, each with its path', async () => {
    const folder = temporaryFolder();
    const unset = '$' + '{NO_SUCH_VARIABLE}';
    const config = {
      flushIntervall: '10s',
      frontends: [{ type: 'upd' }, { type: 'tcp', prot: 1 }],
      backends: [{ type: 'datadog', apiKey: unset }],
    };
    writeFileSync(join(folder, 'bad.json'), JSON.stringify(config));
    for (const args of [['bad.json'], ['check', 'bad.json']]) {
      const { code, stdout, stderr } = await runCommand(args, folder);
      expect(code).toBe(78);
      expect(stdout).toBe('');
      const lines = stderr.trimEnd().split('\n');
      expect(lines).toHaveLength(4);
      expect(lines.every((line) => line.startsWith('statsdrain: ') && line.includes('bad.json'))).toBe(true);
      for (const part of ['"flushInterval"', 'frontends[0].type', '"udp"', 'frontends[1].prot', '"port"']) {
        expect(stderr).toContain(part);
      }
      expect(stderr).toContain('NO_SUCH_VARIABLE');
    }
  });

  test.for([
    [['--verbose'], 64, '--verbose'],
    [['check', 'a.json', 'b.json'], 64, 'b.json'],
    [['none.json'], 78, 'none.json'],
  ] as const)('the arguments %j', async ([args, exit, part]) => {
    const { code, stdout, stderr } = await runCommand(args, temporaryFolder());
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(part);
  });
});

test.for(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it with exit code 0 and loses nothing that it accepted',
  async (signal) => {
    const server = await startServer({
      flushInterval: '60s',
      frontends: [tcp, { type: 'unix', path: 'drain.sock' }, { type: 'udp', port: 0 }],
      backends: [jsonConsole],
    });
    const lines = 20_000;
    const body = 'kept:1|c\n'.repeat(lines);
    const socket = await open(server.port('tcp'));
    socket.resume();
    await new Promise<void>((resolve, reject) => socket.write(body, (error) => (error ? reject(error) : resolve())));
    await sendUdp(server.port('udp'), ...Array.from({ length: 100 }, () => 'kept.udp:1|c'));
    await sendStream(join(server.folder, 'drain.sock'), body);
    expect(await server.stop(signal)).toBe(0);
    socket.destroy();
    expect(server.total('kept')).toBe(2 * lines);
    expect(server.total('kept.udp')).toBe(100);
    expect(server.windows.at(-1)?.interval).toBeLessThan(60);
    expect(server.log.at(-1)).toMatchObject({ level: 'info', msg: 'stopped' });
  },
);

test('a second signal ends it at once', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'hang.mjs'),
    `export default { kind: 'backend', name: 'hang', create: () => ({ send: () => new Promise(() => {}) }) };`,
  );
  const config = { shutdownTimeout: '1h', frontends: [tcp], backends: [{ use: './hang.mjs' }] };
  const server = await startServer(config, { folder });
  server.signal('SIGINT');
  await server.until('the line "stopping"', () => server.log.some(({ msg }) => msg === 'stopping'));
  expect(await server.stop('SIGINT')).toBe(1);
});

describe('SIGHUP', () => {
  const config = { flushInterval: '60s', frontends: [tcp], backends: [jsonConsole] };

  test('keeps the open window and takes over what changed', async () => {
    // Else a page for Prometheus would have tags read in other styles, which is another front-end.
    const styled = { ...tcp, tagStyles: ['dogstatsd'] };
    const server = await startServer({ ...config, frontends: [styled] });
    const firstPort = server.port('tcp');
    await sendStream(firstPort, 'kept:1|c\n'.repeat(1000));

    server.configure({
      flushInterval: '200ms',
      frontends: [styled, { type: 'udp', port: 0 }],
      backends: [jsonConsole, { type: 'prometheus', port: 0 }],
    });
    server.signal('SIGHUP');
    await server.until('the new configuration', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));
    expect(server.port('tcp')).toBe(firstPort);
    await sendStream(server.port('tcp'), 'kept:1|c\n'.repeat(1000));
    await sendUdp(server.port('udp'), 'new:1|c');
    await server.until('both counters', () => server.total('kept') === 2000 && server.total('new') === 1);
    const page = await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`);
    expect(page.status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(server.total('kept')).toBe(2000);
  });

  test('replaces a front-end that changed', async () => {
    const server = await startServer({ ...config, frontends: [tcp, { type: 'udp', port: 0 }] });
    await sendStream(server.port('tcp'), 'before:1|c\n'.repeat(1000));
    await sendUdp(server.port('udp'), 'before.udp:1|c');
    const before = server.port('tcp');
    server.configure({
      ...config,
      frontends: [
        { ...tcp, idleTimeout: '5s' },
        { type: 'udp', port: 0, receiver: 'dgram' },
      ],
    });
    server.signal('SIGHUP');
    await server.until('the new configuration', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));
    expect(server.port('tcp')).not.toBe(before);
    await sendStream(server.port('tcp'), 'after:1|c\n'.repeat(1000));
    expect(await server.stop()).toBe(0);
    expect([server.total('before'), server.total('before.udp'), server.total('after')]).toEqual([1000, 1, 1000]);
  });

  test('keeps the old configuration when the new one is broken, and says why', async () => {
    const server = await startServer(config);
    await sendStream(server.port('tcp'), 'kept:1|c\n'.repeat(1000));
    server.configure({ ...config, flushInterval: 'soon' });
    server.signal('SIGHUP');
    await server.until('the refusal', () => server.log.some(({ msg }) => msg.includes('was not reloaded')));
    const [fault, refusal] = server.log.filter(({ level }) => level === 'error');
    expect(fault?.msg).toMatch(/config\.json: flushInterval: "soon"/);
    expect(refusal?.msg).toContain('going on with the old one');
    await sendStream(server.port('tcp'), 'kept:1|c\n'.repeat(1000));
    expect(await server.stop()).toBe(0);
    expect(server.total('kept')).toBe(2000);
  });

  test('goes on as before with a front-end whose new port is in use', async () => {
    const server = await startServer(config);
    await sendStream(server.port('tcp'), 'kept:1|c\n'.repeat(1000));
    server.configure({ ...config, frontends: [{ type: 'tcp', port: await takenPort('tcp') }] });
    server.signal('SIGHUP');
    await server.until('the new configuration', () => server.log.some(({ msg }) => msg === 'configuration reloaded'));
    expect(server.log.find(({ level }) => level === 'error')?.msg).toContain('going on as before');
    await sendStream(server.port('tcp'), 'kept:1|c\n'.repeat(1000));
    expect(await server.stop()).toBe(0);
    expect(server.total('kept')).toBe(2000);
  });
});

test('a reader of standard output that goes away costs the console its windows, nothing else', async () => {
  const folder = temporaryFolder();
  const config = { flushInterval: '50ms', frontends: [tcp], backends: [{ type: 'console' }] };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const command = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
  const child = spawn(process.execPath, [command, 'config.json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await expect.poll(() => log, { timeout: 20_000 }).toContain('EPIPE');
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(log).not.toMatch(/\n\s+at /);
  for (const line of log.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
});
