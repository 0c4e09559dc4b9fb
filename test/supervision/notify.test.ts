import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openNotify } from '../../src/supervision/notify.ts';
import { openNotifySocket } from '../helper/notify-socket.ts';
import { temporaryFolder } from '../helper/process.ts';

const noKoffi = async () => 'the optional package "koffi" is not installed';
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

afterEach(() => vi.clearAllMocks());

describe('notices to a service manager', () => {
  it.each([
    ['a path', () => join(temporaryFolder(), 'notify')],
    ['a name in the abstract namespace', () => `@statsdrain-notify-${process.pid}`],
  ])('go in order to %s', async (_, addressOf) => {
    const address = addressOf();
    const socket = await openNotifySocket(address);
    onTestFinished(() => socket.close());
    const notify = openNotify({ address, log });
    notify({ READY: 1, STATUS: 'two\nlines' });
    notify({ WATCHDOG: 1 });
    await vi.waitFor(() => expect(socket.notices()).toEqual(['READY=1\nSTATUS=two lines', 'WATCHDOG=1']));
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('go through a program where there is no koffi', async () => {
    const folder = temporaryFolder();
    const program = join(folder, 'notify');
    writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> "${folder}/told"\n`);
    chmodSync(program, 0o755);
    openNotify({ address: '/run/notify', log, libc: noKoffi, program })({ READY: 1, STATUS: 'good' });
    await vi.waitFor(() =>
      expect(readFileSync(join(folder, 'told'), 'utf8')).toBe(`/run/notify --pid=${process.pid} READY=1 STATUS=good\n`),
    );
  });

  it.each([
    ['/nowhere/notify', {}, 'sendto ENOENT'],
    ['vsock:2:1234', {}, 'NOTIFY_SOCKET is neither an absolute path nor "@" and a name'],
    [
      '/run/notify',
      { libc: noKoffi, program: '/nowhere/notify' },
      'the optional package "koffi" is not installed, and "/nowhere/notify" cannot run: spawn /nowhere/notify ENOENT',
    ],
    [
      '/run/notify',
      { libc: noKoffi, program: 'false' },
      'the optional package "koffi" is not installed, and "false" ended with code 1',
    ],
  ])('that cannot go to %s are logged once', async (address, options, why) => {
    const notify = openNotify({ address, log, ...options });
    notify({ READY: 1 });
    notify({ WATCHDOG: 1 });
    const sentence = `cannot tell the service manager at "${address}" how the server does: ${why}`;
    await vi.waitFor(() => expect(log.warn.mock.calls).toEqual([[sentence]]));
  });
});
