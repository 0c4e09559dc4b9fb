import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import unix from '../../../frontends/stream/unix.ts';
import type { DatagramOptions, Frontend, FrontendContext } from '../../../src/plugin.ts';
import { type Libc, loadLibc } from '../../../src/receive/libc.ts';
import { openReceiver } from '../../../src/receive/receiver.ts';
import { sendUnixDatagrams } from '../../../src/receive/send-unix.ts';
import { frontendContract } from '../../contract/frontend.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../helper/intake.ts';
import { pollingReceiver } from '../../helper/polling-receiver.ts';
import { withoutPrivileges } from '../../helper/privileges.ts';

const libc = await loadLibc();
const queueFile = '/proc/sys/net/unix/max_dgram_qlen';

const running: Frontend[] = [];
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
  path = join(folder, 'statsd.sock');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
  rmSync(folder, { recursive: true, force: true });
});

function create(block: object = {}, receiveDatagrams?: FrontendContext['receiveDatagrams']) {
  const intake = recordIntake();
  const context = frontendContext({ receiveDatagrams: receiveDatagrams ?? pollingReceiver(intake) });
  const frontend = unix.create(configure(unix, { path, mode: 'datagram', ...block }), intake, context);
  running.push(frontend);
  return { frontend, intake, context };
}

async function start(block: object = {}) {
  const made = create(block);
  const [address = ''] = await made.frontend.start();
  return { ...made, address };
}

describe('unix datagrams: configuration', () => {
  it('has these defaults', () => {
    expect(configure(unix, { path: 'run/statsd.sock', mode: 'datagram' })).toEqual({
      path: resolve('run/statsd.sock'),
      permissions: '0722',
      eolRequired: false,
      mode: 'datagram',
    });
  });

  it.each([
    ['maxConnections', 1000],
    ['idleTimeout', '10m'],
  ])('refuses %s, which belongs to connections', (key, value) => {
    expect(() => configure(unix, { path: 's', mode: 'datagram', [key]: value })).toThrow(
      'has no meaning with \\"mode\\": \\"datagram\\"',
    );
  });
});

