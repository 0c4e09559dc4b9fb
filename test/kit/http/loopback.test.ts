import { expect, it } from 'vitest';
import { isLoopback } from '../../../src/kit/http/loopback.ts';

it.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['127.0.0.1.example.com', false],
  ['127.1', false],
  ['', false],
])('"%s": %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
