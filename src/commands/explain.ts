import { resolve } from 'node:path';
import type { Config, LoadedFrontend } from '../config/load.ts';
import { didYouMean } from '../kit/suggest.ts';
import { masked } from '../process/secrets.ts';
import { defaultFile, load } from './configuration.ts';
import { type Command, type Io, UsageError } from './io.ts';
import { parseOptions } from './options.ts';

/** Tells what lines become: how they are read, and what each rule makes of them for each back-end. */
export const explain: Command = {
  usage: 'explain <line>... [--config file] [--frontend name] [--json]',
  summary: 'tell what lines become, and which rule does it',
  help: `Without a line those of standard input. Nothing is sent, and no server has to run.

  --config file     configuration to read (./config.json, or else the bundled example)
  --frontend name   as it is read there; else once for all front-ends that read alike
  --json            a line of JSON for each

  statsdrain explain 'page.views:1|c|#env:prod'
`,
  async run(args, io) {
    const { lines: given, config: file, frontend, json } = parse(args);
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

const flags = {
  config: { type: 'string' },
  frontend: { type: 'string' },
  json: { type: 'boolean' },
} as const;

function parse(args: readonly string[]) {
  const parsed = parseOptions('explain', flags, args);
  const { config, frontend, json = false } = parsed.values;
  return { lines: parsed.positionals.flatMap(linesOf), config, frontend, json };
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
