import type { Command, Flags } from './io.ts';
import { COLUMNS, fill, table, wrap } from './wrap.ts';

/** What the program says of itself and of its commands: `--help`, and the manual, are made of it. */
export interface Program {
  readonly commands: ReadonlyMap<string, Command>;
  /** Options that go without a command. */
  readonly flags: Flags;
}

export const about = 'statsdrain takes in StatsD metrics and log lines, and forwards them every few seconds.';

export const paragraphs: readonly string[] = [
  'A configuration may also be that of a StatsD daemon (JavaScript): what it asks for is done.',
  'Commands take the configuration as their last argument, replay and spool as --config: by default ./config.json, or else the bundled example.',
  'Signals: SIGTERM and SIGINT flush and stop, SIGHUP reads the configuration again. With "watch" a change of the file does so too.',
];

export const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'anything that failed, and a server that is not healthy'],
  ['64', 'the command line is wrong'],
  ['69', 'an address cannot be listened on'],
  ['78', 'the configuration is wrong'],
];

export const ways: readonly (readonly [string, string])[] = [
  ['[config.json]', 'run; without a file ./config.json or the bundled example'],
  ['--takeover [config.json]', 'run in place of the server that runs ("takeover")'],
  ['--port n --backend name…', 'run without a file, for a first try'],
];

export const besides: readonly (readonly [string, string])[] = [
  ['help [command]', 'print this text, or more about a command; "help man" the manual'],
  ['version', 'print the version'],
];

/** `statsdrain --help`. */
export function overview({ commands, flags }: Program): string {
  const verbs = [...commands.values()].map(({ usage, summary }) => [shortened(usage), summary] as const);
  const rows = [...ways, ...verbs, ...besides];
  return `${fill(about)}

${table(rows.map(([usage, summary]) => [`statsdrain ${usage}`, summary]))}
${table(optionRows(flags))}
${paragraphs.map((text) => `${fill(text)}\n`).join('\n')}
Exit codes:
${table(exitCodes)}`;
}

/** `statsdrain help <command>`. */
export function helpOf(command: Command): string {
  const { usage, about, options, examples } = command;
  const parts = [`${wrapUsage(`statsdrain ${usage}`)}\n`, `${fill(about)}\n`];
  if (Object.keys(options).length > 0) parts.push(table(optionRows(options)));
  if (examples !== '') parts.push(examples);
  return parts.join('\n');
}

/** `--limit n` and what it does. */
export function optionRows(options: Flags): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([name, { value, says }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    says,
  ]);
}

/** Without the options. */
function shortened(usage: string): string {
  return usage.replace(/ \[?--[a-z].*$/, '');
}

/** An option and its value stay on one line. */
function wrapUsage(text: string): string {
  const whole = text.replace(/\[[^[\]]*\]/g, (part) => part.replaceAll(' ', '\u00a0'));
  return wrap(whole, COLUMNS, 4).replaceAll('\u00a0', ' ');
}
