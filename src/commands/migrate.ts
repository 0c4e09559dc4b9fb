import { resolve } from 'node:path';
import { type Command, UsageError } from './io.ts';

/** Prints a configuration of the original StatsD daemon as one of statsdrain. */
export const migrate: Command = {
  usage: 'migrate <config.js>',
  summary: 'print the configuration of a StatsD daemon as one of statsdrain',
  about: `The file is not changed. What differs from the daemon is told in "_notes".
`,
  options: {},
  examples: '',
  async run([given, extra], io) {
    if (given === undefined) throw new UsageError('migrate: needs a file: "statsdrain migrate config.js"');
    if (extra !== undefined) throw new UsageError(`migrate: unexpected argument "${extra}": it takes one file`);
    const { migrateConfig } = await import('../config/load.ts');
    io.out(await migrateConfig(resolve(io.cwd, given), io.env));
    return 0;
  },
};
