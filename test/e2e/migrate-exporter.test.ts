import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { runCommand } from '../helper/command.ts';
import { startComponent } from '../helper/components.ts';
import { startServer, temporaryFolder } from '../helper/process.ts';
import { becomes, readPage } from '../helper/prometheus-page.ts';
import { sendUdp } from '../helper/send.ts';

/**
 * Mapping files of the kinds that people use, lines as those programs send them, and the page that they make: written by hand, and
 * held to statsd_exporter itself where it is installed.
 */
const fixtures = fileURLToPath(new URL('../fixtures/statsd-exporter/', import.meta.url));
const kinds = ['airflow', 'envoy', 'ingress'];
/** The real program, of test/fixtures/statsd-exporter/install.sh. Where there is none, nothing is compared, and .ci/run says so. */
const { STATSD_EXPORTER } = process.env;
const programs = STATSD_EXPORTER === undefined ? [] : kinds.map((kind) => [kind, STATSD_EXPORTER] as const);

const mappingOf = (kind: string) => `${kind}.yml`;
const linesOf = (kind: string) =>
  readFileSync(join(fixtures, `${kind}.lines`), 'utf8')
    .trimEnd()
    .split('\n');
const expectedOf = (kind: string) => readPage(readFileSync(join(fixtures, `${kind}.page`), 'utf8'));

describe('a user of statsd_exporter changes the program', () => {
  test.each(kinds)('and keeps the mapping file, for %s', async (kind) => {
    const folder = temporaryFolder();
    cpSync(join(fixtures, mappingOf(kind)), join(folder, mappingOf(kind)));
    const { code, out } = await runCommand([
      ...['migrate-exporter', '--', `--statsd.mapping-config=${mappingOf(kind)}`, '--web.telemetry-path', '/stats'],
      ...['--web.listen-address=127.0.0.1:0', '--statsd.listen-udp', '127.0.0.1:0', '--statsd.listen-tcp='],
    ]);
    expect(code).toBe(0);
    writeFileSync(join(folder, 'config.json'), out);
    expect(await runCommand(['check', 'config.json'], { cwd: folder })).toMatchObject({ code: 0, err: '' });
    const server = await startServer(out, { folder });
    await sendUdp(server.port('udp'), ...linesOf(kind));
    await becomes(server.port('prometheus'), '/stats', expectedOf(kind));
    expect(await server.stop()).toBe(0);
  });

  test.each(programs)('whose page for %s is the same, by %s', async (kind, exporter) => {
    const [web, udp] = [await freePort(), await freePort()];
    const component = startComponent(exporter, [
      `--statsd.mapping-config=${join(fixtures, mappingOf(kind))}`,
      `--web.listen-address=127.0.0.1:${web}`,
      `--statsd.listen-udp=127.0.0.1:${udp}`,
      '--statsd.listen-tcp=',
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
    await sendUdp(udp, ...linesOf(kind));
    await becomes(web, '/metrics', expectedOf(kind));
    expect(component.running).toBe(true);
  });
});
