import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { runCommand } from '../helper/command.ts';
import { findProgram, startComponent } from '../helper/components.ts';
import { startServer } from '../helper/process.ts';
import { readPage } from '../helper/prometheus-page.ts';
import { sendUdp } from '../helper/send.ts';

const page = readFileSync(new URL('../../docs/REPLACING-STATSD-EXPORTER.md', import.meta.url), 'utf8');

/** The rows of its table of lines: the line, and what either program has on its page; each has a name of its own. */
const rows = [...page.matchAll(/^\| `((?:[^`|\\]|\\.)+)` +\| (`[^`]+`|nothing) +\| (`[^`]+`|nothing) +\|/gm)].map(
  ([, line, exporter, statsdrain]) => ({
    line: line!.replaceAll('\\|', '|').replace(/\\u([0-9a-f]{4})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    exporter: exporter!.replaceAll('`', ''),
    statsdrain: statsdrain!.replaceAll('`', ''),
  }),
);

const samplesOf = (cells: readonly string[]) => {
  const text = cells.filter((cell) => cell !== 'nothing').map((cell) => `${cell}\n`);
  return readPage(text.join('')).values;
};

/** All samples that are there once `last` is, but for the quantiles and sums of summaries, of which the count says enough. */
async function samplesAt(port: number, last: string) {
  const url = `http://127.0.0.1:${port}/metrics`;
  const samples = async () =>
    readPage(
      await fetch(url).then(
        (response) => response.text(),
        () => '',
      ),
    ).values;
  await expect.poll(async () => Object.keys(await samples()), { timeout: 10_000, interval: 100 }).toContain(last);
  return Object.fromEntries(
    Object.entries(await samples()).filter(([key]) => !/quantile=|_sum\{/.test(key) && key !== last),
  );
}

const lines = [...rows.map(({ line }) => line), 'the.last:1|c'];
const last = 'the_last{}';

describe('the lines that statsd_exporter and statsdrain read differently', () => {
  test('are listed, each with a name of its own', () => {
    expect(rows.length).toBeGreaterThan(15);
    expect(new Set(rows.map(({ line }) => /^[\w.]+/.exec(line)?.[0])).size).toBe(rows.length);
    expect(rows.filter(({ exporter, statsdrain }) => exporter === statsdrain)).toEqual([]);
  });

  test('become here what the page says', async () => {
    const flags = ['--web.listen-address=127.0.0.1:0', '--statsd.listen-udp=127.0.0.1:0', '--statsd.listen-tcp='];
    const { out } = await runCommand(['migrate-exporter', '--', ...flags]);
    // Sets are counted when a flushInterval ends.
    const server = await startServer({ ...JSON.parse(out), flushInterval: '1s' });
    await sendUdp(server.port('udp'), ...lines);
    const found = await samplesAt(server.port('prometheus'), last);
    expect(found).toEqual(samplesOf(rows.map(({ statsdrain }) => statsdrain)));
  });

  const exporter = findProgram('statsd_exporter');

  test.skipIf(exporter === undefined)('become in statsd_exporter 0.30 what the page says', async () => {
    const [web, udp] = [await freePort(), await freePort()];
    startComponent(exporter!, [
      ...[`--web.listen-address=127.0.0.1:${web}`, `--statsd.listen-udp=127.0.0.1:${udp}`, '--statsd.listen-tcp='],
    ]);
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${web}/-/ready`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(200);
    await sendUdp(udp, ...lines);
    expect(await samplesAt(web, last)).toEqual(samplesOf(rows.map((row) => row.exporter)));
  });
});
