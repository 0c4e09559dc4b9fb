import { didYouMean } from '../kit/suggest.ts';
import type { Program } from './help.ts';
import { type Command, type Flags, UsageError } from './io.ts';
import { parseOptions } from './options.ts';

type Writer = (program: Program) => string;

const shells: ReadonlyMap<string, Writer> = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
]);

/** Prints what a shell needs to complete command lines. `program` is asked for when it runs, since this command is a part of it. */
export function completionOf(program: () => Program): Command {
  const names = [...shells.keys()];
  return {
    usage: 'completion <bash|zsh|fish>',
    summary: 'print what a shell needs to complete commands and options',
    words: names,
    about: `For the shell that is open, or in a file that it reads when it starts.
`,
    options: {},
    examples: `  source <(statsdrain completion bash)
  statsdrain completion zsh > "\${fpath[1]}/_statsdrain"
  statsdrain completion fish > ~/.config/fish/completions/statsdrain.fish
`,
    async run(args, io) {
      const [shell, extra] = parseOptions('completion', {}, args).positionals;
      if (shell === undefined) throw new UsageError(`completion: needs the name of a shell: ${names.join(', ')}`);
      if (extra !== undefined) throw new UsageError(`completion: unexpected argument "${extra}": it takes one shell`);
      const write = shells.get(shell);
      if (write === undefined)
        throw new UsageError(`completion: "${shell}" is none of ${names.join(', ')}${didYouMean(shell, names)}`);
      io.out(write(program()));
      return 0;
    },
  };
}

/** Words that may stand first, besides a file. */
function firstWords({ commands, flags }: Program): string[] {
  return [...commands.keys(), 'help', 'version', ...optionNames(flags), '--help', '--version'];
}

/** Options of the program that have a file behind them, and not a value. */
function beforeFile(flags: Flags): string[] {
  return optionNames(flags).filter((_, index) => Object.values(flags)[index]?.type === 'boolean');
}

function optionNames(flags: Flags): string[] {
  return Object.keys(flags).map((name) => `--${name}`);
}

/** Options whose values are a few words. */
function choices(flags: Flags): (readonly [option: string, values: readonly string[]])[] {
  return Object.entries(flags).flatMap(([name, { values }]) =>
    values === undefined ? [] : [[`--${name}`, values] as const],
  );
}

function bash(program: Program): string {
  const { commands, flags } = program;
  const cases = [...commands].map(([verb, command]) => {
    const words = [...(command.words ?? []), ...optionNames(command.options), '--help'].join(' ');
    const chosen = choices(command.options).map(
      ([option, values]) => `        ${option}) words='${values.join(' ')}'; files=0 ;;\n`,
    );
    const inner = chosen.length === 0 ? '' : `\n      case $previous in\n${chosen.join('')}      esac`;
    return `    ${verb}) words='${words}'${inner} ;;\n`;
  });
  const own = choices(flags).map(([option, values]) => `    *:${option}) words='${values.join(' ')}' files=0 ;;\n`);
  return `# Completion of statsdrain for bash 4 and later.
_statsdrain() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} verb=\${COMP_WORDS[1]} words='' files=1
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${firstWords(program).join(' ')}'
  else
    case $verb in
${cases.join('')}    help) words='${[...commands.keys(), 'man'].join(' ')}'; files=0 ;;
    ${beforeFile(flags).join('|')}) words='--help' ;;
    --*) words='${optionNames(flags).join(' ')}'; files=0 ;;
    esac
    case $verb:$previous in
    -*:--port) words='' ;;
${own.join('').replaceAll('*:', '-*:').replaceAll("' files", "'; files")}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "$files" -eq 1 ] && [[ $current != -* ]]; then
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _statsdrain statsdrain
`;
}

function zsh({ commands, flags }: Program): string {
  const verbs = [...commands].map(
    ([verb, { summary }]) => `    ${quoted(`${verb}:${summary.replaceAll(':', '\\:')}`)}\n`,
  );
  const cases = [...commands].map(([verb, { options, words }]) => {
    const rest = words === undefined ? "'*:file:_files'" : quoted(`*:word:(${words.join(' ')})`);
    const specs = [...zshOptions(options), rest].map((spec) => ` \\\n        ${spec}`);
    return `    ${verb}) _arguments${specs.join('')} ;;\n`;
  });
  return `#compdef statsdrain
# Completion of statsdrain for zsh.
_statsdrain() {
  local -a verbs
  verbs=(
${verbs.join('')}    'help:print help'
    'version:print the version'
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command verbs
    _files
    return
  fi
  local verb=$words[2]
  if [[ $verb == -* ]]; then
    _arguments${[...zshOptions(flags), "'*:file:_files'"].map((spec) => ` \\\n      ${spec}`).join('')}
    return
  fi
  shift words
  (( CURRENT-- ))
  case $verb in
${cases.join('')}    help) _values command man ${[...commands.keys()].join(' ')} ;;
  esac
}
if [ "$funcstack[1]" = _statsdrain ]; then _statsdrain "$@"; else compdef _statsdrain statsdrain; fi
`;
}

function zshOptions(options: Flags): string[] {
  return Object.entries(options).map(([name, { value, values, says, multiple }]) => {
    const text = `${multiple ? '*' : ''}--${name}[${says.replace(/[[\]:]/g, '\\$&')}]`;
    if (value === undefined) return quoted(text);
    const what = values === undefined ? (isFile(value) ? '_files' : ' ') : `(${values.join(' ')})`;
    return quoted(`${text}:${value.replaceAll(':', '\\:')}:${what}`);
  });
}

function fish({ commands, flags }: Program): string {
  const verbs = [...commands].map(
    ([verb, { summary }]) => `complete -c statsdrain -n __fish_use_subcommand -a ${verb} -d ${quoted(summary)}\n`,
  );
  const words = [...commands].flatMap(([verb, { words }]) =>
    words === undefined ? [] : [`complete -c statsdrain -n ${seen(verb)} -a ${quoted(words.join(' '))}\n`],
  );
  const options = [...commands].flatMap(([verb, command]) => fishOptions(command.options, seen(verb)));
  return `# Completion of statsdrain for fish.
${verbs.join('')}complete -c statsdrain -n __fish_use_subcommand -a help -d 'print help'
complete -c statsdrain -n __fish_use_subcommand -a version -d 'print the version'
complete -c statsdrain -n ${seen('help')} -f -a ${quoted(['man', ...commands.keys()].join(' '))}
${fishOptions(flags, '__fish_use_subcommand').join('')}${words.join('')}${options.join('')}`;
}

function seen(verb: string): string {
  return quoted(`__fish_seen_subcommand_from ${verb}`);
}

function fishOptions(options: Flags, condition: string): string[] {
  return Object.entries(options).map(([name, { value, values, says }]) => {
    const takes = value === undefined ? '' : isFile(value) ? ' -r' : ' -x';
    const words = values === undefined ? '' : ` -a ${quoted(values.join(' '))}`;
    return `complete -c statsdrain -n ${condition} -l ${name}${takes}${words} -d ${quoted(says)}\n`;
  });
}

function isFile(value: string): boolean {
  return value === 'file' || value === 'folder' || value === 'path';
}

/** In single quotes, as all three shells read them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
