import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean, suggest } from '../kit/suggest.ts';
import { packageVersion } from '../process/package.ts';
import { defaultFile, load } from './configuration.ts';
import { helpOf, overview } from './help.ts';
import { type Io, UsageError } from './io.ts';
import { manual } from './manual.ts';
import { parseOptions, portNumber } from './options.ts';
import { program, programFlags } from './program.ts';
import { serveFile } from './serve-file.ts';
import { startWith } from './starters.ts';

const { commands } = program;
/** In front of the configuration. */
const TAKEOVER = '--takeover';
const words = [...commands.keys(), 'help', 'version'];

/** Runs what the first word of a command line asks for: a command, help, a server without a file, or one with it. */
export async function runWord(first: string, rest: readonly string[], io: Io): Promise<number> {
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
  if (first === TAKEOVER) return takeOver(rest, io);
  if (first.startsWith('-')) return tryOut([first, ...rest], io);
  if (!existsSync(resolve(io.cwd, first))) refuseWord(first);
  return serveFile(first, rest, io);
}

/** Runs in place of the server that runs with the configuration. */
async function takeOver([first, ...rest]: readonly string[], io: Io): Promise<number> {
  const given = first ?? defaultFile(io.cwd);
  if (given === '--help' || given === '-h') return printHelp([], io);
  if (!existsSync(resolve(io.cwd, given))) refuseWord(given);
  return serveFile(given, rest, io, true);
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

/** Without a word what the program does, and else what a command does. */
export function printHelp([verb, ...rest]: readonly string[], io: Io): number {
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
