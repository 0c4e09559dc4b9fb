import { expect, it } from 'vitest';
import { contactOf } from '../../../src/kit/http/contact.ts';

const limits = { maxConnections: 1, requestTimeout: 1, headersTimeout: 1, keepAliveTimeout: 1 };
const contact = (host: string, more: object = {}) =>
  contactOf({ ...limits, host, port: 8080, auth: { users: [], tokens: [] }, ...more });

it.each([
  ['127.0.0.1', 'http://127.0.0.1:8080'],
  ['0.0.0.0', 'http://127.0.0.1:8080'],
  ['::', 'http://[::1]:8080'],
  ['0:0::0', 'http://[::1]:8080'],
  ['::2', 'http://[::2]:8080'],
  ['drain.example', 'http://drain.example:8080'],
])('reaches what listens on %s at %s', (host, url) => {
  expect(contact(host)).toEqual({ url, certificate: undefined, clients: [] });
});

it('knows the certificate and the credentials', () => {
  const auth = { users: [{ user: 'drain', password: 'pass' }], tokens: ['first', 'second'] };
  expect(contact('127.0.0.1', { auth, tls: { cert: '/c.pem', key: '/k.pem' } })).toEqual({
    url: 'https://127.0.0.1:8080',
    certificate: '/c.pem',
    clients: [
      { name: 'drain', authorization: 'Basic ZHJhaW46cGFzcw==' },
      { name: 'token 1', authorization: 'Bearer first' },
      { name: 'token 2', authorization: 'Bearer second' },
    ],
  });
});
