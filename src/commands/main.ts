import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../config/problem.ts';
import { escapeControls } from '../kit/escape.ts';
import { suggest } from '../kit/suggest.ts';
import { CONFIGURATION, FAILED, USAGE } from '../process/exit-codes.ts';
import { packageVersion } from '../process/package.ts';
import { masked } from '../process/secrets.ts';
import { capture } from './capture.ts';
import { check } from './check.ts';
import { defaultFile, load } from './configuration.ts';
import { explain } from './explain.ts';
import { type Command, type Io, UsageError } from './io.ts';
import { migrate } from './migrate.ts';
import { migrateExporter } from './migrate-exporter.ts';
import { replay } from './replay.ts';
import { send } from './send.ts';
import { spool } from './spool.ts';

const commands: ReadonlyMap<string, Command> = new Map([
  ['capture', capture],
  ['check', check],
  ['explain', explain],
  ['migrate', migrate],
  ['migrate-exporter', migrateExporter],
  ['replay', replay],
  ['send', send],
  ['spool', spool],
]);

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
  if (first.startsWith('-')) throw new UsageError(`unknown option "${first}"; see "statsdrain --help"`);
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
    io.out(overview());
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
  io.out(`statsdrain ${command.usage}\n\n${command.help}`);
  return 0;
}

function overview(): string {
  const rows: readonly (readonly [string, string])[] = [
    ['[config.json]', 'run; without a file ./config.json or the bundled example'],
    ...[...commands.values()].map(({ usage, summary }) => [shortened(usage), summary] as const),
    [`${TAKEOVER} [file]`, 'run in place of the server that runs'],
    ['help [command]', 'print this text, or more about a command'],
    ['version', 'print the version'],
  ];
  const width = Math.max(...rows.map(([usage]) => usage.length));
  return `statsdrain takes in StatsD metrics and log lines, and forwards them every few seconds.

${rows.map(([usage, summary]) => `  statsdrain ${usage.padEnd(width)}  ${summary}\n`).join('')}
A configuration may also be that of a StatsD daemon (JavaScript): what it asks for is done.

Signals: SIGTERM and SIGINT flush and stop, SIGHUP reads the configuration again. With "watch" a
change of the file does so too.

Exit codes: 0 done, 64 command line, 69 cannot listen, 78 configuration, 1 anything else.
`;
}

/** Without the options. */
function shortened(usage: string): string {
  return usage.replace(/ \[?--.*$/, '');
}
