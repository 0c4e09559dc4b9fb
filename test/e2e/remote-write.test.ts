import { expect, onTestFinished, test } from 'vitest';
import { jsonConsole, startServer } from '../helper/process.ts';
import { labelOf, remoteWriteSink } from '../helper/remote-write-sink.ts';
import { sendStream } from '../helper/send.ts';

test('a receiver that fails at first gets every window in order, and at the stop the end of every series', async () => {
  const sink = await remoteWriteSink();
  onTestFinished(sink.close);
  sink.script({ status: 503 }, 2);
  sink.script({ status: 429, headers: { 'retry-after': '0' } }, 1);
  const server = await startServer({
    flushInterval: '100ms',
    retry: { min: '10ms', max: '50ms' },
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [
      jsonConsole,
      { type: 'prometheus-remote-write', url: sink.url, interval: '100ms', externalLabels: { cluster: 'eu' } },
    ],
  });
  await sendStream(server.port('tcp'), 'shop.hits:5|c|#page:home\nshop.query:250|ms\nshop.old:7|g|T1700000000\n');
  await expect
    .poll(() => sink.valuesOf('shop_hits', { page: 'home', cluster: 'eu' }).at(-1), { timeout: 10_000 })
    .toBe(5);
  await sendStream(server.port('tcp'), 'shop.hits:7|c|#page:home\n');
  await expect.poll(() => sink.valuesOf('shop_hits').at(-1), { timeout: 10_000 }).toBe(12);
  expect(await server.stop()).toBe(0);

  const hits = sink.taken.filter((one) => labelOf(one, '__name__') === 'shop_hits').flatMap(({ samples }) => samples);
  const times = hits.map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(hits.map(({ isStale }) => isStale)).toEqual(hits.map((_, at) => at === hits.length - 1));
  expect(new Set(hits.slice(0, -1).map(({ value }) => value))).toEqual(new Set([5, 12]));
  expect(sink.valuesOf('shop_query_sum')[0]).toBe(0.25);
  const old = sink.taken.filter((one) => labelOf(one, '__name__') === 'shop_old');
  expect(old.flatMap(({ samples }) => samples)).toMatchObject([
    { value: 7, isStale: false, timestamp: 1_700_000_000_000 },
  ]);
}, 30_000);
