import { writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileError } from '../kit/file-error.ts';
import { didYouMean } from '../kit/suggest.ts';
import { packageRoot } from '../process/package.ts';
import { type Command, type Flags, UsageError } from './io.ts';
import { parseOptions } from './options.ts';
import { starters, startWith } from './starters.ts';

/** Of who names none. */
const usual = ['console', 'live'];

const flags = {
  output: { type: 'string', value: 'file', says: 'the file to write (./config.json); "-" is standard output' },
  force: { type: 'boolean', says: 'write it in the place of a file that is there' },
} as const satisfies Flags;

/** Writes a configuration to begin with. */
export const init: Command = {
  usage: 'init [backend]... [--output file] [--force]',
  summary: 'write a config.json to begin with',
  words: [...starters.keys()],
  about: `Asks nothing. Back-ends are ${[...starters.keys()].join(', ')}; without one ${usual.join(' and ')}. Front-ends
are UDP and TCP on port 8125 of this machine. What has to be filled in is taken from variables of
the environment, and it is printed which. "$schema" in the file has editors show what each key means. A file
that is there stays as it is.
`,
  options: flags,
  examples: `  statsdrain init datadog prometheus live && statsdrain check
`,
  async run(args, io) {
    const { values, positionals } = parseOptions('init', flags, args);
    const { output = 'config.json', force = false } = values;
    const backends = positionals.length === 0 ? usual : positionals;
    const { config, variables } = startWith({ backends, port: 8125 }, (name, known) => {
      const hint = didYouMean(name, known);
      return new UsageError(`init: there is no back-end "${name}"${hint} (there are: ${known.join(', ')})`);
    });
    const file = output === '-' ? undefined : resolve(io.cwd, output);
    const text = `${JSON.stringify({ $schema: schemaFor(file), ...config }, undefined, 2)}\n`;
    if (file === undefined) io.out(text);
    else {
      write(file, text, force);
      io.out(`wrote ${file}\n`);
    }
    const say = file === undefined ? io.err : io.out;
    const width = Math.max(0, ...variables.map(({ name }) => name.length));
    if (variables.length > 0)
      say(`\nset before it runs:\n${variables.map(({ name, says }) => `  ${name.padEnd(width)}  ${says}\n`).join('')}`);
    if (file !== undefined) {
      const shown = output === 'config.json' ? '' : ` ${output}`;
      say(`\nthen: statsdrain check${shown} && statsdrain${shown}\n`);
    }
    return 0;
  },
};

/**
 * The schema of the package, which is there without a network: by a path beside or below the file where the package is (a project, a clone), so that it
 * holds on other machines too; else by its URL.
 */
function schemaFor(file: string | undefined): string {
  const schema = join(packageRoot(), 'config.schema.json');
  const path = file === undefined ? '..' : relative(dirname(file), schema).replaceAll('\\', '/');
  return path.startsWith('..') ? pathToFileURL(schema).href : `./${path}`;
}

/** Throws where it is there already, and when it cannot be written. */
function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new Error(`init: ${file} is there already, and stays as it is; give --output another name, or --force`);
    throw new Error(`init: ${file}: ${fileError(error)}`);
  }
}
