import { expect, it } from 'vitest';
import { baseUrl } from '../../../src/kit/http/base-url.ts';

it.each([
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['https://Api.Example.com/', 'https://api.example.com'],
  ['https://example.com:443/datadog//', 'https://example.com/datadog'],
  ['http://[::1]:8086', 'http://[::1]:8086'],
])('%s is %s', (text, want) => {
  expect(baseUrl(text)).toBe(want);
});

it.each(['', '127.0.0.1', 'ftp://a', 'http://u:word@a', 'http://a/?k=word', 'http://a?', 'http://a#', 'http://'])(
  '%j is none',
  (text) => {
    expect(baseUrl(text)).toBeUndefined();
  },
);
