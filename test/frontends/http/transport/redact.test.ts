import { expect, it } from 'vitest';
import { redactor } from '../../../../frontends/http/transport/redact.ts';

const redact = redactor(['s3cret-password', 'a token/with=signs']);
const head = (url: string, ...rawHeaders: string[]) => redact({ method: 'POST', url, rawHeaders });

it.each([
  'Authorization',
  'proxy-authorization',
  'X-Api-Key',
  'X-Amz-Firehose-Access-Key',
  'DD-API-KEY',
  'dd-application-key',
  'Cookie',
  'X-Vercel-Signature',
  'X-Hub-Signature-256',
  'api-token',
  'X-Client-Secret',
])('puts *** for the header %s', (name) => {
  expect(head('/logs', name, 'whatever').headers).toEqual({ [name.toLowerCase()]: '***' });
});

it('keeps what says how a body is to be read', () => {
  const headers = {
    'content-type': 'application/logplex-1',
    'content-encoding': 'gzip',
    'logplex-drain-token': 'd.fc6b856b',
    'logplex-frame-id': '09C5',
    'user-agent': 'Logplex/v72',
    'x-request-id': 'a',
  };
  expect(head('/logs', ...Object.entries(headers).flat()).headers).toEqual(headers);
});

it.each([
  ['/logs?app=shop&token=abc', '/logs?app=shop&token=***'],
  ['/logs?token=abc&app=shop', '/logs?token=***&app=shop'],
  ['/logs?api_key=abc', '/logs?api_key=***'],
  ['/logs?X-Amz-Signature=abc&x=1', '/logs?X-Amz-Signature=***&x=1'],
  ['/logs?app=shop', '/logs?app=shop'],
  ['http://user:pass@host/logs?app=shop', '/logs?app=shop'],
  // What is configured is found wherever it stands.
  ['/logs/s3cret-password?x=a%20token%2Fwith%3Dsigns', '/logs/***?x=***'],
])('of the path %s it gives %s', (url, path) => {
  expect(head(url).path).toBe(path);
});

it('finds what is configured in headers of any name, also in Base64', () => {
  const basic = Buffer.from('drain:s3cret-password').toString('base64');
  const { headers } = head('/logs', 'X-Forwarded-Uri', '/?p=s3cret-password', 'X-Other', basic);
  expect(JSON.stringify(headers)).not.toContain('s3cret');
  expect(headers['x-forwarded-uri']).toBe('/?p=***');
  expect(Buffer.from(headers['x-other'] ?? '', 'base64').toString()).not.toContain('password');
});

it('joins headers of one name', () => {
  expect(head('/', 'X-A', '1', 'x-a', '2', '__proto__', '3').headers).toEqual(
    Object.fromEntries([
      ['x-a', '1, 2'],
      ['__proto__', '3'],
    ]),
  );
});
