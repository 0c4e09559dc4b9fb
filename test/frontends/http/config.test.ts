import { describe, expect, it } from 'vitest';
import type { HttpConfig } from '../../../frontends/http/config.ts';
import plugin from '../../../frontends/http/index.ts';
import { configure } from '../../helper/intake.ts';

const auth = { tokens: ['not-for-the-log'] };

describe('configuration', () => {
  it('has these defaults', () => {
    expect(configure(plugin, {})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      auth: { users: [], tokens: [] },
      allowAnonymous: false,
      profile: 'tagged',
      maxSeries: 50_000,
      vercel: {},
      fastly: { services: [] },
      maxBody: 8_388_608,
      maxPacked: 2_097_152,
      maxInFlight: 67_108_864,
      maxConnections: 512,
      maxConnectionsPerAddress: 0,
      requestTimeout: 30_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 300_000,
      otlp: {
        resourceTags: [
          'service.name',
          'service.namespace',
          'deployment.environment.name',
          'deployment.environment',
          'host.name',
          'heroku.dyno.name',
        ],
      },
    } satisfies HttpConfig);
  });

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '::ffff:127.0.0.1'])('lets everyone on %s post', (host) => {
    expect(() => configure(plugin, { host })).not.toThrow();
  });

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '127.0.0.1.example.com',
    'localhost.example.com',
    'example.com',
    '::ffff:10.0.0.1',
  ])('needs a credential, or to be told that it needs none, on %s', (host) => {
    expect(() => configure(plugin, { host })).toThrow(/open to other machines and .*"allowAnonymous\\": true/);
    expect(() => configure(plugin, { host, auth: { users: [], tokens: [] } })).toThrow();
    expect(() => configure(plugin, { host, allowAnonymous: true })).not.toThrow();
    expect(() => configure(plugin, { host, auth })).not.toThrow();
  });

  it.each<[block: object, message: RegExp]>([
    [{ auth, allowAnonymous: true }, /remove one of/],
    [{ maxInFlight: '9MiB' }, /9437184 is too small for one body; it must be at least .* 10485760/],
    [{ auth: { users: [{ user: 'a:b', password: 'c' }] } }, /cannot contain/],
    [{ auth: { users: [{ user: 'a', password: '' }] } }, /password/],
    [{ auth: { user: 'a' } }, /user/],
    [{ tls: { cert: './c.pem' } }, /key/],
    [{ tls: { cert: './c.pem', key: './k.pem', ca: './a.pem' } }, /ca/],
    [{ port: 65_536 }, /port/],
    [{ vercel: { verify: 'a b' } }, /must be 1 to 200 printable ASCII characters without blanks/],
    [{ vercel: { secret: '' } }, /secret/],
    [{ fastly: { services: [''] } }, /services/],
  ])('refuses %j', (block, message) => {
    expect(() => configure(plugin, block)).toThrow(message);
  });

  it('describes where it listens and who may post', () => {
    expect(plugin.describe?.(configure(plugin, {}))).toBe(
      'http://127.0.0.1:8080 (POST /logs and /statsd, without a credential)',
    );
    expect(plugin.describe?.(configure(plugin, { host: '::1', auth }))).toBe(
      'http://[::1]:8080 (POST /logs and /statsd, with a credential)',
    );
    expect(plugin.describe?.(configure(plugin, { tls: { cert: '/c', key: '/k' } }))).toBe(
      'https://127.0.0.1:8080 (POST /logs and /statsd, without a credential)',
    );
  });
});
