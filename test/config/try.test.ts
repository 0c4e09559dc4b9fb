import { it } from 'vitest';
import { problemsOf } from './temporary.ts';
it('x', async () => {
  const base = { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }] };
  const show = async (c: unknown, env = {}, files = {}) => console.log((await problemsOf(c, env, files)).join('\n') || 'OK');
  await show(base);
  await show({});
  await show({ frontends: {}, backends: [] });
  await show({ ...base, flush_interval: '10s', flushInterval: '5ms', percentiles: [50, 0, 101, 50, 'x'], expire: { gauge: 'forever', gauges: 1 }, limits: { series: 0.5, tags: '3', lineLength: 5 }, queue: { bytes: '0', age: 'x', windows: 0 }, retry: { min: '5s', max: '1s', timeout: -1 }, selfMetrics: 'yes', shutdownTimeout: null });
  await show({ frontends: [{ type: 'upd' }, { typ: 'udp' }, {}, { type: 'console' }, { type: 5 }, { type: 'udp', use: 'x' }, 'udp', { type: 'udp', port: 'abc', hots: 1, dialect: 'statsd', name: 'a b' }, { type: 'udp', port: 70000 }, { type: 'udp' }, {type: 'udp', name: 'udp'}], backends: [{ type: 'datadog', apikey: 'SECRET' }, { type: 'datadog', name: 'b', apiKey: ['S'], site: 5, tags: [1, ''], counterType: 'rates', histogramPercentiles: [2], compressionLevel: 10 }, { type: 'datadog', apiKey: '${NOPE}', url: 'http://u:secret@x' }, { use: 'acme' }, { use: './x.js' }, { use: '@a/b/c' }, { use: 'fs' }, { use: 'https://x.y' }] });
  await show({ frontends: [{ type: 'udp', port: '${P}', host: '' }, { type: 'tcp', port: '${Q}', host: '${', name: { file: 'no' } }], backends: [{ type: 'datadog', apiKey: '${E}' }] }, { P: 'x', Q: '12', E: '' });
  await show('{\n "a": 1,\n}');
  await show('{"frontends": [{"type":"udp","port":1,"port":2}], "backends":[{"type":"console"}]}');
  await show(base, {}, {});
});
