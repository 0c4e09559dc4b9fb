import { afterEach, describe, expect, it, vi } from 'vitest';
import { openActivation } from '../../src/supervision/activation.ts';

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

afterEach(() => vi.clearAllMocks());

describe('sockets of a service manager', () => {
  it.each([
    ['are none where there is no number', { LISTEN_PID: '42' }],
    ['are none where they are of another process', { LISTEN_PID: '41', LISTEN_FDS: '2' }],
    ['are none where the number is none', { LISTEN_PID: '42', LISTEN_FDS: 'two' }],
  ])('%s', async (_, env) => {
    const inheritance = await openActivation({ env, log, pid: 42, libc: () => expect.unreachable() });
    expect(inheritance.left()).toEqual([]);
    expect(env).toEqual({});
    expect(log.error).not.toHaveBeenCalled();
  });

  it('cannot be used without koffi, which is an error', async () => {
    const env = { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'udp:tcp', HOME: '/root' };
    const libc = async () => 'the optional package "koffi" is not installed';
    const inheritance = await openActivation({ env, log, pid: 42, libc });
    expect(inheritance.left()).toEqual([]);
    expect(env).toEqual({ HOME: '/root' });
    expect(log.error.mock.calls).toEqual([
      [
        'the sockets that the service manager opened cannot be used: the optional package "koffi" is not installed',
        { sockets: '2' },
      ],
    ]);
  });
});
