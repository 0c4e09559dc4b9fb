import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../config/problem.ts';
import { escapeControls } from '../kit/escape.ts';
import { didYouMean, suggest } from '../kit/suggest.ts';
import { CONFIGURATION, FAILED, USAGE } from '../process/exit-codes.ts';
import { packageVersion } from '../process/package.ts';
import { masked } from '../process/secrets.ts';
import { defaultFile, load } from './configuration.ts';
import { helpOf, overview } from './help.ts';
import { type Io, UsageError } from './io.ts';
import { manual } from './manual.ts';
import { parseOptions, portNumber } from './options.ts';
import { program, programFlags } from './program.ts';
import { startWith } from './starters.ts';

const { commands } = program;
/** In front of the configuration. */
const TAKEOVER = '--takeover';
const words = [...commands.keys(), 'help', 'version'];

/**
 * Runs a command line (without node and script), and gives the exit code: 0, or after a message on standard error 64 for a wrong
 * command line, 78 for a wrong configuration and 1 for anything else.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [escapeControls((error as Error).message)];
    const name = io.color ? '\u001b[31mstatsdrain:\u001b[0m' : 'statsdrain:';
    for (const problem of problems) io.err(`${name} ${masked(problem)}\n`);
    return codeOf(error);
  }
}

function codeOf(error: unknown): number {
  if (error instanceof ConfigError) return CONFIGURATION;
  return error instanceof UsageError ? USAGE : FAILED;
}

async function run([first, ...rest]: readonly string[], io: Io): Promise<number> {
  if (first === undefined) return serve(defaultFile(io.cwd), [], io);
  if (first === 'help' || first === '--help' || first === '-h') return printHelp(rest, io);
  if (first === 'version' || first === '--version' || first === '-V') {
    io.out(`${packageVersion()}\n`);
    return 0;
  }
  const command = commands.get(first);
  if (command !== undefined) {
    if (rest.includes('--help') || rest.includes('-h')) return printHelp([first], io);
    return command.run(rest, io);
  }
  if (first === TAKEOVER) return serve(rest[0] ?? defaultFile(io.cwd), rest.slice(1), io, true);
  if (first.startsWith('-')) return tryOut([first, ...rest], io);
  return serve(first, rest, io);
}

async function serve(given: string, [extra]: readonly string[], io: Io, takesOver?: boolean): Promise<number> {
  if (takesOver && (given === '--help' || given === '-h')) return printHelp([], io);
  const file = resolve(io.cwd, given);
  if (!existsSync(file)) refuseWord(given);
  if (extra === '--help' || extra === '-h') return printHelp([], io);
  if (extra !== undefined) throw new UsageError(`unexpected argument "${extra}"; see "statsdrain --help"`);
  return takesOver ? io.serve(file, () => load(file, io), true) : io.serve(file, () => load(file, io));
}

/** Runs with a configuration that is nowhere but in the options. */
async function tryOut(args: readonly string[], io: Io): Promise<number> {
  const [first = ''] = args;
  const name = first.split('=')[0]!.slice(2);
  if (!Object.hasOwn(programFlags, name)) throw new UsageError(`unknown option "${first}"; see "statsdrain --help"`);
  if (args.includes('--help') || args.includes('-h')) return printHelp([], io);
  const { values, positionals } = parseOptions('', programFlags, args);
  const { port = '8125', backend: backends = ['console'] } = values;
  const [extra] = positionals;
  if (extra !== undefined)
    throw new UsageError(
      `unexpected argument "${extra}": --port and --backend go without a file; see "statsdrain --help"`,
    );
  const { config } = startWith({ backends, port: portNumber('', port) }, (given, known) => {
    const hint = didYouMean(given, known);
    return new UsageError(`--backend "${given}" is none${hint} (there are: ${known.join(', ')})`);
  });
  const file = resolve(io.cwd, 'options of the command line');
  return io.serve(file, () => load(file, io, JSON.stringify(config)));
}

/** A word that is no file was meant to be a command. */
function refuseWord(given: string): void {
  const meant = suggest(given, words);
  if (meant !== undefined) throw new UsageError(`unknown command "${given}"; did you mean "${meant}"?`);
  if (!/[./\\]/.test(given)) {
    throw new UsageError(`"${given}" is neither a command (${words.join(', ')}) nor a file; see "statsdrain --help"`);
  }
}

function printHelp([verb, ...rest]: readonly string[], io: Io): number {
  if (verb === undefined || verb === 'help') {
    io.out(overview(program));
    return 0;
  }
  if (verb === 'man' && rest.length === 0) {
    io.out(manual(program, packageVersion()));
    return 0;
  }
  const command = commands.get(verb);
  if (command === undefined || rest.length > 0) {
    const meant = suggest(verb, words);
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    throw new UsageError(
      `help: no such command: "${[verb, ...rest].join(' ')}"${hint} (commands: ${words.join(', ')})`,
    );
  }
  io.out(helpOf(command));
  return 0;
}
