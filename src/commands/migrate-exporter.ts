import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { escapeControls } from '../kit/escape.ts';
import { packageRoot } from '../process/package.ts';
import type { Command } from './io.ts';

/** Prints the configuration that equals flags of statsd_exporter. */
export const migrateExporter: Command = {
  usage: 'migrate-exporter -- [flags]',
  summary: 'print the flags of statsd_exporter as a configuration',
  about: `The flags are those of statsd_exporter 0.30, spelt as it takes them; without one, its defaults. The
file of --statsd.mapping-config stays as it is, and is not read. What is no configuration is told
on standard error, flag by flag.
`,
  options: {},
  examples: `  statsdrain migrate-exporter -- --statsd.mapping-config=m.yml > config.json
`,
  async run(args, io) {
    const [{ parseExporterFlags }, { migrateFlags }] = await Promise.all([
      import('./exporter-flags.ts'),
      import('./exporter-config.ts'),
    ]);
    const { config, notes } = migrateFlags(parseExporterFlags(args));
    for (const note of notes) io.err(`migrate-exporter: ${escapeControls(note)}\n`);
    const $schema = pathToFileURL(join(packageRoot(), 'config.schema.json')).href;
    io.out(`${JSON.stringify({ $schema, ...config }, undefined, 2)}\n`);
    return 0;
  },
};