describe('unix datagrams without a fast receiver', () => {
  const reason = 'the optional package "koffi" is not installed (npm install koffi)';

  it('do not start, and say where, why and what to do', async () => {
    const { frontend } = create({}, async () => reason);
    await expect(frontend.start()).rejects.toThrow(
      `cannot listen on "${path}": "mode": "datagram" is not available: ${reason}; mend that, or set "mode" to "stream"`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are asked for under a temporary name in the same folder', async () => {
    const asked: DatagramOptions[] = [];
    const { frontend } = create({}, async (options) => {
      asked.push(options);
      return reason;
    });
    await expect(frontend.start()).rejects.toThrow(reason);
    expect(asked).toEqual([
      { kind: 'unix', eolRequired: false, path: expect.stringMatching(new RegExp(`^${folder}/\\.[0-9a-f]{8}$`)) },
    ]);
  });

  it('stop the receiver when the socket file cannot be put in its place', async () => {
    let stops = 0;
    const { frontend } = create({}, async () => ({
      port: 0,
      receiveBuffer: 0,
      stop: async () => {
        stops++;
      },
    }));
    // No file was bound, so its status cannot be read.
    await expect(frontend.start()).rejects.toThrow(`cannot listen on "${path}"`);
    expect(stops).toBe(1);
  });
});

if (typeof libc !== 'string') {
  const contractRoot = mkdtempSync(join(tmpdir(), 'statsdrain-'));
  afterAll(() => rmSync(contractRoot, { recursive: true }));
  let sockets = 0;
  frontendContract('unix datagrams', {
    plugin: {
      ...unix,
      create: (config, intake, context) =>
        unix.create(config, intake, { ...context, receiveDatagrams: pollingReceiver(intake) }),
    },
    needsConfig: true,
    config: (address) => ({
      mode: 'datagram',
      path: address === undefined ? join(contractRoot, String(sockets++)) : new URL(address).pathname,
    }),
    occupied: (address) => `"${new URL(address).pathname}"`,
    send: (address, bytes) => sendUnixDatagrams(new URL(address).pathname, [bytes]),
  });

  describe('unix datagrams', () => {
    it('are taken whole, each for itself', async () => {
      const { intake, address } = await start();
      expect(address).toBe(`unix:${path}`);
      await sendUnixDatagrams(path, ['one:1|c\ntwo:2|c', 'three:3|c\n', 'half:1', '0|c', 'x'.repeat(65_536)]);
      await waitFor(() => intake.received.length === 6);
      expect(intake.received).toEqual(['one:1|c', 'two:2|c', 'three:3|c', 'half:1', '0|c', 'x'.repeat(65_536)]);
    });

    it('that are longer than a receiver takes are counted as truncated, and nothing of them is taken', async () => {
      const { intake } = await start();
      await sendUnixDatagrams(path, ['before:1|c', `lost:1|c\n${'y'.repeat(65_528)}`, 'after:1|c']);
      await waitFor(() => intake.has('after'));
      expect(intake.received).toEqual(['before:1|c', 'after:1|c']);
      expect(intake.discarded).toEqual(new Map([['truncated', 1]]));
    });

    it('that were sent before the stop are taken', async () => {
      const { frontend, intake } = await start();
      const sent = Array.from({ length: 500 }, (_, index) => `a${index}:1|c`);
      await sendUnixDatagrams(path, sent);
      await frontend.stop();
      expect(intake.received).toEqual(sent);
    });

    it('are read in one way, which is logged once', async () => {
      const { context } = await start();
      expect(context.logged.filter(({ level }) => level === 'info')).toEqual([
        { level: 'info', message: 'receiving with "recvmmsg"', fields: { threads: 1 } },
      ]);
    });

    it('wait in a queue whose length is worth a warning when it is short', async () => {
      const length = Number(readFileSync(queueFile, 'latin1'));
      const { context } = await start();
      const warnings = context.logged.filter(({ level }) => level === 'warn');
      expect(warnings.map(({ fields }) => fields)).toEqual(length < 512 ? [{ queued: length }] : []);
      for (const { message } of warnings) expect(message).toContain('"sysctl -w net.unix.max_dgram_qlen=512"');
    });
  });

  describe('the socket file of datagrams', () => {
    it('is the only file, has its permissions, and is removed at the stop', async () => {
      const { frontend } = await start({ permissions: '0622' });
      expect(readdirSync(folder)).toEqual(['statsd.sock']);
      expect(lstatSync(path).isSocket()).toBe(true);
      expect(lstatSync(path).mode & 0o777).toBe(0o622);
      await frontend.stop();
      expect(readdirSync(folder)).toEqual([]);
    });

    it('is replaced when its process is gone', async () => {
      openReceiver(libc as Libc, { kind: 'unix', path }).close();
      expect(existsSync(path)).toBe(true);
      const { intake } = await start();
      await sendUnixDatagrams(path, ['fresh:1|c']);
      await waitFor(() => intake.has('fresh'));
      expect(readdirSync(folder)).toEqual(['statsd.sock']);
    });

    it('of connections stays where it is while they are accepted', async () => {
      const server = createServer();
      onTestFinished(() => void server.close());
      await new Promise<void>((resolve) => server.listen(path, resolve));
      await expect(create().frontend.start()).rejects.toThrow(`another process listens on "${path}"`);
      expect(readdirSync(folder)).toEqual(['statsd.sock']);
    });

    it('stays where it is when connections want its place', async () => {
      await start();
      const { ino } = lstatSync(path);
      await expect(create({ mode: 'stream' }).frontend.start()).rejects.toThrow(`another process listens on "${path}"`);
      expect(lstatSync(path).ino).toBe(ino);
    });

    it('of another process that took its place is not removed', async () => {
      const first = await start();
      unlinkSync(path);
      const second = await start();
      await first.frontend.stop();
      await sendUnixDatagrams(path, ['second:1|c']);
      await waitFor(() => second.intake.has('second'));
      expect(first.context.logged.filter(({ message }) => message.includes('left behind'))).toEqual([]);
    });

    it('needs a folder that exists', async () => {
      const missing = join(folder, 'missing', 'statsd.sock');
      await expect(create({ path: missing }).frontend.start()).rejects.toThrow(
        `cannot listen on "${missing}": "${join(folder, 'missing')}" is not an existing folder; create it`,
      );
    });

    it('needs permission to write to the folder', async () => {
      chmodSync(folder, 0o555);
      await withoutPrivileges(() => expect(create().frontend.start()).rejects.toThrow('no permission; let the user'));
      expect(readdirSync(folder)).toEqual([]);
    });
  });
}

describe.skipIf(typeof libc === 'string')('unix datagrams in the abstract namespace', () => {
  it('come in at a name that no file stands for, which is free again afterwards', async () => {
    const name = `@statsdrain.${process.pid}.datagrams`;
    const { intake, address, frontend } = await start({ path: name });
    expect(address).toBe(`unix:${name}`);
    await sendUnixDatagrams(name, ['a:1|c', 'b:2|c']);
    await waitFor(() => intake.has('b'));
    await expect(create({ path: name }).frontend.start()).rejects.toThrow(
      `cannot listen on "${name}": another process listens there`,
    );
    await frontend.stop();
    await expect(sendUnixDatagrams(name, ['a:1|c'])).rejects.toThrow('ECONNREFUSED');
    await start({ path: name });
  });
});

describe.skipIf(typeof libc === 'string')('unix datagrams where each line needs its LF', () => {
  it('lose what is behind the last one, which is counted', async () => {
    const { intake } = await start({ eolRequired: true });
    await sendUnixDatagrams(path, ['half:1|c', 'a:1|c\nhalf:1', 'b:1|c\n\n', 'x'.repeat(9000), '\n', 'last:1|c\n']);
    await waitFor(() => intake.has('last'));
    expect(intake.received).toEqual(['a:1|c', 'b:1|c', 'last:1|c']);
    expect([...intake.discarded]).toEqual([['unterminated', 3]]);
  });
});
