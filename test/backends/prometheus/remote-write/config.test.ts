import { describe, expect, it } from 'vitest';
import { remoteWriteConfig } from '../../../../backends/prometheus/remote-write/config.ts';
import { kit } from '../../../../src/config/kit.ts';
import { remoteWriteSettings } from './settings.ts';

const url = 'https://prometheus.example/api/v1/write';
const schema = remoteWriteConfig(kit);

describe('the configuration of prometheus-remote-write', () => {
  it('needs only a URL', () => {
    expect(schema.parse({ url })).toEqual(remoteWriteSettings({ url }));
    expect(schema.safeParse({}).success).toBe(false);
  });

  it.each([
    [{ auth: { user: 'a', password: 'b' } }],
    [{ auth: { token: 't' } }],
    [{ headers: { 'X-Scope-OrgID': 'tenant' } }],
    [{ headers: { Authorization: 'AWS4 x' } }],
    [{ protocol: '2' }],
    [{ externalLabels: { cluster: 'eu-1' } }],
    [{ quantiles: [0, 0.5, 1] }],
    [{ ttl: '5m' }],
    [{ maxSamplesPerSend: 1 }],
    [{ proxy: false, tls: { ca: './ca.pem' } }],
  ])('takes %j', (change) => {
    expect(schema.safeParse({ url, ...change }).success).toBe(true);
  });

  it.each([
    [{ url: 'ftp://prometheus.example' }],
    [{ url: 'http://user:secret@prometheus.example' }],
    [{ auth: { user: 'a:b', password: 'c' } }],
    [{ auth: { user: 'a' } }],
    [{ auth: { token: 'a b' } }],
    [{ auth: { token: 't', user: 'a', password: 'b' } }],
    [{ auth: { token: 't' }, headers: { authorization: 'x' } }],
    [{ headers: { 'Content-Type': 'text/plain' } }],
    [{ headers: { 'a b': 'x' } }],
    [{ headers: { 'X-Empty': '' } }],
    [{ protocol: 2 }],
    [{ externalLabels: { le: '1' } }],
    [{ externalLabels: { __name__: 'x' } }],
    [{ externalLabels: { 'a-b': 'x' } }],
    [{ externalLabels: { a: '' } }],
    [{ externalLabels: { a: 'x' }, external_labels: { a: 'x' } }],
    [{ quantiles: [50] }],
    [{ maxSeries: 0 }],
    [{ maxSamplesPerSend: 0 }],
  ])('refuses %j', (change) => {
    expect(schema.safeParse({ url, ...change }).success).toBe(false);
  });

  it('takes the labels under the name that Prometheus has for them', () => {
    const external_labels = { cluster: 'eu-1' };
    expect(schema.parse({ url, external_labels })).toEqual(
      remoteWriteSettings({ url, externalLabels: external_labels }),
    );
  });

  it('quotes no secret when it refuses one', () => {
    for (const block of [{ auth: { token: 's3cret s3cret' } }, { headers: { 'a b': 's3cret' } }])
      expect(JSON.stringify(schema.safeParse({ url, ...block }).error?.issues)).not.toContain('s3cret');
  });
});
