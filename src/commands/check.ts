import { relative, resolve } from 'node:path';
import type { LoadedPlugin } from '../config/load.ts';
import { bundledExample } from '../config/package-root.ts';
import { formatDuration } from '../config/units.ts';
import { escapeControls } from '../kit/escape.ts';
import { defaultFile, load } from './configuration.ts';
import { type Command, type Io, UsageError } from './io.ts';

/** Validates a configuration, and prints what would listen and send. */
export const check: Command = {
  usage: 'check [config.json]',
  summary: 'validate, and print what would listen and send',
  help: `Without a file ./config.json is read, or else the bundled example; "-" is standard input.
Every mistake is printed on a line of its own, and the exit code is 78 then.
`,
  async run([given, extra], io) {
    if (extra !== undefined) throw new UsageError(`check: unexpected argument "${extra}": it takes one file`);
    return checkFile(given ?? defaultFile(io.cwd), io);
  },
};

async function checkFile(given: string, io: Io): Promise<number> {
  const input = given === '-' ? io.read() : undefined;
  const file = resolve(io.cwd, given);
  const { settings, frontends, backends, original } = await load(file, io, input);
  const width = Math.max(...[...frontends, ...backends].map((plugin) => labelOf(plugin).length));
  const listens = frontends.map((frontend) => row(frontend, width));
  const sends = backends.map((backend) => row(backend, width));
  const every = formatDuration(settings.flushIntervalMs);
  const what = original === undefined ? 'valid' : 'valid (a configuration of the original StatsD)';
  const nowhere = sends.length === 0 ? '    nowhere\n' : '';
  io.out(
    `${subjectOf(given, file, io)} is ${what}\n\n  listens\n${listens.join('')}\n  sends every ${every}\n${nowhere}${sends.join('')}`,
  );
  const notes = (original?.notes ?? []).map((note) => `    ${escapeControls(note)}\n`);
  if (notes.length > 0) io.out(`\n  notes\n${notes.join('')}`);
  return 0;
}

function subjectOf(given: string, file: string, { cwd }: Io): string {
  if (given === '-') return 'standard input';
  if (file === bundledExample()) return `the bundled example (${file})`;
  return given === file ? relative(cwd, file) || file : given;
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
