import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { runCommand } from '../helper/command.ts';
import { startComponent } from '../helper/components.ts';
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

/**
 * Waits for all samples of a page, but for the quantiles and sums of summaries, of which the count says enough. Sets come last: they
 * are counted over the 10 s of a window.
 */
async function shows(port: number, cells: readonly string[]) {
  const samples = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    const { values } = readPage((await response?.text()) ?? '');
    return Object.fromEntries(Object.entries(values).filter(([key]) => !/quantile=|_sum\{/.test(key)));
  };
  await expect.poll(samples, { timeout: 15_000, interval: 200 }).toEqual(samplesOf([...cells, 'the_last 1']));
}

const lines = [...rows.map(({ line }) => line), 'the.last:1|c'];

describe('the lines that statsd_exporter and statsdrain read differently', () => {
  test('are listed, each with a name of its own', () => {
    expect(rows.length).toBeGreaterThan(15);
    expect(new Set(rows.map(({ line }) => /^[\w.]+/.exec(line)?.[0])).size).toBe(rows.length);
    expect(rows.filter(({ exporter, statsdrain }) => exporter === statsdrain)).toEqual([]);
  });

  test('become here what the page says', async () => {
    const flags = ['--web.listen-address=127.0.0.1:0', '--statsd.listen-udp=127.0.0.1:0', '--statsd.listen-tcp='];
    const { out } = await runCommand(['migrate-exporter', '--', ...flags]);
    const server = await startServer(out);
    await sendUdp(server.port('udp'), ...lines);
    await shows(
      server.port('prometheus'),
      rows.map(({ statsdrain }) => statsdrain),
    );
  });

  /** The real program, of test/fixtures/statsd-exporter/install.sh. Where there is none, nothing is compared, and .ci/run says so. */
  const programs = process.env.STATSD_EXPORTER === undefined ? [] : [process.env.STATSD_EXPORTER];

  test.each(programs)('become in %s what the page says', async (exporter) => {
    const [web, udp] = [await freePort(), await freePort()];
    startComponent(exporter, [
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
    await shows(
      web,
      rows.map((row) => row.exporter),
    );
  });
});
