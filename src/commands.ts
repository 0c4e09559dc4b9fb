import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Config, LoadedPlugin } from './config/load.ts';
import { packageRoot } from './config/package-root.ts';
import { ConfigError } from './config/problem.ts';
import { formatDuration } from './config/units.ts';
import { escapeControls } from './kit/escape.ts';
import type { ProcessLogger } from './process/log.ts';

/** What a command may touch of the process. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Standard error is a terminal that takes colours. */
  readonly color: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** All of standard input. */
  read(): string;
  /** Runs the server until it ends, and gives the exit code. Rejects when the configuration cannot be loaded. */
  serve(file: string, load: () => Promise<Config>): Promise<number>;
}

const help = `statsdrain takes in StatsD metrics and log lines, and forwards them every few seconds.

  statsdrain [config.json]         run; without a file ./config.json, or else the bundled example
  statsdrain check <config.json>   validate, and print what would listen and send
  statsdrain migrate <config.js>   print the configuration of a StatsD daemon as one of statsdrain

A file may also be the configuration of a StatsD daemon (JavaScript): what it asks for is done.
"check -" reads standard input.

  --help      print this text
  --version   print the version

Signals: SIGTERM and SIGINT flush and stop, SIGHUP reads the configuration again. With "watch" a
change of the file does so too.
`;

/** Runs a command line (without node and script), and gives the exit code: 0, or 1 after a message on standard error. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [escapeControls((error as Error).message)];
    const name = io.color ? '\u001b[31mstatsdrain:\u001b[0m' : 'statsdrain:';
    for (const problem of problems) io.err(`${name} ${problem}\n`);
    return 1;
  }
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    io.out(help);
    return 0;
  }
  if (values.version) {
    io.out(`${version()}\n`);
    return 0;
  }
  if (positionals[0] === 'check') return check(positionals.slice(1), io);
  if (positionals[0] === 'migrate') return migrate(positionals.slice(1), io);
  const [given, extra] = positionals;
  if (extra !== undefined) throw new Error(`unexpected argument "${extra}"; see "statsdrain --help"`);
  const file = resolve(io.cwd, given ?? defaultFile(io.cwd));
  return io.serve(file, () => load(file, io));
}

/** Loaded late: help and version need no zod. */
async function load(file: string, io: Io, text?: string): Promise<Config> {
  const { loadConfig } = await import('./config/load.ts');
  return loadConfig(file, io.env, text);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    });
  } catch {
    const known = new Set(['-h', '--help', '--version']);
    const unknown = args.find((arg) => arg.startsWith('-') && !known.has(arg));
    throw new Error(`unknown option "${unknown}"; see "statsdrain --help"`);
  }
}

async function check([given, extra]: readonly string[], io: Io): Promise<number> {
  if (given === undefined) throw new Error('check needs a file: "statsdrain check config.json"');
  if (extra !== undefined) throw new Error(`unexpected argument "${extra}"; see "statsdrain --help"`);
  const input = given === '-' ? io.read() : undefined;
  const { settings, frontends, backends, original } = await load(resolve(io.cwd, given), io, input);
  const width = Math.max(...[...frontends, ...backends].map((plugin) => labelOf(plugin).length));
  const listens = frontends.map((frontend) => row(frontend, width));
  const sends = backends.map((backend) => row(backend, width));
  const every = formatDuration(settings.flushIntervalMs);
  const what = original === undefined ? 'valid' : 'valid (a configuration of the original StatsD)';
  const nowhere = sends.length === 0 ? '    nowhere\n' : '';
  const subject = given === '-' ? 'standard input' : given;
  io.out(
    `${subject} is ${what}\n\n  listens\n${listens.join('')}\n  sends every ${every}\n${nowhere}${sends.join('')}`,
  );
  const notes = (original?.notes ?? []).map((note) => `    ${escapeControls(note)}\n`);
  if (notes.length > 0) io.out(`\n  notes\n${notes.join('')}`);
  return 0;
}

async function migrate([given, extra]: readonly string[], io: Io): Promise<number> {
  if (given === undefined) throw new Error('migrate needs a file: "statsdrain migrate config.js"');
  if (extra !== undefined) throw new Error(`unexpected argument "${extra}"; see "statsdrain --help"`);
  const { migrateConfig } = await import('./config/load.ts');
  io.out(await migrateConfig(resolve(io.cwd, given), io.env));
  return 0;
}

interface Described {
  readonly name: string;
  describe?(config: unknown): string;
}

function row(loaded: LoadedPlugin<Described>, width: number): string {
  const { plugin, config } = loaded;
  const line = `    ${labelOf(loaded).padEnd(width)}  ${escapeControls(plugin.describe?.(config) ?? '')}`;
  return `${line.trimEnd()}\n`;
}

/** The name, and that of the plugin where it is another one: `apps (tcp)`. */
function labelOf({ name, plugin }: LoadedPlugin<Described>): string {
  return name === plugin.name ? name : `${name} (${plugin.name})`;
}

function defaultFile(cwd: string): string {
  const own = resolve(cwd, 'config.json');
  return existsSync(own) ? own : join(packageRoot(), 'config.example.json');
}

function version(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The command line's way to run the server: only it needs the pipeline. */
export async function serve(file: string, load: () => Promise<Config>, log: ProcessLogger): Promise<number> {
  const { startDispatchThread } = await import('./dispatch/link.ts');
  // The thread loads its modules on another core while this one loads zod and the configuration: a fifth of the time to `ready`.
  const dispatch = startDispatchThread();
  try {
    const config = await load();
    const { runServer } = await import('./server.ts');
    return await runServer(file, config, dispatch, log);
  } catch (error) {
    dispatch.end();
    throw error;
  }
}
