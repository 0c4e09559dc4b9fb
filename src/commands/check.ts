import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { LoadedBackend, LoadedPlugin } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import type { SpoolSettings } from '../config/settings.ts';
import { formatBytes, formatDuration } from '../config/units.ts';
import { messageOf } from '../kit/error-text.ts';
import { escapeControls } from '../kit/escape.ts';
import { urlOf } from '../kit/listener.ts';
import { isLoopback } from '../kit/loopback.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { CheckedFile, ListenAddress, Probed } from '../plugin.ts';
import { FAILED, UNAVAILABLE } from '../process/exit-codes.ts';
import { bundledExample } from '../process/package.ts';
import { masked } from '../process/secrets.ts';
import { checkMapping } from './check-mapping.ts';
import { defaultFile, load } from './configuration.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions } from './options.ts';

/** Milliseconds that a back-end has to answer `--online`. */
const ANSWER_MS = 10_000;

const flags = {
  online: {
    type: 'boolean',
    says: 'also connect to each back-end (of Datadog: ask whether it knows the key), print a line for each, and exit with 69 where one cannot be used',
  },
  mapping: { type: 'string', value: 'file', says: 'check this mapping file of statsd_exporter, and no configuration' },
  lines: {
    type: 'string',
    value: 'file',
    says: 'print what each line of StatsD in this file becomes by the mapping file, and by which rule',
  },
} as const satisfies Flags;

/** Validates a configuration, and prints what would listen and send. */
export const check: Command = {
  usage: 'check [config.json] [--online] [--mapping file [--lines file]]',
  summary: 'validate, and print what would listen and send',
  about: `Without a file ./config.json is read, or else the bundled example; "-" is standard input.
Every mistake is printed on a line of its own, and the exit code is 78 then.

A file of rules for log lines ("statsdrain check rules.json") is validated too, its tests are run,
and what each line becomes is printed; the exit code is 1 where a test fails.
`,
  options: flags,
  examples: '',
  async run(args, io) {
    const { values, positionals } = parseOptions('check', flags, args);
    const { online = false, mapping, lines } = values;
    const [given, extra] = positionals;
    if (extra !== undefined) throw new UsageError(`check: unexpected argument "${extra}": it takes one file`);
    if (mapping !== undefined) {
      const other = given ?? (online ? '--online' : undefined);
      if (other !== undefined) throw new UsageError(`check: "${other}" does not go with "--mapping"`);
      return checkMapping(mapping, lines, io);
    }
    if (lines !== undefined) throw new UsageError('check: "--lines" needs "--mapping", the file of the rules');
    return checkFile(given ?? defaultFile(io.cwd), online, { ...io, out: (text) => io.out(masked(text)) });
  },
};

async function checkFile(given: string, online: boolean, io: Io): Promise<number> {
  const input = given === '-' ? io.read() : undefined;
  const file = resolve(io.cwd, given);
  const shown = subjectOf(given, file, io);
  const own = await checkOwnFile(input ?? textOf(file), shown);
  if (own !== undefined) {
    if (online) throw new UsageError(`check: "--online" is for a configuration, and ${shown} is none`);
    return printOwnFile(own, io);
  }
  const { settings, frontends, backends, original, warnings } = await load(file, io, input);
  const { admin } = settings;
  const width = Math.max('admin'.length, ...[...frontends, ...backends].map((plugin) => labelOf(plugin).length));
  const listens = frontends.map((frontend) => row(labelOf(frontend), width, described(frontend)));
  if (admin !== undefined)
    listens.push(row('admin', width, `${urlOf('tcp', admin)}${audience([{ transport: 'tcp', ...admin }])}`));
  const sends = backends.map((backend) => {
    const often = backend.intervalMs === undefined ? '' : `, every ${formatDuration(backend.intervalMs)}`;
    return row(labelOf(backend), width, described(backend) + often);
  });
  const every = formatDuration(settings.flushIntervalMs);
  const what = original === undefined ? 'valid' : 'valid (a configuration of the original StatsD)';
  const nowhere = sends.length === 0 ? '    nowhere\n' : '';
  io.out(`${shown} is ${what}\n\n  listens\n${listens.join('')}\n  sends every ${every}\n${nowhere}${sends.join('')}`);
  if (settings.spool !== undefined) io.out(`\n  keeps what waits in\n${row('spool', width, kept(settings.spool))}`);
  if (settings.state !== undefined) {
    const { path, intervalMs } = settings.state;
    io.out(`\n  keeps state in ${escapeControls(path)} every ${formatDuration(intervalMs)}\n`);
  }
  const notes = (original?.notes ?? []).map((note) => `    ${escapeControls(note)}\n`);
  if (notes.length > 0) io.out(`\n  notes\n${notes.join('')}`);
  if (warnings.length > 0) io.out(`\n  warnings\n${warnings.map((text) => `    ${escapeControls(text)}\n`).join('')}`);
  if (!online) return 0;
  io.out('\n  online\n');
  const probes = await Promise.all(backends.map((backend) => probe(backend)));
  for (const [index, lines] of probes.entries()) {
    for (const { text } of lines) io.out(row(labelOf(backends[index]!), width, text));
  }
  return probes.flat().every(({ good }) => good) ? 0 : UNAVAILABLE;
}

