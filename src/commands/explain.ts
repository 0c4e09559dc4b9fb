import { resolve } from 'node:path';
import type { Config, LoadedFrontend } from '../config/load.ts';
import { didYouMean } from '../kit/suggest.ts';
import { masked } from '../process/secrets.ts';
import { defaultFile, divide, load } from './configuration.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions } from './options.ts';

const flags = {
  config: { type: 'string', value: 'file', says: 'the configuration, in place of the last argument' },
  frontend: {
    type: 'string',
    value: 'name',
    says: 'as it is read there; else once for all front-ends that read alike',
  },
  json: { type: 'boolean', says: 'a line of JSON for each' },
} as const satisfies Flags;

/** Tells what lines become: how they are read, and what each rule makes of them for each back-end. */
export const explain: Command = {
  usage: 'explain <line>... [config.json] [--frontend name] [--json]',
  summary: 'tell what lines become, and which rule does it',
  about: `Without a line those of standard input. Nothing is sent, and no server has to run. The last argument
is the configuration where it is a file or ends in ".json", and has no "|".
`,
  options: flags,
  examples: `  statsdrain explain 'page.views:1|c|#env:prod'
`,
  async run(args, io) {
    const { lines: given, config: file, frontend, json } = parse(args, io);
    const config = await load(file === undefined ? defaultFile(io.cwd) : resolve(io.cwd, file), io);
    const frontends = chosen(config, frontend);
    const lines = given.length > 0 ? given : linesOf(io.read());
    if (lines.length === 0) throw new UsageError('explain: there is no line: "statsdrain explain page.views:1|c"');
    await print(lines, config, frontends, json, io);
    return 0;
  },
};

async function print(
  lines: readonly string[],
  config: Config,
  frontends: readonly LoadedFrontend[],
  json: boolean,
  io: Io,
): Promise<void> {
  const { createExplainer } = await import('../explain/explain.ts');
  const { explanationJson } = await import('../explain/json.ts');
  const { explanationText } = await import('../explain/text.ts');
  const explainLine = createExplainer(config, frontends);
  const format = json ? explanationJson : explanationText;
  for (const line of lines) for (const explanation of explainLine(line)) io.out(masked(format(explanation)));
}

function parse(args: readonly string[], { cwd }: Io) {
  const { values, positionals } = parseOptions('explain', flags, args);
  const { frontend, json = false } = values;
  // With the option all arguments are lines, whatever they look like.
  const { words, given } =
    values.config === undefined ? divide(positionals, cwd) : { words: positionals, given: values.config };
  return { lines: words.flatMap(linesOf), config: given, frontend, json };
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function chosen({ frontends }: Config, name: string | undefined): readonly LoadedFrontend[] {
  if (name === undefined) return frontends;
  const found = frontends.filter((frontend) => frontend.name === name);
  if (found.length > 0) return found;
  const names = frontends.map((frontend) => frontend.name);
  throw new UsageError(
    `explain: there is no front-end "${name}"${didYouMean(name, names)} (in the configuration: ${names.join(', ')})`,
  );
}
