import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { originGuard } from '../../../backends/live/guard.ts';

const request = (headers: Readonly<Record<string, string>>) => ({ headers }) as unknown as IncomingMessage;

const local = { hosts: ['stats.example.com'], hasCredentials: false };
const guarded = { hosts: [], hasCredentials: true };

function verdict(
  options: Parameters<typeof originGuard>[0],
  headers: Readonly<Record<string, string>>,
  isPage = false,
) {
  try {
    originGuard(options)(request(headers), isPage);
    return 'let in';
  } catch (error) {
    return (error as { readonly status?: number }).status;
  }
}

describe('Host without credentials', () => {
  it.each([
    '127.0.0.1:8127',
    '127.0.0.1',
    '[::1]:8127',
    'localhost:8127',
    'LOCALHOST',
    'app.localhost:1',
    'stats.example.com',
    'stats.example.com:443',
    '192.168.1.5:8127',
  ])('%s is let in', (host) => {
    expect(verdict(local, { host })).toBe('let in');
  });

  it.each([
    'evil.example',
    'evil.example:8127',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evillocalhost',
    '',
    '[::1',
    'localhost:8127:1',
    'localhost@evil.example',
  ])('%j is refused', (host) => {
    expect(verdict(local, { host })).toBe(403);
  });

  it('is refused where there is none', () => {
    expect(verdict(local, {})).toBe(403);
  });

  it('is any where every request needs a credential', () => {
    expect(verdict(guarded, { host: 'stats.internal:8127' })).toBe('let in');
  });
});

describe('pages of other origins', () => {
  const host = 'localhost:8127';

  it.each([
    [{ origin: 'http://localhost:8127' }, 'let in'],
    [{ origin: 'https://localhost:8127' }, 'let in'],
    [{ origin: 'http://localhost:8128' }, 403],
    [{ origin: 'http://127.0.0.1:8127' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 'let in'],
    [{ 'sec-fetch-site': 'none' }, 'let in'],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 403],
  ] as const)('%j: %s', (headers, expected) => {
    expect(verdict(local, { host, ...headers })).toBe(expected);
    expect(verdict(guarded, { host, ...headers })).toBe(expected);
  });

  it('may link to the page, and load nothing of it', () => {
    expect(verdict(local, { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true)).toBe('let in');
    expect(verdict(local, { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, true)).toBe(403);
  });
});
