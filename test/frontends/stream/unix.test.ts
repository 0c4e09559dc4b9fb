import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import unix from '../../../frontends/stream/unix.ts';
import type { Frontend } from '../../../src/plugin.ts';
import { frontendContract } from '../../contract/frontend.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../helper/intake.ts';
import { withoutPrivileges } from '../../helper/privileges.ts';

const root = mkdtempSync(join(tmpdir(), 'statsdrain-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const freshFolder = () => {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
};

frontendContract('unix', {
  plugin: unix,
  needsConfig: true,
  config: (address) => ({ path: address === undefined ? join(freshFolder(), 'socket') : pathOf(address) }),
  occupied: (address) => `"${pathOf(address)}"`,
  send: async (address, bytes) => {
    const socket = await dial(pathOf(address));
    socket.end(bytes);
    await once(socket.resume(), 'close');
  },
});

const running: Frontend[] = [];
const clients: Socket[] = [];
const servers: Server[] = [];
let folder: string;
let path: string;
beforeEach(() => {
  folder = freshFolder();
  path = join(folder, 'statsd.sock');
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

function create(block: object = {}) {
  const intake = recordIntake();
  const context = frontendContext();
  const frontend = unix.create(configure(unix, { path, ...block }), intake, context);
  running.push(frontend);
  return { frontend, intake, context };
}

async function start(block: object = {}) {
  const made = create(block);
  const [address = ''] = await made.frontend.start();
  return { ...made, address };
}

describe('unix configuration', () => {
  it('has these defaults', () => {
    expect(configure(unix, { path: 'run/statsd.sock' })).toEqual({
      path: resolve('run/statsd.sock'),
      permissions: '0722',
      eolRequired: false,
      mode: 'stream',
      maxConnections: 1000,
      idleTimeout: 0,
    });
  });

  it.each([
    ['no path', {}, 'path'],
    ['an empty path', { path: '' }, 'path'],
    ['a path with NUL', { path: '/tmp/a\0b' }, 'path'],
    ['a path of 108 bytes', { path: `/${'ä'.repeat(53)}x` }, 'too long for a socket'],
    ['a short name in a folder of 101 bytes', { path: `/${'x'.repeat(100)}/s` }, 'too long for a socket'],
    ['a relative path that is too long with its folder', { path: 'x'.repeat(107) }, 'too long for a socket'],
    ['another mode', { path: 's', mode: 'seqpacket' }, 'mode'],
    ['permissions that are not octal', { path: 's', permissions: '0680' }, 'must be three octal digits'],
    ['permissions with too many digits', { path: 's', permissions: '10660' }, 'must be three octal digits'],
    ['permissions as a number', { path: 's', permissions: 660 }, 'permissions'],
    ['a name of nothing in the abstract namespace', { path: '@' }, 'too long for a socket'],
    ['a name of 108 bytes there', { path: `@${'x'.repeat(107)}` }, 'too long for a socket'],
    ['permissions of it', { path: '@x', permissions: '0660' }, 'abstract namespace'],
    ['no connections', { path: 's', maxConnections: 0 }, 'maxConnections'],
  ])('refuses %s', (_, block, text) => {
    expect(() => configure(unix, block)).toThrow(text);
  });

  it('takes the longest path that a socket can have', async () => {
    const longest = join(folder, 'x'.repeat((process.platform === 'linux' ? 107 : 103) - folder.length - 1));
    const { intake } = await start({ path: longest });
    expect(readdirSync(folder)).toEqual([longest.slice(folder.length + 1)]);
    (await dial(longest)).end('long:1|c\n');
    await waitFor(() => intake.has('long'));
    expect(() => configure(unix, { path: `${longest}x` })).toThrow('too long for a socket');
  });

  it('describes where it listens', () => {
    expect(unix.describe?.(configure(unix, { path: '/run/statsd.sock' }))).toBe('unix:/run/statsd.sock');
  });
});

describe.runIf(process.platform === 'linux')('unix in the abstract namespace', () => {
  it('takes lines at a name that no file stands for, and says who has it', async () => {
    const name = `@statsdrain.${process.pid}.${'x'.repeat(80)}`;
    const { intake, address, frontend } = await start({ path: name });
    expect(address).toBe(`unix:${name}`);
    expect(unix.listens?.(configure(unix, { path: name }))).toEqual([{ transport: 'unix', path: name }]);
    (await dial(`\0${name.slice(1)}`)).end('a:1|c\ntail:3|c');
    await waitFor(() => intake.has('tail'));
    await expect(create({ path: name }).frontend.start()).rejects.toThrow(
      `cannot listen on "${name}": another process listens there; stop it, or set "path" to another name`,
    );
    await frontend.stop();
    await expect(dial(`\0${name.slice(1)}`)).rejects.toThrow('ECONNREFUSED');
    expect(readdirSync(folder)).toEqual([]);
    await start({ path: name });
  });

  it('is no relative path; one that begins with "@" is written "./@"', () => {
    expect(configure(unix, { path: './@s' })).toMatchObject({ path: resolve('@s') });
    expect(configure(unix, { path: '@s' })).toMatchObject({ path: '@s' });
  });
});

describe('unix where each line needs its LF', () => {
  it('counts what is left at the end of a connection', async () => {
    const { intake } = await start({ eolRequired: true });
    (await dial(path)).end('a:1|c\nhalf:1');
    await waitFor(() => intake.discarded.has('unterminated'));
    expect(intake.received).toEqual(['a:1|c']);
  });
});

describe('unix', () => {
  it('takes lines, and the tail without LF at the end of a connection', async () => {
    const { intake, address } = await start();
    expect(address).toBe(`unix:${path}`);
    (await dial(path)).end('a:1|c\nb:2|c\ntail:3|c');
    await waitFor(() => intake.received.length === 3);
    expect(intake.received).toEqual(['a:1|c', 'b:2|c', 'tail:3|c']);
    await waitFor(() => intake.counted.has('connections.closed'));
    expect(intake.counted.get('connections.accepted')).toBe(1);
  });

  it('refuses connections beyond maxConnections', async () => {
    const { intake } = await start({ maxConnections: 1 });
    const first = await dial(path);
    first.write('first:1|c\n');
    await waitFor(() => intake.has('first'));
    const second = await dial(path);
    await once(second.resume(), 'close');
    expect(intake.counted.get('connections.refused')).toBe(1);
  });

  it('closes idle connections', async () => {
    const { intake } = await start({ idleTimeout: 30 });
    const client = await dial(path);
    client.write('tail:1|c');
    await once(client.resume(), 'close');
    expect(intake.received).toEqual(['tail:1|c']);
  });

  it('takes a path relative to the working directory', async () => {
    const { address } = await start({ path: relative(process.cwd(), path) });
    expect(address).toBe(`unix:${path}`);
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  it('gives a URL for a path with characters that a URL does not have', async () => {
    const odd = join(folder, 'a b%41#?.sock');
    const { address } = await start({ path: odd });
    expect(lstatSync(odd).isSocket()).toBe(true);
    expect(pathOf(address)).toBe(odd);
  });

  it('takes what was sent before the stop', async () => {
    const { frontend, intake } = await start();
    const dialed = await Promise.all(Array.from({ length: 20 }, () => dial(path)));
    await Promise.all(dialed.map((client) => new Promise((resolve) => client.write('a:1|c\n'.repeat(100), resolve))));
    await frontend.stop();
    expect(intake.received).toHaveLength(2000);
  });
});

describe('the socket file', () => {
  it('is the only file, and is removed when the front-end stops', async () => {
    const { frontend } = await start();
    expect(readdirSync(folder)).toEqual(['statsd.sock']);
    await frontend.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['0660', 0o660],
    ['622', 0o622],
    ['0600', 0o600],
  ])('has the permissions %s', async (permissions, mode) => {
    await start({ permissions });
    expect(lstatSync(path).mode & 0o777).toBe(mode);
  });

  it('is replaced when nobody listens on it', async () => {
    await leaveStale(path);
    const { intake, context } = await start();
    (await dial(path)).end('fresh:1|c\n');
    await waitFor(() => intake.has('fresh'));
    expect(readdirSync(folder)).toEqual(['statsd.sock']);
    expect(context.logged).toEqual([]);
  });

  it('of a process that listens stays as it is', async () => {
    const server = createServer();
    servers.push(server);
    await listening(server, path);
    const { ino } = lstatSync(path);
    await expect(create().frontend.start()).rejects.toThrow(
      `another process listens on "${path}"; stop it, or set "path" to another file`,
    );
    expect(lstatSync(path).ino).toBe(ino);
    expect(readdirSync(folder)).toEqual(['statsd.sock']);
  });

  it('of another process that took its place is not removed', async () => {
    const first = await start();
    unlinkSync(path);
    const second = await start();
    await first.frontend.stop();
    (await dial(path)).end('second:1|c\n');
    await waitFor(() => second.intake.has('second'));
    expect(first.context.logged).toEqual([]);
  });

  it('that somebody removed does not matter', async () => {
    const { frontend, context } = await start();
    unlinkSync(path);
    await frontend.stop();
    expect(context.logged).toEqual([]);
  });

  it('that cannot be removed is logged, and the front-end stops all the same', async () => {
    const { frontend, context } = await start();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    await frontend.stop();
    expect(context.logged).toMatchObject([{ level: 'warn' }]);
    expect(context.logged[0]?.message).toContain(path);
  });

  it.each([
    ['a regular file', () => writeFileSync(path, 'precious')],
    ['a folder', () => mkdirSync(path)],
    ['a symbolic link', () => symlinkSync('elsewhere', path)],
  ])('does not take the place of %s', async (_, make) => {
    make();
    const before = lstatSync(path);
    await expect(create().frontend.start()).rejects.toThrow(
      `"${path}" exists and is not a socket; remove it, or set "path" to another file`,
    );
    expect(lstatSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['statsd.sock']);
  });

  it('needs a folder that exists', async () => {
    const missing = join(folder, 'missing', 'statsd.sock');
    await expect(create({ path: missing }).frontend.start()).rejects.toThrow(
      `cannot listen on "${missing}": "${join(folder, 'missing')}" is not an existing folder; create it`,
    );
    const inFile = join(folder, 'file', 'statsd.sock');
    writeFileSync(join(folder, 'file'), '');
    await expect(create({ path: inFile }).frontend.start()).rejects.toThrow('is not an existing folder; create it');
  });

  it.skipIf(process.platform === 'win32')('needs permission to write to the folder', async () => {
    chmodSync(root, 0o755);
    chmodSync(folder, 0o555);
    await withoutPrivileges(() =>
      expect(create().frontend.start()).rejects.toThrow(
        `cannot listen on "${path}": no permission; let the user that runs this process write to the folder "${folder}"`,
      ),
    );
    expect(existsSync(path)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('needs permission to find out whether somebody listens on it', async () => {
    await leaveStale(path);
    chmodSync(root, 0o755);
    chmodSync(folder, 0o777);
    chmodSync(path, 0o400);
    await withoutPrivileges(() => expect(create().frontend.start()).rejects.toThrow('no permission; let the user'));
    expect(readdirSync(folder)).toEqual(['statsd.sock']);
  });
});

describe.runIf(process.geteuid?.() === 0)('a stale socket file of another user', () => {
  it('in a sticky folder stays, and nothing is left beside it', async () => {
    await leaveStale(path);
    chmodSync(root, 0o755);
    chmodSync(folder, 0o1777);
    chmodSync(path, 0o777);
    await withoutPrivileges(() => expect(create().frontend.start()).rejects.toThrow('no permission; let the user'));
    expect(readdirSync(folder)).toEqual(['statsd.sock']);
  });
});

/** A socket file as a process leaves it that was killed. */
async function leaveStale(file: string): Promise<void> {
  const server = createServer();
  await listening(server, `${file}~`);
  // Closing removes the name that was bound.
  renameSync(`${file}~`, file);
  await new Promise((resolve) => server.close(resolve));
}

async function listening(server: Server, file: string): Promise<void> {
  server.listen(file);
  await once(server, 'listening');
}

async function dial(file: string): Promise<Socket> {
  const socket = connect(file);
  clients.push(socket);
  await once(socket, 'connect');
  // Connections that are refused or cut off may be reset.
  socket.on('error', () => undefined);
  return socket;
}

function pathOf(address: string): string {
  return decodeURIComponent(new URL(address).pathname);
}
