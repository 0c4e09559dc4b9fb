import { expect, it } from 'vitest';
import { prometheusConfig } from '../../../backends/prometheus/config.ts';
import prometheus from '../../../backends/prometheus/index.ts';
import { kit } from '../../../src/config/kit.ts';
import { prometheusSettings } from './settings.ts';

const schema = prometheusConfig(kit);

it('needs nothing', () => {
  expect(schema.parse({})).toEqual(prometheusSettings({ port: 9102 }));
});

it.each([
  [{ host: '::' }],
  [{ port: 0 }],
  [{ path: '/' }],
  [{ path: '/a/b-c.d~e_f' }],
  [{ quantiles: [0, 0.5, 1] }],
  [{ quantiles: [] }],
  [{ expire: '5m' }],
  [{ prefix: 'app_' }],
  [{ host: '0.0.0.0' }],
  [{ auth: { tokens: ['t'] } }],
  [{ host: '0.0.0.0', auth: { users: [{ user: 'u', password: 'p' }] } }],
  [{ tls: { cert: '/c.pem', key: '/k.pem' } }],
])('takes %j', (change) => {
  expect(schema.safeParse(change).success).toBe(true);
});

it.each([
  [{ path: 'metrics' }],
  [{ path: '/a b' }],
  [{ path: '/a?b' }],
  [{ quantiles: [90] }],
  [{ maxSeries: 0 }],
  [{ port: 70_000 }],
  [{ host: '' }],
  [{ tls: { cert: '/c.pem' } }],
  [{ auth: { tokens: [''] } }],
  [{ auth: { users: [{ user: 'a:b', password: 'c' }] } }],
  [{ hots: 'x' }],
])('refuses %j', (change) => {
  expect(schema.safeParse(change).success).toBe(false);
});

it.each([
  [{ port: 9102 }, 'http://127.0.0.1:9102/metrics (to be scraped)'],
  [{ port: 80, host: '::1', path: '/m' }, 'http://[::1]:80/m (to be scraped)'],
  [{ port: 9102, tls: { cert: '/c.pem', key: '/k.pem' } }, 'https://127.0.0.1:9102/metrics (to be scraped)'],
  [
    { port: 9102, auth: { users: [], tokens: ['not-for-the-log'] } },
    'http://127.0.0.1:9102/metrics (to be scraped with a credential)',
  ],
])('describes %j as %s', (change, text) => {
  expect(prometheus.describe(prometheusSettings(change))).toBe(text);
});
