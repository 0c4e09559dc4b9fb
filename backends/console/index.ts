import type { BackendPlugin } from '../../src/plugin.ts';
import { createConsole } from './backend.ts';
import { type ConsoleConfig, config } from './config.ts';
import { standardOutput } from './standard-output.ts';

/** Prints each window to standard output. */
const consolePlugin: BackendPlugin<ConsoleConfig> = {
  kind: 'backend',
  name: 'console',
  config,
  describe: ({ format }) => `standard output (${format})`,
  readsStatsd: ({ format }) => format === 'statsd',
  create: (options, context) => createConsole(options, context, standardOutput, process.env),
};

export default consolePlugin;
