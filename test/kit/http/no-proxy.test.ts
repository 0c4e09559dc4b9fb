import { describe, expect, it } from 'vitest';
import { isExempt, isLoopback } from '../../../src/kit/http/no-proxy.ts';

describe('NO_PROXY', () => {
  it.each([
    ['*', 'https://api.example.com'],
    ['example.com', 'https://example.com'],
    ['example.com', 'https://api.example.com'],
    ['example.com.', 'https://example.com'],
    ['example.com', 'https://example.com./x'],
    ['EXAMPLE.com', 'https://Api.Example.COM'],
    ['.example.com', 'https://api.example.com'],
    ['*.example.com', 'https://api.eu.example.com'],
    ['a.test, example.com', 'https://example.com'],
    ['a.test example.com', 'https://example.com'],
    [' ,, example.com,', 'https://example.com'],
    ['example.com:443', 'https://example.com'],
    ['example.com:80', 'http://example.com'],
    ['.example.com:8086', 'http://db.example.com:8086'],
    ['intranet', 'http://intranet'],
    ['10.1.2.3', 'http://10.1.2.3:8086'],
    ['10.1.2.3:8086', 'http://10.1.2.3:8086'],
    ['10.0.0.0/8', 'http://10.1.2.3'],
    ['10.1.2.3/32', 'http://10.1.2.3'],
    ['0.0.0.0/0', 'http://192.0.2.1'],
    ['192.168.0.0/16,10.0.0.0/8', 'http://10.1.2.3'],
    ['fd00::/8', 'http://[fd12::1]:8086'],
    ['[fd00::]/8', 'http://[fd12::1]'],
    ['fd12::1', 'http://[fd12::1]'],
    ['fd12:0:0::0001', 'http://[fd12::1]'],
    ['[fd12::1]', 'http://[fd12::1]'],
    ['[fd12::1]:8086', 'http://[fd12::1]:8086'],
  ])('%s exempts %s', (list, url) => {
    expect(isExempt(list, new URL(url))).toBe(true);
  });

  it.each([
    ['', 'https://example.com'],
    [' , ', 'https://example.com'],
    ['.', 'https://example.com'],
    ['*.', 'https://example.com'],
    ['example.com', 'https://badexample.com'],
    ['example.com', 'https://example.com.test'],
    ['api.example.com', 'https://example.com'],
    ['.example.com', 'https://example.com'],
    ['example.com:80', 'https://example.com'],
    ['example.com:8443', 'https://example.com'],
    ['10.1.2.3', 'http://10.1.2.30'],
    ['0.1.2.3', 'http://10.1.2.3'],
    ['10.1.2.3:80', 'http://10.1.2.3:8086'],
    ['10.0.0.0/8', 'http://11.1.2.3'],
    ['10.0.0.0/8', 'http://intranet'],
    ['10.0.0.0/33', 'http://10.1.2.3'],
    ['10.0.0.0/', 'http://10.1.2.3'],
    ['fd00::/129', 'http://[fd12::1]'],
    ['fd00::/8', 'http://10.1.2.3'],
    ['fd12::1', 'http://[fd12::2]'],
    ['[fd12::1]:80', 'http://[fd12::1]:8086'],
    ['.*', 'https://example.com'],
  ])('%j does not exempt %s', (list, url) => {
    expect(isExempt(list, new URL(url))).toBe(false);
  });
});

it.each([
  ['http://localhost:8086', true],
  ['http://LOCALHOST./', true],
  ['http://db.localhost', true],
  ['http://127.0.0.1', true],
  ['http://127.1', true],
  ['http://127.200.0.9:80', true],
  ['http://[::1]:8086', true],
  ['http://[::ffff:127.0.0.1]', true],
  ['http://notlocalhost', false],
  ['http://localhost.example.com', false],
  ['http://128.0.0.1', false],
  ['http://[::2]', false],
])('%s is on this machine: %s', (url, loopback) => {
  expect(isLoopback(new URL(url))).toBe(loopback);
});
