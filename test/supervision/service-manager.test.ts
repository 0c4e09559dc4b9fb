import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Notice } from '../../src/supervision/notify.ts';
import { createServiceManager } from '../../src/supervision/service-manager.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function openManager(env: NodeJS.ProcessEnv) {
  const notices: Notice[] = [];
  let asked = 0;
  const manager = createServiceManager({
    env,
    log,
    pid: 42,
    ask: () => {
      asked++;
    },
    open: () => (notice) => void notices.push(notice),
  });
  return { manager, notices, asked: () => asked };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the service manager', () => {
  it('is told when the server receives, reads its configuration again and stops', () => {
    const { manager, notices } = openManager({ NOTIFY_SOCKET: '/run/notify' });
    manager.ready('Receiving.');
    manager.reloading();
    manager.ready('Receiving more.');
    manager.stopping(9800);
    expect(notices).toEqual([
      { READY: 1, STATUS: 'Receiving.' },
      { RELOADING: 1, MONOTONIC_USEC: expect.any(BigInt) },
      { READY: 1, STATUS: 'Receiving more.' },
      { STOPPING: 1, STATUS: 'Stopping.', EXTEND_TIMEOUT_USEC: 9_800_000 },
    ]);
  });

  it('gets a sign of life at half its time, when the dispatch thread has answered', () => {
    const { manager, notices, asked } = openManager({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '10000000' });
    manager.answered();
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(0);
    manager.ready('');
    notices.length = 0;
    vi.advanceTimersByTime(4999);
    expect(asked()).toBe(0);
    vi.advanceTimersByTime(1);
    expect([asked(), notices.length]).toEqual([1, 0]);
    // Other questions are answered too.
    manager.answered();
    manager.answered();
    expect(notices).toEqual([{ WATCHDOG: 1 }]);
    vi.advanceTimersByTime(60_000);
    expect(notices).toEqual([{ WATCHDOG: 1 }]);
    manager.answered();
    expect(notices).toHaveLength(2);
    manager.end();
    const before = asked();
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(before);
  });

  it.each([
    ['there is no socket', { WATCHDOG_USEC: '10000000' }],
    ['another process is watched', { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '10000000', WATCHDOG_PID: '41' }],
    ['the time is none', { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: 'soon' }],
    ['nobody watches', { NOTIFY_SOCKET: '/run/notify' }],
  ])('gets no sign of life where %s', (_, env) => {
    const { manager, asked } = openManager(env);
    manager.ready('');
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(0);
  });

  it('sends no flood of signs of life where they are wanted every two months', () => {
    const usec = String(60 * 24 * 3600 * 1e6);
    const { manager, asked } = openManager({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: usec });
    manager.ready('');
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(0);
    manager.end();
  });

  it('is a matter of this process alone', () => {
    const env = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '10000000', WATCHDOG_PID: '42', HOME: '/root' };
    openManager(env);
    expect(env).toEqual({ HOME: '/root' });
  });
});
