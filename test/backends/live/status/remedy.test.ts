import { expect, it } from 'vitest';
import { remedyOf } from '../../../../backends/live/status/remedy.ts';

it.each([
  ['POST http://127.0.0.1:9/api/v2/series: ECONNREFUSED', /nothing listens there/],
  ['connect ECONNREFUSED 127.0.0.1:2003', /nothing listens there/],
  ['getaddrinfo ENOTFOUND graphite.internal', /name is not known/],
  ['no answer within 5000 ms', /firewalls/],
  ['the server closed the connection', /its own log/],
  ['POST https://a/write: CERT_HAS_EXPIRED', /"tls"/],
  ['POST https://a/write: self-signed certificate', /"tls"/],
  ['POST https://a/write: 403 Forbidden', /credential/],
  ['POST https://a/write: 404 Not Found', /path/],
  ['POST https://a/write: 429 Too Many Requests', /send fewer/],
  ['POST https://a/write: 503 Service Unavailable', /the fault is there/],
])('%s', (message, remedy) => expect(remedyOf(message)).toMatch(remedy));

it('does not take a port or a path for a status', () => {
  expect(remedyOf('POST http://host:503/a/404: the disk is full')).toBeUndefined();
});
