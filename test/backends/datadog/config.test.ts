import { describe, expect, it } from 'vitest';
import { datadogConfig } from '../../../backends/datadog/config.ts';
import datadog from '../../../backends/datadog/index.ts';
import { kit } from '../../../src/config/kit.ts';
import { API_KEY, datadogSettings } from './defaults.ts';

const schema = datadogConfig(kit);

describe('the configuration of datadog', () => {
  it('needs only a key', () => {
    const { hostname: _, ...defaults } = datadogSettings();
    expect(schema.parse({ apiKey: API_KEY })).toEqual(defaults);
    expect(schema.safeParse({}).success).toBe(false);
  });

  it.each([
    [{ site: 'us5.datadoghq.com' }],
    [{ url: 'http://127.0.0.1:8080' }],
    [{ url: 'https://proxy.example/datadog/' }],
    [{ proxy: 'http://user:word@proxy.example:3128' }],
    [{ proxy: false }],
    [{ hostname: '' }],
    [{ tags: ['env:prod'] }],
    [{ counterType: 'count' }],
    [{ histogramAggregates: [], histogramPercentiles: [] }],
    [{ histogramAggregates: ['min', 'sum'], histogramPercentiles: [0.5, 0.999] }],
    [{ compression: 'none' }],
    [{ include: ['my-app.'], destinations: [{ apiKey: API_KEY, exclude: ['_x'] }] }],
  ])('takes %j', (change) => {
    expect(schema.safeParse({ apiKey: API_KEY, ...change }).success).toBe(true);
  });

  it.each([
    [{ apiKey: 'a b' }],
    [{ apiKey: `${API_KEY}\n` }],
    [{ apiKey: 'schlüssel' }],
    [{ site: 'https://api.datadoghq.com' }],
    [{ site: 'datadoghq.com/x' }],
    [{ url: 'ftp://127.0.0.1' }],
    [{ url: 'http://user:secret@127.0.0.1' }],
    [{ url: 'http://127.0.0.1/?api_key=x' }],
    [{ url: '127.0.0.1' }],
    [{ proxy: 'proxy.example:3128' }],
    [{ tags: [''] }],
    [{ histogramAggregates: ['p95'] }],
    [{ histogramPercentiles: [95] }],
    [{ compression: 'zstd' }],
    [{ compressionLevel: 0 }],
    [{ include: ['7.'] }],
    [{ exclude: [''] }],
    [{ destinations: Array.from({ length: 30 }, (_, at) => ({ name: `d${at}`, apiKey: API_KEY })) }],
    [{ apikey: 'x' }],
  ])('refuses %j', (change) => {
    expect(schema.safeParse({ apiKey: API_KEY, ...change }).success).toBe(false);
  });

  it.each([
    [{}, 'https://api.datadoghq.com'],
    [{ site: 'datadoghq.eu' }, 'https://api.datadoghq.eu'],
    [{ url: 'http://127.0.0.1:8080/dd/' }, 'http://127.0.0.1:8080/dd'],
    [
      { proxy: 'http://user:word@proxy.example:3128' },
      'https://api.datadoghq.com through the proxy http://proxy.example:3128',
    ],
  ])('describes %j as %s', (change, text) => {
    expect(datadog.describe(datadogSettings(change))).toBe(text);
  });
});