/** What a front-end says of a file of its own; undefined where it is none. */
async function checkOwnFile(text: string | undefined, shown: string): Promise<CheckedFile | undefined> {
  if (text === undefined || !/^\uFEFF?\s*\{\s*"/.test(text) || /"(?:frontends|backends)"\s*:/.test(text))
    return undefined;
  const [{ kit }, { builtInNames, findBuiltIn }] = await Promise.all([
    import('../config/kit.ts'),
    import('../plugins/registry.ts'),
  ]);
  for (const name of builtInNames('frontend')) {
    const { plugin } = await findBuiltIn('frontend', name);
    const checked = plugin.checkFile?.(text, shown, kit);
    if (checked !== undefined) return checked;
  }
  return undefined;
}

function printOwnFile({ verdict, lines }: CheckedFile, io: Io): number {
  const told = lines.map(escapeControls);
  if (verdict === 'invalid') throw new ConfigError(told);
  io.out(`${told.join('\n')}\n`);
  return verdict === 'good' ? 0 : FAILED;
}

/** Undefined where it cannot be read, which is told with the configuration. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function probe({ plugin, config }: LoadedBackend): Promise<readonly Probed[]> {
  if (plugin.probe === undefined) return [{ good: true, text: 'there is nothing to ask' }];
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    let lines: readonly Probed[] = [];
    const answered = plugin.probe(config, signal).then((found) => {
      lines = typeof found === 'string' ? [{ good: true, text: found }] : found;
    });
    await unlessAborted(answered, signal);
    return lines;
  } catch (error) {
    return [{ good: false, text: `failed: ${messageOf(error)}` }];
  }
}

function subjectOf(given: string, file: string, { cwd }: Io): string {
  if (given === '-') return 'standard input';
  if (file === bundledExample()) return `the bundled example (${file})`;
  return given === file ? relative(cwd, file) || file : given;
}

interface Described {
  readonly name: string;
  describe?(config: unknown): string;
  listens?(config: unknown): readonly ListenAddress[];
}

function described({ plugin, config }: LoadedPlugin<Described>): string {
  return `${plugin.describe?.(config) ?? ''}${audience(plugin.listens?.(config) ?? [])}`;
}

function kept({ path, bytes, ageMs }: SpoolSettings): string {
  return `${path} (at most ${formatBytes(bytes)}, for ${formatDuration(ageMs)})`;
}

/** Who can reach what listens there. */
function audience(addresses: readonly ListenAddress[]): string {
  const hosts = addresses.flatMap((address) => (address.transport === 'unix' ? [] : [address.host]));
  if (hosts.length === 0) return '';
  return hosts.every(isLoopback) ? ', this machine only' : ', open to other machines';
}

function row(label: string, width: number, text: string): string {
  return `${`    ${label.padEnd(width)}  ${escapeControls(text)}`.trimEnd()}\n`;
}

/** The name, and that of the plugin where it is another one: `apps (tcp)`. */
function labelOf({ name, plugin }: LoadedPlugin<Described>): string {
  return name === plugin.name ? name : `${name} (${plugin.name})`;
}
