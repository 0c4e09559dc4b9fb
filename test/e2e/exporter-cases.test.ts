import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { runCommand } from '../helper/command.ts';
import { accepts, type Component, runProgram, startComponent } from '../helper/components.ts';
import {
  byMapping,
  type ExporterCase,
  exporterCases,
  faultsAfter,
  judgeOf,
  mappingFile,
} from '../helper/exporter-cases.ts';
import { startServer, temporaryFolder } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const shown = exporterCases.filter(({ refused }) => !refused);
const refused = exporterCases.filter((one) => one.refused);
const page = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
const titleOf = (mapping: string) => (mapping === '' ? 'without a mapping' : mapping);

it('the cases are enough, and each has an id of its own', () => {
  expect(new Set(exporterCases.map(({ id }) => id)).size).toBe(exporterCases.length);
  expect(exporterCases.length).toBeGreaterThan(120);
});

/** As statsd_exporter listens by default. */
const frontend = { type: 'udp', port: 0, tagStyles: ['dogstatsd', 'influxdb', 'librato', 'signalfx'] };
const configOf = (mapping: string) => ({
  // Sets are counted over it, and shown for as long.
  flushInterval: '5s',
  frontends: [frontend],
  backends: [{ type: 'prometheus', port: 0, quantiles: [0.5, 0.9, 0.99], ...(mapping && { mapping }) }],
});

describe('statsdrain', () => {
  const judge = judgeOf(/^statsdrain_/, ({ series, differs }) => differs?.series ?? series);

  it.each([...byMapping(shown)])('shows what statsd_exporter does: cases of "%s"', async (mapping, cases) => {
    const server = await startServer(configOf(mapping && mappingFile(mapping)));
    const faults = await faultsAfter(cases, server.port('udp'), () => page(server.port('prometheus')), judge);
    expect(faults, titleOf(mapping)).toEqual([]);
    expect(await server.stop()).toBe(0);
  });

  it('takes no mapping that would not work', async () => {
    const taken: string[] = [];
    for (const { id, mapping } of refused) {
      const cwd = temporaryFolder();
      writeFileSync(join(cwd, 'mapping.yml'), mapping!);
      writeFileSync(join(cwd, 'config.json'), JSON.stringify(configOf('./mapping.yml')));
      const { code, err } = await runCommand(['check', 'config.json'], { cwd });
      if (code !== 78 || !/mapping\.yml, line \d+: /.test(err)) taken.push(`${id}: ${code}: ${err}`);
    }
    expect(taken).toEqual([]);
  });
});

/** The real program, of test/fixtures/statsd-exporter/install.sh. Where there is none, nothing is compared, and .ci/run says so. */
const programs = process.env.STATSD_EXPORTER === undefined ? [] : [process.env.STATSD_EXPORTER];

describe.each(programs)('%s, for which the same cases hold', (program) => {
  const judge = judgeOf(/^(statsd_exporter|statsd_metric_mapper_cache|go|process|promhttp)_/, ({ series }) => series);
  const harmless = shown.filter(({ harm }) => harm === undefined);

  async function startExporter(mapping: string) {
    const [udp, http] = [await freePort(), await freePort()];
    const component = startComponent(program, [
      `--web.listen-address=127.0.0.1:${http}`,
      `--statsd.listen-udp=127.0.0.1:${udp}`,
      '--statsd.listen-tcp=',
      '--statsd.event-flush-interval=20ms',
      '--log.level=error',
      ...(mapping && [`--statsd.mapping-config=${mapping}`]),
    ]);
    await expect.poll(() => !component.running || accepts(http), { timeout: 20_000, interval: 20 }).toBe(true);
    return { component, udp, http };
  }

  it.each([...byMapping(harmless)])('cases of "%s"', async (mapping, cases) => {
    const { component, udp, http } = await startExporter(mapping && mappingFile(mapping));
    expect(await faultsAfter(cases, udp, () => page(http), judge), titleOf(mapping)).toEqual([]);
    await component.stop();
  });

  it.each(exporterCases.filter(({ harm }) => harm !== undefined))('is harmed: $id', async (one) => {
    const { component, udp, http } = await startExporter(one.mapping === undefined ? '' : fileOf(one));
    for (const step of one.send) await sendUdp(udp, step as string);
    await expect.poll(() => harmTo(component, http), { timeout: 5000, interval: 100 }).toBe(one.harm);
  });

  it('takes none of the other mappings that statsdrain refuses', async () => {
    for (const one of refused.filter(({ harm }) => harm === undefined)) {
      const { code } = await runProgram(program, ['--check-config', `--statsd.mapping-config=${fileOf(one)}`]);
      expect(code, one.id).toBe(1);
    }
  });
});

/** Where the mapping of a case is: that of the fixtures, or its own text in a file. */
function fileOf({ mapping }: ExporterCase): string {
  if (mapping!.endsWith('.yml')) return mappingFile(mapping!);
  const file = join(temporaryFolder(), 'mapping.yml');
  writeFileSync(file, mapping!);
  return file;
}

async function harmTo(component: Component, http: number): Promise<ExporterCase['harm']> {
  const url = `http://127.0.0.1:${http}/metrics`;
  const harm = await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    ({ status }) => (status === 500 ? '500' : undefined),
    ({ name }: Error) => (name === 'TimeoutError' ? 'hangs' : undefined),
  );
  await sleep(50);
  return component.running ? harm : 'ends';
}
