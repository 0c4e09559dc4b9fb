import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { findProgram, runProgram, startComponent } from '../helper/components.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const config = {
  flushInterval: '200ms',
  frontends: [{ type: 'tcp', port: 0 }],
  backends: [jsonConsole, { type: 'prometheus', port: 0 }],
};

const lines = [
  'shop.hits:5|c|#page:home',
  'shop.depth:42|g',
  'shop.query:250|ms',
  'shop.size:8|h',
  'shop.latency:9|d',
  'shop.users:ann|s',
  '9 lives:1|c|#__name__:x,le:1,a b:"c"\\',
  '__proto__:1|c|#constructor',
];

async function scrape(server: Server): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`);
  return response.text();
}

const prometheus = findProgram('prometheus');
const promtool = findProgram('promtool');

describe.skipIf(prometheus === undefined)('prometheus', () => {
  test('a real Prometheus scrapes it and answers with the sums of all windows', async () => {
    const server = await startServer(config);
    const folder = temporaryFolder();
    const port = await freePort();
    const target = `127.0.0.1:${server.port('prometheus')}`;
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: statsdrain, static_configs: [{ targets: ['${target}'] }] }]
`,
    );
    const component = startComponent(prometheus!, [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const value = async (query: string): Promise<number | undefined> => {
      if (!component.running) throw new Error(`prometheus ended:\n${component.output}`);
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
      const response = await fetch(url).catch(() => undefined);
      if (response?.status !== 200) return undefined;
      const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result.length === 1 ? Number(data.result[0]!.value[1]) : undefined;
    };
    const becomes = (query: string, expected: number) =>
      expect.poll(() => value(query), { timeout: 30_000, interval: 200, message: query }).toBe(expected);

    await sendStream(server.port('tcp'), lines.join('\n'));
    await becomes('shop_hits{page="home"}', 5);
    await sendStream(server.port('tcp'), 'shop.hits:7|c|#page:home');
    await becomes('shop_hits{page="home",job="statsdrain"}', 12);
    await becomes('shop_depth', 42);
    await becomes('shop_query_count', 1);
    await becomes('shop_query_sum', 0.25);
    await becomes('up', 1);
    expect(await value('scrape_samples_scraped')).toBeGreaterThan(lines.length);
    expect(await server.stop()).toBe(0);
  }, 60_000);
});

/** Counters keep the names that they were sent with, as in statsd_exporter; promtool advises another one. */
const NAMING_ADVICE = /^\w+ counter metrics should have "_total" suffix$/;

describe.skipIf(promtool === undefined)('promtool', () => {
  async function judge(server: Server, sent: readonly string[]) {
    await sendStream(server.port('tcp'), `${sent.join('\n')}\nlast_total:1|c`);
    await expect.poll(() => scrape(server), { timeout: 20_000 }).toContain('last_total 1');
    return runProgram(promtool!, ['check', 'metrics'], await scrape(server));
  }

  test('"promtool check metrics" accepts a page of conventional names and of our own', async () => {
    const server = await startServer(config);
    const conventional = lines.filter((line) => !line.includes('|c')).concat('shop.hits_total:5|c|#page:home');
    expect(await judge(server, conventional)).toEqual({ code: 0, output: '' });
    expect(await server.stop()).toBe(0);
  });

  test('"promtool check metrics" has nothing but advice on "_total" for any other page', async () => {
    const server = await startServer(config);
    const { code, output } = await judge(server, lines);
    expect(code).toBe(3);
    expect(
      output
        .trimEnd()
        .split('\n')
        .filter((line) => !NAMING_ADVICE.test(line)),
    ).toEqual([]);
    expect(await server.stop()).toBe(0);
  });
});

test('a scrape sees what came before it, and ends no window of other back-ends', async () => {
  const server = await startServer({ ...config, flushInterval: '2s' });
  await sendStream(server.port('tcp'), 'asked:0|c\n');
  const until = Date.now() + 4500;
  let sent = 0;
  while (Date.now() < until) {
    await sendStream(server.port('tcp'), 'asked:1|c\n');
    sent++;
    await expect.poll(() => scrape(server), { interval: 20 }).toContain(`\nasked ${sent}\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const ends = server.windows.map(({ window }) => window);
  expect(ends.length).toBeGreaterThanOrEqual(2);
  expect(ends.filter((end) => end % 2 !== 0)).toEqual([]);
});
