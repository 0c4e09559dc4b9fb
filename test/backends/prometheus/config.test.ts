import { expect, it } from 'vitest';
import { observerOf, prometheusConfig, staysOf } from '../../../backends/prometheus/config.ts';
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
  [{ ttl: '90s' }],
  [{ names: 'utf-8', observer: 'histogram' }],
  [{ buckets: [-1, 0, 1.5] }],
  [{ nativeFactor: 0, nativeMaxBuckets: 0 }],
  [{ maxAge: '1h', ageBuckets: 60 }],
  [{ created: false, lifecycle: true, lastScrape: '15s' }],
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
  [{ names: 'dots' }],
  [{ observer: 'native' }],
  [{ buckets: [] }],
  [{ buckets: [1, 1] }],
  [{ buckets: [2, 1] }],
  [{ nativeFactor: 1 }],
  [{ nativeFactor: -2 }],
  [{ nativeMaxBuckets: -1 }],
  [{ ageBuckets: 0 }],
  [{ ageBuckets: 61 }],
  [{ maxAge: 'soon' }],
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

it.each([
  [{}, [50, 99.9], { kind: 'summary', quantiles: [0.5, 0.999], maxAgeMs: 600_000, ageBuckets: 5 }],
  [
    { quantiles: [0.9, 0.5, 0.9], maxAge: 60_000, ageBuckets: 3 },
    [50],
    { kind: 'summary', quantiles: [0.5, 0.9], maxAgeMs: 60_000, ageBuckets: 3 },
  ],
  [
    { observer: 'histogram', buckets: [1, 2], nativeFactor: 0, nativeMaxBuckets: 9 } as const,
    [50],
    { kind: 'histogram', buckets: [1, 2], nativeFactor: 0, nativeMaxBuckets: 9 },
  ],
])('%j and percentiles of %j make values %j', (change, percentiles, observer) => {
  expect(observerOf(prometheusSettings(change), percentiles)).toEqual(observer);
});

it.each([
  [{}, { ttl: Number.POSITIVE_INFINITY, gaugeTtl: Number.POSITIVE_INFINITY }],
  [{ ttl: 5000 }, { ttl: 5000, gaugeTtl: 5000 }],
  [{ expire: 5000 }, { ttl: Number.POSITIVE_INFINITY, gaugeTtl: 5000 }],
  [
    { ttl: 9000, expire: 5000 },
    { ttl: 9000, gaugeTtl: 5000 },
  ],
  [
    { ttl: 5000, expire: 9000 },
    { ttl: 5000, gaugeTtl: 5000 },
  ],
])('with %j series stay %j', (change, stays) => {
  expect(staysOf(prometheusSettings(change))).toEqual(stays);
});
