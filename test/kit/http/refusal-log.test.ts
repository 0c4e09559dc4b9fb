import type { IncomingMessage } from 'node:http';
import { expect, it, vi } from 'vitest';
import { createRefusalLog } from '../../../src/kit/http/refusal-log.ts';
import { frontendContext } from '../../helper/intake.ts';

const from = (remoteAddress: string, url: string) => ({ socket: { remoteAddress }, url }) as unknown as IncomingMessage;

it('tells once a minute of each status, address and path, and never what stands behind a path', () => {
  vi.useFakeTimers();
  try {
    const { log, logged } = frontendContext();
    const tell = createRefusalLog(log);
    tell(413, 'The body is too long.', from('10.0.0.1', '/logs?token=hidden'));
    tell(413, 'The body is too long.', from('10.0.0.1', '/logs?token=other'));
    tell(413, 'The body is too long.', from('10.0.0.2', '/logs'));
    tell(404, 'There is no such path.', from('10.0.0.1', '/log'));
    expect(logged.map(({ fields }) => fields)).toEqual([
      { status: 413, reason: 'The body is too long.', remote: '10.0.0.1', path: '/logs', times: 1 },
      { status: 413, reason: 'The body is too long.', remote: '10.0.0.2', path: '/logs', times: 1 },
      { status: 404, reason: 'There is no such path.', remote: '10.0.0.1', path: '/log', times: 1 },
    ]);
    vi.advanceTimersByTime(60_000);
    tell(413, 'The body is too long.', from('10.0.0.1', '/logs'));
    expect(logged.at(-1)?.fields).toMatchObject({ remote: '10.0.0.1', times: 2 });
  } finally {
    vi.useRealTimers();
  }
});

it('holds a bounded number of them, however many paths are asked for', () => {
  const { log, logged } = frontendContext();
  const tell = createRefusalLog(log);
  for (let path = 0; path < 10_000; path++) tell(404, 'There is no such path.', from('10.0.0.1', `/${path}`));
  expect(logged.length).toBeLessThanOrEqual(201);
  expect(logged.at(-1)?.fields).toMatchObject({ status: 404, remote: 'others', path: 'others' });
});
